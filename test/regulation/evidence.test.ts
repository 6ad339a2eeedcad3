import { hash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EvidenceBundle } from '../../lib/regulation/evidence-bundle.ts';
import { parseTestResults, resultsOf } from '../../lib/regulation/test-results.ts';
import { secretKey } from '../../lib/tlog/note-key.ts';
import { verifySignedFile } from '../../lib/tlog/signed-file.ts';
import { runAssayHere } from '../helpers/command-line.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-evidence-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const SIGNED = 'test/reviews/signature.test.ts';

/** As vitest --reporter=json writes it. */
function report(
  ...tests: readonly (readonly [file: string, blocks: string[], title: string, status: string])[]
) {
  return JSON.stringify({
    startTime: Date.UTC(2026, 10, 28, 9),
    numTotalTests: tests.length,
    success: true,
    testResults: tests.map(([file, ancestorTitles, title, status]) => ({
      name: `/somewhere/else/${file}`,
      assertionResults: [{ ancestorTitles, title, status, fullName: '', failureMessages: [] }],
    })),
  });
}

async function evidence(text: string | null, ...argv: string[]) {
  const given = text === null ? [] : ['--results', join(folder, 'results.json')];
  if (text !== null) await writeFile(join(folder, 'results.json'), text);
  return await runAssayHere('evidence', '--control', 'cfr11-70', ...given, ...argv);
}

describe('assay evidence', () => {
  test('bundles a control with what serves it, the hash of each cited test and how it ended', async () => {
    const text = report([
      SIGNED,
      ['a signature'],
      'is that of its review and record, and of no other',
      'passed',
    ]);
    const ran = await evidence(text);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    const bundle = JSON.parse(ran.stdout) as EvidenceBundle;
    expect(bundle.results).toEqual({
      sha256: hash('sha256', text),
      started_at: '2026-11-28T09:00:00.000Z',
      tests: 1,
    });
    const [control] = bundle.controls;
    expect(control).toMatchObject({
      ...{ id: 'cfr11-70', where: '§ 11.70', status: 'full', missing: null },
      regulation: { id: 'cfr11', title: '21 CFR Part 11' },
    });
    const title = 'a signature › is that of its review and record, and of no other';
    expect(control!.tests).toEqual([
      {
        ...{ file: SIGNED, title, outcome: 'passed' },
        sha256: hash('sha256', await readFile(SIGNED)),
        ran: [{ title, status: 'passed' }],
      },
    ]);
  });

  test.each([
    ['failed', [SIGNED, ['a signature'], 'is that of its review and record, and of no other', 'failed']],
    ['skipped', [SIGNED, ['a signature'], 'is that of its review and record, and of no other', 'pending']],
    ['not run', [SIGNED, ['a signature'], 'is another', 'passed']],
    [
      'not run',
      ['test/other.test.ts', ['a signature'], 'is that of its review and record, and of no other', 'passed'],
    ],
  ] as const)('fails where a cited test has %s, and still gives the bundle', async (outcome, one) => {
    const ran = await evidence(report([one[0], [...one[1]], one[2], one[3]]));
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(`cfr11-70: ${outcome}: ${SIGNED}`);
    expect((JSON.parse(ran.stdout) as EvidenceBundle).controls[0]!.tests[0]!.outcome).toBe(outcome);
  });

  test('says nothing of results where none are given, and writes a file where one is named', async () => {
    const ran = await evidence(null, '--out', join(folder, 'evidence.json'), '--json');
    expect(ran.code).toBe(0);
    const text = await readFile(join(folder, 'evidence.json'), 'utf8');
    expect(JSON.parse(ran.stdout)).toMatchObject({ controls: 1, sha256: hash('sha256', text) });
    const bundle = JSON.parse(text) as EvidenceBundle;
    expect(bundle.results).toBeNull();
    expect(bundle.controls[0]!.tests[0]!.outcome).toBeNull();
  });

  test('is signed by a key: the note is of this very bundle and of no other', async () => {
    const key = secretKey('example.org/quality', 'ed25519', Buffer.alloc(32, 7));
    const out = join(folder, 'signed.json');
    await writeFile(join(folder, 'quality.key'), key.secret);
    const ran = await evidence(null, '--out', out, '--sign-key', join(folder, 'quality.key'));
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    const file = { format: 'assay-evidence/1', sha256: hash('sha256', await readFile(out)) };
    const note = await readFile(`${out}.note`, 'utf8');
    const other = secretKey('example.org/quality', 'ed25519', Buffer.alloc(32, 8));
    expect(verifySignedFile(note, file, [key.key], 'note')).toBeNull();
    expect(verifySignedFile(note, file, [other.key], 'note')).toContain('none of the keys given');
    const changed = { ...file, sha256: '0'.repeat(64) };
    expect(verifySignedFile(note, changed, [key.key], 'note')).toContain('another file');
    const nowhere = await evidence(null, '--sign-key', join(folder, 'quality.key'));
    expect(nowhere).toMatchObject({ code: 2 });
  });

  test('refuses a control that is not there, with the nearest; a source without the tests; a report that is none', async () => {
    const unknown = await runAssayHere('evidence', '--control', 'cfr11-77');
    expect(unknown).toMatchObject({ code: 2 });
    expect(unknown.stderr).toContain('did you mean cfr11-70?');
    const elsewhere = await evidence(null, '--source', folder);
    expect(elsewhere.code).toBe(1);
    expect(elsewhere.stderr).toContain(`the cited test ${SIGNED} is not in ${folder}`);
    for (const text of ['no JSON', '{"testResults":[]}']) {
      const none = await evidence(text);
      expect(none.code).toBe(1);
      expect(none.stderr).toContain('a report of vitest --reporter=json is expected');
    }
  });

  test('lists the controls without one', async () => {
    const ran = await runAssayHere('evidence', '--json');
    const { items } = JSON.parse(ran.stdout) as { items: { id: string }[] };
    expect(items.length).toBeGreaterThan(60);
    expect((await runAssayHere('evidence')).stdout).toContain('gdpr-22.1');
  });

  test('shows a changed test by its hash', async () => {
    const changed = join(folder, 'checkout', SIGNED);
    await mkdir(dirname(changed), { recursive: true });
    await writeFile(changed, `${await readFile(SIGNED, 'utf8')} `);
    const [here, there] = [await evidence(null), await evidence(null, '--source', join(folder, 'checkout'))];
    const hashOf = (text: string) => (JSON.parse(text) as EvidenceBundle).controls[0]!.tests[0]!.sha256;
    expect(hashOf(there.stdout)).not.toBe(hashOf(here.stdout));
  });
});

test('a title with places for the values of a table is each of its cases, and no other test', () => {
  const file = 'test/a.test.ts';
  const results = parseTestResults(
    report(
      [file, ['the rights in dev'], 'allow 3 (of $5)', 'passed'],
      [file, ['the rights in prod'], 'allow 4 (of $5)', 'failed'],
      [file, ['the rights in prod'], 'allow none', 'passed'],
      ['test/aa.test.ts', ['the rights in prod'], 'allow 4 (of $5)', 'passed'],
      [`other/${file}`, ['the rights'], 'allow 4 (of $5)', 'passed'],
    ),
    'results.json',
  );
  const found = resultsOf(results, { file, title: 'the rights in %s › allow %d (of $limit)' });
  expect(found.map(({ status }) => status)).toEqual(['passed', 'failed']);
});
