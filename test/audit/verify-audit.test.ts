import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeSeal, parseSeal } from '../../lib/audit/seal.ts';
import type { AuditVerdict } from '../../lib/audit/verify-audit.ts';
import { buildLog, entryOf, flagged, forge, verifyLines, verifyText } from './audit-builder.ts';

const record = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('a', '","hash":"', '","prev":"'),
);
const records = fc.array(record, { minLength: 3, maxLength: 25 });
/** A log, and three positions in it. */
const logs = fc.tuple(records, fc.nat(), fc.nat(), fc.boolean()).map(([texts, a, b, known]) => {
  const { lines, head } = buildLog(texts);
  const i = a % lines.length;
  const j = (i + 1 + (b % (lines.length - 1))) % lines.length;
  const options = known ? { seal: sealOf(head, lines.length) } : {};
  return { lines, i, j, options, sealed: { seal: sealOf(head, lines.length) } };
});

function sealOf(head: string, entries: number) {
  return parseSeal(
    makeSeal({ head, entries, sealed_at: '2026-01-02T03:04:05.678Z', by: 'me', versions: {} }),
  );
}

const found = ({ problems }: AuditVerdict) => problems.map(({ kind, line, seq }) => [kind, line, seq]);

describe('verifyAudit', () => {
  it('finds nothing in an untouched log', () =>
    fc.assert(
      fc.asyncProperty(logs, async ({ lines, options }) => {
        const verdict = await verifyLines(lines, options);
        expect(verdict).toEqual({
          entries: lines.length,
          head: entryOf(lines.at(-1)!).hash,
          sealed: true,
          files: { 'explanations.jsonl': 'a'.repeat(64) },
          problems: [],
          problemCount: 0,
        });
      }),
    ));

  it('names a line in which any character was changed', () =>
    fc.assert(
      fc.asyncProperty(logs, fc.nat(), record, async ({ lines, i, options }, position, text) => {
        const line = lines[i]!;
        const at = position % line.length;
        const changed = line.slice(0, at) + text.replaceAll('\n', '') + line.slice(at + 1);
        fc.pre(Buffer.from(changed).compare(Buffer.from(line)) !== 0);
        expect(found(await verifyLines(lines.with(i, changed), options))).toEqual([['changed', i + 1, i]]);
      }),
      { numRuns: 1000 },
    ));

  it('names a line that was changed and given a hash to match', () =>
    fc.assert(
      fc.asyncProperty(logs, async ({ lines, i, sealed }) => {
        const tampered = lines.with(i, forge(lines[i]!, { actor: 'mallory' }));
        const kind = i === lines.length - 1 ? 'rewritten' : 'changed';
        expect(found(await verifyLines(tampered, sealed))).toEqual([[kind, i + 1, i]]);
      }),
    ));

  it('names a line chained to another entry than the one before it', () =>
    fc.assert(
      fc.asyncProperty(logs, async ({ lines, i, sealed }) => {
        const tampered = lines.with(i, forge(lines[i]!, { prev: 'f'.repeat(64) }));
        const kind = i === lines.length - 1 ? 'rewritten' : 'changed';
        expect(found(await verifyLines(tampered, sealed))).toEqual([[kind, i + 1, i]]);
      }),
    ));

  it('names where lines were dropped, and which entries they were', () =>
    fc.assert(
      fc.asyncProperty(logs, async ({ lines, i, j, options }) => {
        const [from, to] = [Math.min(i, j), Math.max(i, j)];
        const verdict = await verifyLines(lines.toSpliced(from, to - from), options);
        expect(found(verdict)).toEqual([['dropped', from + 1, from]]);
        const names = to - from === 1 ? `entry ${from} is` : `entries ${from} to ${to - 1} are`;
        expect(verdict.problems[0]!.message).toBe(`${names} missing before this line`);
      }),
    ));

  it('says that the end was cut off', () =>
    fc.assert(
      fc.asyncProperty(logs, async ({ lines, i, options }) => {
        fc.pre(i > 0);
        const expected = 'seal' in options ? ['truncated', i + 1, i] : ['truncated', i, i - 1];
        expect(found(await verifyLines(lines.slice(0, i), options))).toEqual([expected]);
        const seal = { expectedHead: entryOf(lines.at(-1)!).hash };
        expect(found(await verifyLines(lines.slice(0, i), seal))).toEqual([['truncated', i, i - 1]]);
      }),
    ));

  it('says that the end was cut off in the middle of a line', () =>
    fc.assert(
      fc.asyncProperty(logs, fc.nat(), async ({ lines, i, options }, position) => {
        fc.pre(i > 0);
        const part = lines[i]!.slice(0, 1 + (position % (lines[i]!.length - 1)));
        const verdict = await verifyText(`${lines.slice(0, i).join('\n')}\n${part}`, options);
        expect(found(verdict)[0]).toEqual(['truncated', i + 1, i]);
      }),
    ));

  it('names a line that was moved, or one of two neighbours that were swapped', () =>
    fc.assert(
      fc.asyncProperty(logs, async ({ lines, i, j, options }) => {
        const tampered = lines.toSpliced(i, 1).toSpliced(j, 0, lines[i]!);
        const expected = [['reordered', j + 1, i]];
        if (Math.abs(i - j) === 1) expected.push(['reordered', i + 1, j]);
        const problems = found(await verifyLines(tampered, options));
        expect(problems).toHaveLength(1);
        expect(expected).toContainEqual(problems[0]);
      }),
    ));

  it('names both of two lines that were swapped', () =>
    fc.assert(
      fc.asyncProperty(logs, async ({ lines, i, j, options }) => {
        fc.pre(Math.abs(i - j) > 1);
        const tampered = lines.with(i, lines[j]!).with(j, lines[i]!);
        const [from, to] = [Math.min(i, j), Math.max(i, j)];
        expect(found(await verifyLines(tampered, options))).toEqual([
          ['reordered', from + 1, to],
          ['reordered', to + 1, from],
        ]);
      }),
    ));

  it('names an inserted line that is no entry', () =>
    fc.assert(
      fc.asyncProperty(
        logs,
        fc.constantFrom('', 'garbage', '{}', 'null', '[1]'),
        async ({ lines, i, options }, text) => {
          const problems = found(await verifyLines(lines.toSpliced(i, 0, text), options));
          expect(problems).toEqual([['inserted', i + 1, null]]);
        },
      ),
    ));

  it('names an inserted entry that fits the one before it', () =>
    fc.assert(
      fc.asyncProperty(logs, async ({ lines, i, options }) => {
        const forged = forge(lines[i]!, { subject: 'forged' });
        const problems = found(await verifyLines(lines.toSpliced(i, 0, forged), options));
        if (i < lines.length - 1) expect(problems).toEqual([['inserted', i + 1, null]]);
        // Without the seal no one can say which of two sealing entries is the right one.
        else expect(problems).toHaveLength(1);
      }),
    ));

  it('names a copy of a line, wherever it was put', () =>
    fc.assert(
      fc.asyncProperty(logs, async ({ lines, i, j, options }) => {
        const problems = found(await verifyLines(lines.toSpliced(j, 0, lines[i]!), options));
        const [at, original] = [j + 1, j <= i ? i + 2 : i + 1];
        expect(problems).toHaveLength(1);
        const beside = Math.abs(at - original) === 1;
        const either = beside ? [at, original] : [at];
        expect(problems[0]![0]).toBe('duplicate');
        expect(either).toContain(problems[0]![1]);
      }),
    ));

  it('names an entry that was added after the seal', () =>
    fc.assert(
      fc.asyncProperty(logs, async ({ lines, sealed }) => {
        const last = entryOf(lines.at(-1)!);
        const added = forge(lines[0]!, { seq: last.seq + 1, prev: last.hash });
        const line = lines.length + 1;
        expect(found(await verifyLines([...lines, added], sealed))).toEqual([['inserted', line, null]]);
        const problems = (await verifyLines([...lines, added])).problems;
        expect(problems.map((problem) => problem.line)).toContain(line);
      }),
    ));

  it('names what stands after a seal even if it ends in another one', async () => {
    const { lines } = buildLog(['a', 'b']);
    const added: string[] = [];
    for (const act of [entryOf(lines[0]!), entryOf(lines[2]!)]) {
      const last = entryOf([...lines, ...added].at(-1)!);
      const data = act.event === 'sealed' ? { ...act.data, entries: last.seq + 1 } : act.data;
      added.push(forge(lines[0]!, { ...act, data, seq: last.seq + 1, prev: last.hash }));
    }
    expect(found(await verifyLines([...lines, ...added]))).toEqual([
      ['inserted', 4, 3],
      ['inserted', 5, 4],
    ]);
  });

  it('distinguishes an inserted entry from the one it stands beside though the next one was changed', () =>
    fc.assert(
      fc.asyncProperty(logs, async ({ lines, i, options }) => {
        fc.pre(i > 0);
        const forged = forge(lines[i - 1]!, { subject: 'forged' });
        const tampered = lines.with(i, lines[i]!.replace('assay', 'Assay')).toSpliced(i, 0, forged);
        expect(found(await verifyLines(tampered, options))).toEqual([
          ['inserted', i + 1, null],
          ['changed', i + 2, i],
        ]);
      }),
    ));

  it.each(['prev', 'hash', 'seq'] as const)(
    'names a last line whose %s was changed, without a seal too',
    async (key) => {
      const { lines } = buildLog(['a', 'b']);
      const value = key === 'seq' ? 7 : 'f'.repeat(64);
      const changed = JSON.stringify({ ...entryOf(lines[2]!), [key]: value });
      expect(found(await verifyLines(lines.with(2, changed)))).toEqual([['changed', 3, 2]]);
    },
  );

  it('reports a seal that counts other than the log', async () => {
    const { lines, head } = buildLog(['a', 'b']);
    for (const entries of [2, 4]) {
      const { problems } = await verifyLines(lines, { seal: sealOf(head, entries) });
      const message = `the seal counts ${entries} entries, the log that ends in its hash 3`;
      expect(problems).toEqual([{ kind: 'rewritten', line: 3, seq: 2, message }]);
    }
  });

  it('takes no entry for the seal that counts other than the log', async () => {
    const { lines } = buildLog(['a', 'b']);
    const forged = forge(lines[2]!, { data: { entries: 1, files: {} } });
    expect(found(await verifyLines(lines.with(2, forged)))).toEqual([['truncated', 3, 2]]);
  });

  it('takes no other spelling of an entry, even with hashes to match', async () => {
    const { lines } = buildLog(['a', 'b']);
    const spaced = lines[2]!.replace('"actor":"assay"', '"actor": "assay"');
    const cut = spaced.lastIndexOf(',"hash":"');
    const hash = createHash('sha256')
      .update(spaced.slice(0, cut) + spaced.slice(cut + 74))
      .digest('hex');
    const { problems } = await verifyLines(lines.with(2, spaced.replace(entryOf(spaced).hash, hash)));
    expect(problems).toMatchObject([
      { kind: 'changed', line: 3, message: 'entry 2 was changed: not in canonical form' },
    ]);
  });

  it('finds a log rewritten from some entry on by the seal alone', () =>
    fc.assert(
      fc.asyncProperty(records, records, async (before, after) => {
        fc.pre(before.join() !== after.join());
        const { head, lines } = buildLog(before);
        const forged = buildLog(after).lines;
        expect((await verifyLines(forged)).problems).toEqual([]);
        for (const options of [{ seal: sealOf(head, lines.length) }, { expectedHead: head }]) {
          const { problems } = await verifyLines(forged, options);
          expect(problems.map(({ kind }) => kind)).toContain(
            'seal' in options && forged.length < lines.length ? 'truncated' : 'rewritten',
          );
        }
      }),
    ));

  it('finds every mixture of changes', () => {
    const act = fc.tuple(
      fc.constantFrom('drop', 'copy', 'swap', 'change', 'forge', 'blank'),
      fc.nat(),
      fc.nat(),
    );
    return fc.assert(
      fc.asyncProperty(records, fc.array(act, { minLength: 1, maxLength: 6 }), async (texts, acts) => {
        const { lines, head } = buildLog(texts);
        let tampered = [...lines];
        for (const [kind, a, b] of acts) {
          if (tampered.length === 0) break;
          const [i, j] = [a % tampered.length, b % tampered.length];
          if (kind === 'drop') tampered = tampered.toSpliced(i, 1);
          if (kind === 'copy') tampered = tampered.toSpliced(j, 0, tampered[i]!);
          if (kind === 'swap') tampered = tampered.with(i, tampered[j]!).with(j, tampered[i]!);
          if (kind === 'change') tampered = tampered.with(i, tampered[i]!.replace('assay', 'Assay'));
          if (kind === 'forge' && tampered[i]!.startsWith('{'))
            tampered = tampered.with(i, forge(tampered[i]!, { seq: b }));
          if (kind === 'blank') tampered = tampered.with(i, '');
        }
        fc.pre(tampered.join('\n') !== lines.join('\n'));
        for (const options of [{}, { seal: sealOf(head, lines.length) }]) {
          const { problems, problemCount } = await verifyLines(tampered, options);
          expect(problemCount).toBeGreaterThan(0);
          expect(problems).toHaveLength(problemCount);
          for (const { line } of problems) expect(line).toBeLessThanOrEqual(tampered.length + 1);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('verifyAudit, by bytes', () => {
  const { lines } = buildLog(['a', 'b', 'c�d']);
  const text = lines.map((line) => `${line}\n`).join('');

  it.each([
    ['carriage returns', text.replaceAll('\n', '\r\n'), [1, 2, 3, 4]],
    ['a byte order mark', `\uFEFF${text}`, [1]],
    ['no last line end', text.slice(0, -1), [4]],
    ['white space', text.replace('"seq":1,', '"seq": 1,'), [2]],
    ['another spelling of the same text', text.replace('"subject":"b"', '"subject":"\\u0062"'), [2]],
  ])('a log with %s is changed', async (_, tampered, expected) => {
    const { problems } = await verifyText(tampered);
    expect(problems.map(({ kind, line }) => [kind, line])).toEqual(expected.map((line) => ['changed', line]));
  });

  it('a carriage return is named', async () => {
    const { problems } = await verifyText(text.replace('\n', '\r\n'));
    expect(problems.map(({ message }) => message)).toEqual([
      'entry 0 was changed: a carriage return at its end',
    ]);
  });

  it('a byte that is not UTF-8 is a change even where decoding would make the same text of it', async () => {
    const bytes = Buffer.from(text);
    const at = bytes.indexOf(Buffer.from('�'));
    const tampered = Buffer.concat([bytes.subarray(0, at), Buffer.from([0xff]), bytes.subarray(at + 3)]);
    const { problems } = await verifyText(tampered);
    expect(problems.map(({ kind, line }) => [kind, line])).toEqual([['changed', 3]]);
  });

  it('an extra line end at the end is an inserted line', async () => {
    expect(found(await verifyText(`${text}\n`))).toEqual([['inserted', 5, null]]);
  });

  it('a file that is no audit log is said to be none', async () => {
    const { problems } = await verifyText('record_id,score\na,1\n');
    expect(problems).toEqual([
      {
        kind: 'malformed',
        line: 1,
        seq: null,
        message: 'this is not an audit log: the first line is not JSON',
      },
    ]);
  });

  it('an empty file is a log cut off at its beginning', async () => {
    expect(found(await verifyText(''))).toEqual([['truncated', 1, null]]);
  });

  it('lists only so many problems, but counts all', async () => {
    const { problems, problemCount } = await verifyText(text.replaceAll('\n', '\r\n'), { maxProblems: 2 });
    expect([problems.length, problemCount]).toEqual([2, 4]);
  });

  it('hands out the entries as they come', async () => {
    const subjects: string[] = [];
    await verifyText(text, { onEntry: ({ subject }) => subjects.push(subject) });
    expect(subjects).toEqual([flagged('a').subject, 'b', 'c�d', 'run']);
  });
});
