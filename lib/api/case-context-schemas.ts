/** The shape of what is around a flag of a case: see schemas.ts. */
import { z } from 'zod';
import { answerSchemas, flagId, pii } from './schema-parts.ts';
import { FlagSummary } from './schemas.ts';

export const CaseContextQuery = z.strictObject({
  flag: flagId.optional().describe('Which flag of the case; without it, the most urgent one'),
  pii,
});

const LinkedFlag = FlagSummary.extend({ case: z.string().describe('The case that it stands in') }).register(
  answerSchemas,
  { id: 'LinkedFlag' },
);

export const CaseContext = z
  .object({
    flag: z.string(),
    timeline: z.object({
      items: z.array(FlagSummary).describe('Flags of the entity by time, decided ones too'),
      more: z.boolean().describe('It has more: these are the most urgent'),
    }),
    related: z
      .array(
        z.object({
          column: z.string(),
          value: z.string().describe('That they share; masked where it is personal data'),
          count: z.number().int().describe('Flags of other entities that share it, up to 100'),
          more: z.boolean().describe('There are more than were counted'),
          entities: z.number().int().describe('Of how many other entities'),
          flags: z.array(LinkedFlag).describe('The most urgent of them'),
        }),
      )
      .describe('By each column that the pack looks at records by, beside the entity'),
    smallest_change: z
      .object({
        found: z
          .enum(['change', 'below_threshold', 'none', 'not_known'])
          .describe(
            '`change`: there is one; `below_threshold`: rules alone flag it; `none`: no change of one or two features does it; `not_known`: the stored values do not give the score again',
          ),
        score: z.number().optional().describe('With the change'),
        changes: z
          .array(z.object({ column: z.string(), words: z.string(), instead_of: z.string() }))
          .optional(),
      })
      .describe('The smallest change of one or two features that takes the score under the threshold'),
    flagged_by_rule: z
      .boolean()
      .nullable()
      .describe('A rule flags it whatever its score; null: the model is not to be had'),
    compared: z
      .array(
        z.object({
          column: z.string(),
          group: z.string().nullable(),
          value: z.string(),
          usual: z.string().nullable().describe('For this entity; null: the pack says no such thing of it'),
          median: z.string().nullable().describe('Of the records that the model has learned from'),
          higher_than: z.number().nullable().describe('The share of these that lies below the value'),
        }),
      )
      .describe('Values that raised the score, beside what is usual'),
  })
  .register(answerSchemas, { id: 'CaseContext' });
