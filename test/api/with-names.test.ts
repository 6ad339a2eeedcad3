import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ENDPOINTS } from '../../lib/api/endpoints.ts';
import { person } from '../../lib/api/schema-parts.ts';
import { addNames, personIds } from '../../lib/api/with-names.ts';

/** Every object within, with the path to it. */
function objectsIn(schema: z.ZodType, path: string): [string, z.ZodObject][] {
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional)
    return objectsIn(schema.unwrap() as z.ZodType, path);
  if (schema instanceof z.ZodArray) return objectsIn(schema.element as z.ZodType, `${path}[]`);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((one) => objectsIn(one as z.ZodType, path));
  if (!(schema instanceof z.ZodObject)) return [];
  const within = Object.entries(schema.shape as Record<string, z.ZodType>);
  return [[path, schema], ...within.flatMap(([name, inner]) => objectsIn(inner, `${path}.${name}`))];
}

const isPerson = (schema: z.ZodType | undefined): boolean =>
  schema instanceof z.ZodNullable
    ? isPerson(schema.unwrap() as z.ZodType)
    : schema?.description === person.description;

describe('display names in answers', () => {
  it('have a field beside every id of a person that an answer shows', () => {
    const people: string[] = [];
    for (const [name, { answer }] of Object.entries(ENDPOINTS)) {
      for (const [path, { shape }] of objectsIn(answer.schema, name)) {
        const named = /^(by|actor|[a-z]+_by)$/;
        for (const field of Object.keys(shape).filter((one) => named.test(one) || isPerson(shape[one]))) {
          people.push(`${path}.${field}`);
          expect(Object.keys(shape), `${path}.${field}`).toContain(`${field}_name`);
        }
      }
    }
    expect(people).toEqual(expect.arrayContaining(['getDrop.by', 'getAudit.entries[].actor']));
    expect(people.length).toBeGreaterThan(15);
  });

  it('are filled in wherever one is there, and what has a name keeps it', () => {
    const { schema } = ENDPOINTS.listModelVersions.answer;
    const answer = {
      ...{ domain: 'finance', champion: null, rollback_to: null },
      items: [
        {
          ...{ version: 'v', state: 'candidate', dataset: 'd', metrics: null, retraining: null },
          ...{ started_by: 'ann', compared_with: null, expires_at: null },
          ...{ thresholds: [], threshold_proposal: null },
          approvals: [
            { by: 'ben', at: '', comment: null },
            { by: 'eve', by_name: 'Eve then', at: '', comment: null },
          ],
          history: [{ state: 'candidate', at: '', by: 'assay', reason: null }],
        },
      ],
    };
    expect(personIds(schema, answer)).toEqual(['ann', 'ben', 'assay']);
    addNames(schema, answer, (id) => (id === 'assay' ? null : `${id}!`));
    expect(answer.items[0]).toMatchObject({
      started_by_name: 'ann!',
      approvals: [{ by_name: 'ben!' }, { by_name: 'Eve then' }],
      history: [{ by_name: null }],
    });
    expect(schema.parse(answer)).toEqual(answer);
  });
});
