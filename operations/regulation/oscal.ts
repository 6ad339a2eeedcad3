/**
 * The mapping of regulations as OSCAL 1.2: a catalog of controls (what is asked, in our words) and a component definition (what
 * Assay does for each, which tests show it, what stays with the customer). Pure: the same YAML gives the same bytes.
 */
import { createHash } from 'node:crypto';
import { PROPERTY_NAMESPACE as ns } from '../../lib/regulation/mapping.ts';
import type { WrittenControl, WrittenRegulation } from './read-controls.ts';

const OSCAL_VERSION = '1.2.1';
/** Names the ids of these documents: drawn once. */
const NAMESPACE = '8a8664e0-b955-4b50-8a55-33c0ab8b552e';
const CATALOG = 'regulation.catalog.json';

export function catalogDocument(regulations: readonly WrittenRegulation[]): object {
  return {
    catalog: {
      uuid: nameUuid('catalog'),
      metadata: metadata('What regulations ask of a system like Assay', regulations),
      groups: regulations.map((regulation) => ({
        id: regulation.id,
        title: regulation.title,
        props: [
          { name: 'source', ns, value: regulation.source },
          { name: 'reviewed', ns, value: regulation.reviewed },
        ],
        links: [{ href: `#${nameUuid(`resource ${regulation.id}`)}`, rel: 'reference' }],
        parts: [{ name: 'overview', prose: regulation.note }],
        controls: regulation.controls.map(({ id, where, asks, related }) => ({
          id,
          title: where,
          ...(related.length > 0 && { links: related.map((href) => ({ href: `#${href}`, rel: 'related' })) }),
          parts: [{ id: `${id}_smt`, name: 'statement', prose: asks }],
        })),
      })),
      'back-matter': {
        resources: regulations.map(({ id, title, citation }) => ({
          uuid: nameUuid(`resource ${id}`),
          title,
          citation: { text: citation },
        })),
      },
    },
  };
}

export function componentDefinition(regulations: readonly WrittenRegulation[]): object {
  return {
    'component-definition': {
      uuid: nameUuid('component-definition'),
      metadata: {
        ...metadata('How Assay is designed to support regulations', regulations),
        roles: [{ id: 'customer', title: 'Who runs Assay, and answers for its use' }],
      },
      components: [
        {
          uuid: nameUuid('component'),
          type: 'software',
          title: 'Assay',
          description: 'Compliance-risk monitoring: flags with reasons, reviews, retraining, an audit log.',
          'control-implementations': regulations.map((regulation) => ({
            uuid: nameUuid(`implementation ${regulation.id}`),
            source: CATALOG,
            description: `How Assay is designed to support ${regulation.title}.`,
            props: [{ name: 'regulation', ns, value: regulation.id }],
            'implemented-requirements': regulation.controls.map(requirement),
          })),
        },
      ],
    },
  };
}

function requirement({ id, status, parts, served, customer, missing, tests }: WrittenControl): object {
  const links = tests.map((test) => {
    const [file, ...title] = test.split(' › ');
    return { href: file, rel: 'test', text: title.join(' › ') };
  });
  return {
    uuid: nameUuid(`requirement ${id}`),
    'control-id': id,
    description: served,
    props: [{ name: 'status', ns, value: status }, ...parts.map((value) => ({ name: 'part', ns, value }))],
    ...(links.length > 0 && { links }),
    'responsible-roles': [{ 'role-id': 'customer', remarks: customer }],
    ...(missing !== undefined && { remarks: missing }),
  };
}

function metadata(title: string, regulations: readonly WrittenRegulation[]): object {
  const reviewed = regulations.map((one) => one.reviewed).toSorted();
  return {
    title,
    'last-modified': `${reviewed.at(-1)}T00:00:00Z`,
    version: reviewed.at(-1),
    'oscal-version': OSCAL_VERSION,
  };
}

/** Version 5 of RFC 9562: the same name has the same id. */
function nameUuid(name: string): string {
  const digest = createHash('sha1')
    .update(Buffer.from(NAMESPACE.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest();
  digest[6] = (digest[6]! & 0x0f) | 0x50;
  digest[8] = (digest[8]! & 0x3f) | 0x80;
  const hex = digest.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
