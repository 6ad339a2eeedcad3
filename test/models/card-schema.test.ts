import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../lib/errors.ts';
import { formatCard, parseCard, sealCard } from '../../lib/models/card-schema.ts';
import { fakeTrainingReport } from '../helpers/report-data.ts';

const { card } = fakeTrainingReport(1);
const file = 'models/shop/card.json';

function failure(json: string): string {
  try {
    parseCard(json, file);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as InputError).message;
  }
  throw new Error('the card was taken');
}

/** The card with one place, such as `fitted.inputs.0.name`, set to another value, or taken away. */
function changed(path: string, value?: unknown): string {
  const copy = structuredClone(card) as unknown as Record<string, unknown>;
  const keys = path.split('.');
  let at = copy;
  for (const key of keys.slice(0, -1)) at = at[key] as Record<string, unknown>;
  if (value === undefined) delete at[keys.at(-1)!];
  else at[keys.at(-1)!] = value;
  return JSON.stringify(copy);
}

test('a card is read back as it was written, byte for byte', () => {
  expect(parseCard(formatCard(card), file)).toEqual(card);
  expect(formatCard(parseCard(formatCard(card), file))).toBe(formatCard(card));
});

test('a key that this version does not know is passed on in its place', () => {
  const json = formatCard({ ...card, remarks: 'from a later version' } as typeof card);
  expect(formatCard(parseCard(json, file))).toBe(json);
});

test.each(Object.keys(card))('a card without %s is refused, with the file and the key named', (key) => {
  const message = failure(changed(key));
  expect(message).toContain(`${file}: not a model card: `);
  expect(message).toContain(`${key}: `);
});

describe('a value of another kind is refused, with file, key and what was expected', () => {
  test.each([
    ['format', 'assay-model-card/2', 'expected "assay-model-card/1"'],
    ['version', '../../etc', 'expected letters, digits, dots and dashes'],
    ['algorithm', 'tree', 'expected one of "forest"|"boosting"|"imported"'],
    ['pack.hash', 'abc', 'expected a sha256 in hex'],
    ['pack.source', null, 'expected string, received null'],
    ['onnx.sha256', 'A'.repeat(64), 'expected a sha256 in hex'],
    ['onnx.bytes', '12', 'expected number, received string'],
    ['fitted.inputs', [], 'expected array to have >=1 items'],
    ['fitted.inputs.0.kind', 'column', 'expected one of "feature"|"category"|"encoding"'],
    ['fitted.inputs.0.impute', 'median', 'expected number, received string'],
    [
      'fitted.encodings',
      [{ name: 'rate', prior: 0.1, smoothing: 5, counts: { DE: [1] } }],
      'fitted.encodings.0.counts.DE',
    ],
    ['base', null, 'expected number, received null'],
    ['threshold.value', '0.5', 'expected number, received string'],
    ['threshold.policy', { policy: 'min_recall' }, 'threshold.policy.recall'],
    ['threshold.policy', { policy: 'best' }, 'threshold.policy'],
    ['dataset.hash', 1, 'expected string, received number'],
    ['evaluation.rocAuc.value', null, 'expected number, received null'],
    ['profiles.0.edges', ['1'], 'profiles.0.edges.0'],
    ['profiles.0.median', undefined, 'expected number'],
    ['importances.0.gain', undefined, 'expected number'],
    ['hyperParameters', { depth: [1] }, 'hyperParameters.depth'],
    ['libraries', { assay: 1 }, 'libraries.assay'],
    ['approvedBy', 7, 'expected string, received number'],
  ])('%s: %j', (path, value, expected) => {
    const message = failure(changed(path, value));
    expect(message).toContain(`${file}: not a model card: `);
    expect(message).toContain(path);
    expect(message).toContain(expected);
  });

  test('at most five problems are reported at once', () => {
    expect(failure('{}').split('; ')).toHaveLength(5);
  });
});

test.each(['split', 'evaluation', 'training', 'seed', 'approvedBy'])('%s may be null', (key) => {
  expect(parseCard(changed(key, null), file)).toMatchObject({ [key]: null });
});

test('a card that is no object is refused as a whole', () => {
  expect(failure('7')).toContain('models/shop/card.json: not a model card: card: ');
});

test('one that was changed by hand is refused with how another threshold is set', () => {
  const sealed = sealCard(card);
  const json = formatCard({ ...sealed, threshold: { ...card.threshold, value: 0.9 } });
  expect(failure(json)).toMatch(/: changed since it was written: .*assay score --threshold$/);
});

test('what is no JSON is refused by name', () => {
  expect(failure('{"format": "assay-model-card/1"')).toMatch(/^models\/shop\/card\.json: not JSON: /);
  expect(failure('')).toMatch(/^models\/shop\/card\.json: not JSON: /);
  expect(() => parseCard('', file)).toThrow(expect.objectContaining({ cause: expect.any(SyntaxError) }));
});

test('whatever JSON it is, the answer is a card or a message that names the file', () =>
  fc.assert(
    fc.property(fc.json(), (json) => {
      expect(failure(json)).toContain(file);
    }),
  ));
