/** Who may delete what: of erasable domains alone, each function its own prefix; and what the rules of buckets delete in its place. */
import { describe, expect, test } from 'vitest';
import { Policies } from './policies.ts';
import { ownersOf, rightsOf, type Template } from './rights.ts';
import { synthesise } from './synthesise.ts';

const ERASABLE = { erasure: { domains: ['finance'], deliveredDays: 5 } };
const templateOf = (given: object) => synthesise(given).toJSON() as Template;

/** By function: rights to delete objects or keys of subjects. */
function deleting(template: Template): string[] {
  const policies = new Policies(template.Resources);
  return ownersOf(policies)
    .flatMap((owner) => rightsOf(policies, owner, template).map(({ label }) => `${owner.name}: ${label}`))
    .filter((right) =>
      /s3:Delete|s3:\*|dynamodb:DeleteItem \w*Subjects|s3:Put\w*(Lifecycle|Policy)/.test(right),
    )
    .toSorted();
}

describe('the rights to delete', () => {
  test('are no one’s, as long as no domain is erasable', () => {
    expect(deleting(templateOf({}))).toEqual([]);
  });

  test('are those of the end of a drop, of labels that arrive, and of erasures under way, each of its own prefix', () => {
    expect(deleting(templateOf(ERASABLE))).toEqual([
      'finish: dynamodb:DeleteItem SubjectsTable drop#',
      'finish: s3:DeleteObjectVersion DataBucket work/text/finance/',
      'finish: s3:DeleteObjectVersion DropsBucket drops/finance/',
      ...['drop#', 'id#', 'pseudonym#'].map(
        (of) => `publish-events: dynamodb:DeleteItem SubjectsTable ${of}`,
      ),
      'publish-events: s3:DeleteObjectVersion DataBucket exports/',
      'receive: s3:DeleteObjectVersion DropsBucket labels/finance/',
    ]);
  });
});

describe('the rules of the buckets', () => {
  const rulesOf = (template: Template) =>
    Object.values(template.Resources)
      .filter(({ Type }) => Type === 'AWS::S3::Bucket')
      .flatMap(({ Properties }) => (Properties?.LifecycleConfiguration as { Rules: object[] })?.Rules ?? [])
      .filter((rule) => /(drops|labels|text)-(of|markers-of)-/.test((rule as { Id: string }).Id));

  test('delete what was delivered to an erasable domain after the days that are set, and its name', () => {
    const days = (Id: string, Prefix: string) => ({
      ...{ Id, Prefix, Status: 'Enabled', ExpirationInDays: 5 },
      NoncurrentVersionExpiration: { NoncurrentDays: 1 },
    });
    const marker = (Id: string, Prefix: string) => ({
      ...{ Id, Prefix, Status: 'Enabled', ExpiredObjectDeleteMarker: true },
    });
    const rules = rulesOf(templateOf(ERASABLE));
    for (const rule of [
      days('drops-of-finance', 'drops/finance/'),
      marker('drops-markers-of-finance', 'drops/finance/'),
      days('labels-of-finance', 'labels/finance/'),
      marker('labels-markers-of-finance', 'labels/finance/'),
      days('text-of-finance', 'work/text/finance/'),
      marker('text-markers-of-finance', 'work/text/finance/'),
    ])
      expect(rules).toContainEqual(rule);
    expect(rules).toHaveLength(6);
  });

  test('delete nothing of the sort else', () => {
    expect(rulesOf(templateOf({}))).toEqual([]);
  });
});
