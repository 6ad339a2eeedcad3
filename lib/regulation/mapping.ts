/**
 * The mapping of regulations as the OSCAL documents in docs/ hold it: what each control asks, what Assay does for it, what stays
 * with the customer, what is missing, and which tests show it.
 */
import { z } from 'zod';
import { InputError } from '../errors.ts';

/** Of the OSCAL properties that are ours. */
export const PROPERTY_NAMESPACE = 'urn:assay:regulation';

/** How far Assay serves a control. */
export const CONTROL_STATUSES = ['full', 'partial', 'none'] as const;
/** What a summary rests on: the text in force, what others write of it, a draft. */
export const SOURCES = ['published', 'secondary', 'draft'] as const;

export interface CitedTest {
  readonly file: string;
  /** Of the blocks around the test and its own, joined by ` › `; of a table of cases the template, such as `%s`. */
  readonly title: string;
}

export interface Regulation {
  readonly id: string;
  readonly title: string;
  readonly citation: string;
  readonly source: (typeof SOURCES)[number];
  /** ISO date. */
  readonly reviewed: string;
  readonly note: string;
}

export interface Control {
  readonly id: string;
  readonly regulation: Regulation;
  readonly where: string;
  readonly asks: string;
  readonly status: (typeof CONTROL_STATUSES)[number];
  /** Rooms of lib/, or other folders. */
  readonly parts: readonly string[];
  readonly served: string;
  readonly customer: string;
  readonly missing: string | null;
  readonly related: readonly string[];
  readonly tests: readonly CitedTest[];
}

const Property = z.object({ name: z.string(), value: z.string() });
const Link = z.object({ href: z.string(), rel: z.string(), text: z.string().optional() });
const Part = z.object({ name: z.string(), prose: z.string() });

const Catalog = z.object({
  catalog: z.object({
    groups: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        props: z.array(Property),
        links: z.array(Link),
        parts: z.array(Part),
        controls: z.array(
          z.object({
            id: z.string(),
            title: z.string(),
            links: z.array(Link).default([]),
            parts: z.array(Part),
          }),
        ),
      }),
    ),
    'back-matter': z.object({
      resources: z.array(z.object({ uuid: z.string(), citation: z.object({ text: z.string() }) })),
    }),
  }),
});

const Requirement = z.object({
  'control-id': z.string(),
  description: z.string(),
  props: z.array(Property),
  links: z.array(Link).default([]),
  'responsible-roles': z.array(z.object({ remarks: z.string() })),
  remarks: z.string().optional(),
});

const Definition = z.object({
  'component-definition': z.object({
    components: z.array(
      z.object({
        'control-implementations': z.array(z.object({ 'implemented-requirements': z.array(Requirement) })),
      }),
    ),
  }),
});

/** All controls, in the order of the catalog. Throws an InputError where the two documents do not fit. */
export function readMapping(catalog: unknown, definition: unknown): Control[] {
  const { groups, 'back-matter': back } = Catalog.parse(catalog).catalog;
  const requirements = new Map(
    Definition.parse(definition)['component-definition'].components.flatMap((component) =>
      component['control-implementations'].flatMap((one) =>
        one['implemented-requirements'].map((requirement) => [requirement['control-id'], requirement]),
      ),
    ),
  );
  const citations = new Map(back.resources.map(({ uuid, citation }) => [`#${uuid}`, citation.text]));
  return groups.flatMap((group) => {
    const regulation: Regulation = {
      id: group.id,
      title: group.title,
      citation: citations.get(group.links[0]?.href ?? '') ?? '',
      source: z.enum(SOURCES).parse(propertyOf(group.props, 'source')),
      reviewed: propertyOf(group.props, 'reviewed'),
      note: proseOf(group.parts),
    };
    return group.controls.map(({ id, title, links, parts }): Control => {
      const requirement = requirements.get(id);
      if (requirement === undefined)
        throw new InputError(`the component definition says nothing of the control ${id} of the catalog`);
      return {
        id,
        regulation,
        where: title,
        asks: proseOf(parts),
        status: z.enum(CONTROL_STATUSES).parse(propertyOf(requirement.props, 'status')),
        parts: requirement.props.filter(({ name }) => name === 'part').map(({ value }) => value),
        served: requirement.description,
        customer: requirement['responsible-roles'][0]?.remarks ?? '',
        missing: requirement.remarks ?? null,
        related: links.map(({ href }) => href.slice(1)),
        tests: requirement.links
          .filter(({ rel }) => rel === 'test')
          .map(({ href, text = '' }) => ({ file: href, title: text })),
      };
    });
  });
}

function propertyOf(props: readonly z.output<typeof Property>[], wanted: string): string {
  return props.find(({ name }) => name === wanted)?.value ?? '';
}

function proseOf(parts: readonly z.output<typeof Part>[]): string {
  return parts[0]?.prose ?? '';
}
