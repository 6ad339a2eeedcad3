import { hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { splitLines } from '../../lib/audit/byte-lines.ts';
import { verifyExplanations } from '../../lib/audit/verify-explanations.ts';

const texts = ['{"record_id":"a"}', '{"record_id":"b"}', '{"record_id":"c"}'];
const recorded = texts.map((text) => ({
  recordId: JSON.parse(text).record_id as string,
  sha256: hash('sha256', text),
}));

async function* bytesOf(lines: readonly string[]): AsyncGenerator<Uint8Array> {
  yield Buffer.from(lines.map((line) => `${line}\n`).join(''));
}

const verify = (lines: readonly string[]) => verifyExplanations(recorded, splitLines(bytesOf(lines)));

describe('verifyExplanations', () => {
  test('finds nothing in untouched lines', async () => {
    expect(await verify(texts)).toEqual([]);
  });

  test('names a changed line and the record it was about', async () => {
    const problems = await verify(texts.with(1, '{"record_id":"b" }'));
    expect(problems[0]).toMatchObject({ line: 2, kind: 'changed' });
    expect(problems[0]!.message).toContain('explanation of b');
  });

  test('names a dropped line by its record', async () => {
    const problems = await verify(texts.toSpliced(1, 1));
    expect(problems).toHaveLength(1);
    expect(problems[0]!.message).toContain('explanation of b (line 2)');
  });

  test('names a line that was moved, and one that stands there twice', async () => {
    const moved = await verify([texts[1]!, texts[0]!, texts[2]!]);
    expect(moved).toMatchObject([{ line: 2, kind: 'reordered' }]);
    const twice = await verify([...texts, texts[1]!]);
    expect(twice).toMatchObject([{ line: 4, kind: 'duplicate' }]);
  });

  test('names an added line', async () => {
    const problems = await verify([...texts, '{"record_id":"d"}']);
    expect(problems).toEqual([
      {
        line: 4,
        kind: 'inserted',
        message: 'not as it was recorded; no flag was recorded there',
      },
    ]);
  });
});
