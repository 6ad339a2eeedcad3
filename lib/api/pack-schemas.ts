/** The shapes of what a pack watches: see schemas.ts. */
import { z } from 'zod';
import { TEXT_LANGUAGES } from '../packs/load-pack-texts.ts';
import { ReviewRules } from './case-schemas.ts';
import { answerSchemas, severity } from './schema-parts.ts';

const PackColumn = z.object({
  name: z.string(),
  type: z.string().describe('As a pack writes it: `decimal(18,2)`, `country`'),
  required: z.boolean(),
  pii: z.boolean().describe('Personal data: hidden until someone with the right asks for it'),
  derived: z.boolean().describe('Made of other columns: no file holds it'),
  allowed: z.array(z.union([z.string(), z.number()])).nullable(),
  min: z.union([z.string(), z.number()]).nullable(),
  max: z.union([z.string(), z.number()]).nullable(),
  description: z.string().nullable(),
});

const PackFeature = z.object({
  name: z.string(),
  kind: z.enum(['feature', 'category', 'encoding']),
  group: z.string().nullable().describe('Reasons of one group are added up; null: it stands by itself'),
  context: z.boolean().describe('It says where, when or of what kind, not what was done'),
  words: z.string().nullable().describe('The sentence of its reason, with placeholders in braces'),
  is: z.string().describe('A SQL expression; of a category or an encoding the columns that it looks at'),
  format: z.string().nullable().describe('How its values are written'),
  monotone: z.enum(['increasing', 'decreasing']).nullable().describe('As it grows, scores only do this'),
});

const PackRule = z.object({
  id: z.string(),
  severity,
  when: z.string().describe('A SQL condition'),
  because: z.string().describe('What a hit says, with placeholders in braces'),
  flags_by_itself: z.boolean().describe('A hit flags the record whatever its score'),
});

const names = z.record(z.string(), z.string());

export const PackTextsQuery = z.strictObject({ language: z.enum(TEXT_LANGUAGES) });

export const PackTexts = z
  .object({
    title: z.string().nullable(),
    columns: names,
    descriptions: names.describe('Of columns, where the pack says more of one than its name'),
    values: names.describe('Of columns that hold words'),
    features: names,
    formats: names.describe('How the values of a feature are written'),
    groups: names.describe('By the name that the pack gives'),
    rules: names,
    rules_say: names.describe('What a hit means, without its values'),
    reasons: names.describe('By code'),
  })
  .register(answerSchemas, {
    id: 'PackTexts',
    description: 'What the pack of a domain says, in another language. Without names: it speaks its own only',
  });

const hours = z.number().describe('Hours from the opening of a case');

export const PackAnswer = z
  .object({
    domain: z.string(),
    title: z.string(),
    pack_version: z.number().int(),
    pack_hash: z.string().describe('sha256 of its text'),
    model: z.string().describe('The champion, which was trained by this pack'),
    base_currency: z.string().nullable(),
    record: z.object({
      id: z.array(z.string()).describe('Empty: a record is known by its content'),
      time: z.string().nullable(),
      entity: z.string().nullable(),
      label: z.string().nullable(),
    }),
    columns: z.array(PackColumn),
    parameters: z.array(
      z.object({
        name: z.string(),
        value: z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()]))]),
      }),
    ),
    windows: z.array(
      z.object({
        name: z.string(),
        columns: z.array(z.string()).describe('Records with equal values share a window'),
        over: z.string().nullable().describe('`7 days`; null: all the past'),
        delay: z.string().nullable().describe('How long after a record it is seen; null: at once'),
      }),
    ),
    features: z.array(PackFeature),
    rules: z.array(PackRule),
    threshold: z.object({
      value: z.number().describe('Flagged from this score on'),
      set_by_people: z.boolean().describe('Two people approved it: the policy is what training aimed at'),
      policy: z.enum(['max_f1', 'min_recall', 'capacity']),
      aim: z.number().nullable().describe('The share to be found, or flags a day; null: the best balance'),
    }),
    review: z.object({
      ...ReviewRules.shape,
      due: z.object({ critical: hours, high: hours, medium: hours, low: hours, none: hours }),
    }),
  })
  .register(answerSchemas, { id: 'Pack', description: 'What the champion of a domain watches' });
