/**
 * `card.json` read back: checked at the edge, so that everything behind it may trust it. Our own cards and those
 * written by hand for a model trained elsewhere pass through here.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import type { ModelCard } from './card.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'expected a sha256 in hex');
const estimate = z.object({ value: z.number(), low: z.number().nullable(), high: z.number().nullable() });

const threshold = z.discriminatedUnion('policy', [
  z.object({ policy: z.literal('max_f1') }),
  z.object({ policy: z.literal('min_recall'), recall: z.number() }),
  z.object({ policy: z.literal('capacity'), perDay: z.number() }),
]);

const fitted = z.object({
  inputs: z
    .array(
      z.object({
        name: z.string(),
        kind: z.enum(['feature', 'category', 'encoding']),
        source: z.string(),
        value: z.string().nullable().optional(),
        impute: z.number().optional(),
        monotone: z.enum(['increasing', 'decreasing']).optional(),
      }),
    )
    .min(1),
  encodings: z.array(
    z.object({
      name: z.string(),
      prior: z.number(),
      smoothing: z.number(),
      counts: z.record(z.string(), z.tuple([z.number(), z.number()])),
    }),
  ),
});

const settings = z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()]));

/** The parts that scoring reads are checked through; what is only shown (metrics, candidates) is checked to be there. */
const profile = z.looseObject({
  name: z.string(),
  missingShare: z.number(),
  edges: z.array(z.number()),
  shares: z.array(z.number()),
  median: z.number().nullable(),
});

const schema = z.looseObject({
  format: z.literal('assay-model-card/1'),
  domain: z.string(),
  version: z.string().regex(/^[\w.-]+$/, 'expected letters, digits, dots and dashes'),
  algorithm: z.enum(['forest', 'boosting', 'imported']),
  pack: z.object({ version: z.number(), hash, source: z.string() }),
  onnx: z.object({ sha256: hash, bytes: z.number() }),
  fitted,
  base: z.number(),
  threshold: z.object({ value: z.number(), policy: threshold, chosenOn: z.string() }),
  hyperParameters: settings,
  seed: z.number().nullable(),
  dataset: z.looseObject({
    files: z.array(z.looseObject({ name: z.string(), sha256: z.string(), bytes: z.number() })),
    received: z.number(),
    rejected: z.number(),
    labelled: z.number(),
    positives: z.number(),
    hash: z.string(),
  }),
  split: z.looseObject({ method: z.string(), train: z.number(), heldOut: z.number() }).nullable(),
  evaluation: z.looseObject({ rocAuc: estimate, prAuc: estimate }).nullable(),
  training: z.looseObject({ rocAuc: estimate, prAuc: estimate, logLoss: z.number() }).nullable(),
  crossValidation: z.array(z.looseObject({ algorithm: z.string(), folds: z.array(z.looseObject({})) })),
  importances: z.array(z.looseObject({ source: z.string(), gain: z.number() })),
  profiles: z.array(profile),
  reference: z.array(profile).optional(),
  libraries: z.record(z.string(), z.string()),
  approvedBy: z.string().nullable(),
  sha256: hash.optional(),
});

/** A model card from its JSON text. Throws an InputError that names the file, the key, and what was expected there. */
export function parseCard(json: string, file: string): ModelCard {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new InputError(`${file}: not JSON: ${(cause as Error).message}`, { cause });
  }
  const parsed = schema.safeParse(value);
  // As it was written, keys that this version does not know among them: a card is passed on byte for byte.
  if (parsed.success) return checkSeal(value as ModelCard, file);
  const problems = parsed.error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || 'card'}: ${issue.message}`);
  throw new InputError(`${file}: not a model card: ${problems.join('; ')}`);
}

function checkSeal(card: ModelCard, file: string): ModelCard {
  const { sha256: said, ...content } = card;
  if (said === undefined) return card;
  const found = hashText(formatCard(content));
  if (found === said) return card;
  throw new InputError(
    `${file}: changed since it was written: its content has sha256 ${found}, the card says ${said}. ` +
      'To decide by another threshold, name it where the audit log records it: assay score --threshold',
  );
}

/** With the hash of all of it. */
export function sealCard({ sha256: _, ...content }: ModelCard): ModelCard {
  return { ...content, sha256: hashText(formatCard(content)) };
}

/** What registry, champion pointer and audit log know a card by: the sha256 of its bytes as Assay writes them. */
export function hashCard(card: ModelCard): string {
  return hashText(formatCard(card));
}

function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The bytes of `card.json`: the same card always gives the same bytes. */
export function formatCard(card: ModelCard): string {
  return `${JSON.stringify(card, null, 1)}\n`;
}
