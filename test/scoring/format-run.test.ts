import { expect, test } from 'vitest';
import type { Contribution, Explanation } from '../../lib/decisions/explanation.ts';
import { formatRun } from '../../lib/scoring/format-run.ts';
import type { RunFolder } from '../../lib/scoring/run-folder.ts';
import type { RunSummary } from '../../lib/scoring/run-summary.ts';

const run = {
  flags: 'out/flagged_risks.csv',
  audit: 'out/audit.jsonl',
  rejects: 'out/rejects.csv',
  report: 'out/report.html',
} as RunFolder;
const summary: RunSummary = {
  ...{ received: 2_005, scored: 2_000, rejected: 5, flagged: 2, unexplained: 0 },
  ...{ domain: 'shop', model: '0123456789ab', seconds: 1.26 },
};
const raised = (column: string, contribution: number, words: string): Contribution => ({
  ...{ column, contribution, words, value: 1, usual: 1 },
});
const flag = (record_id: string, score: number, more: Partial<Explanation> = {}): Explanation => ({
  ...{ record_id, score, threshold: 0.5, base: 0.1, contributions: [], rules: [] },
  ...{ model: '0123456789ab', pack: 'shop@1', decision_id: 'd' },
  ...more,
});

test('a run is counted, and its flags told with the rules hit and what raised them most', () => {
  const first = flag('order-1', 0.987654321, {
    rules: [{ id: 'large', severity: 'high', words: '950 is more than 900' }],
    contributions: [
      raised('a', 0.4, 'A is high'),
      raised('b', -0.3, 'B is low'),
      raised('c', 0.2, 'C is high'),
      raised('d', 0.1, 'D is high'),
      raised('e', 0.05, 'E is high'),
    ],
  });
  expect(formatRun(summary, [first, flag('o2', 0.5)], run).split('\n')).toEqual([
    '2,005 received = 2,000 scored + 5 rejected; 2 flagged (0.10 %), in 1.3 s',
    '',
    'score  record   why',
    `─────  ───────  ${'─'.repeat(60)}`,
    '0.988  order-1  high rule: 950 is more than 900',
    '                +0.400 A is high',
    '                +0.200 C is high',
    '                +0.100 D is high',
    '',
    '0.500  o2',
    '',
    'rejects      out/rejects.csv',
    'report       out/report.html',
    'proof        assay verify out/audit.jsonl',
    '',
  ]);
});

test('a run without flags and rejects has no table, and names no file of rejects', () => {
  const none = { ...summary, received: 0, scored: 0, rejected: 0, flagged: 0 };
  expect(formatRun(none, [], run).split('\n')).toEqual([
    '0 received = 0 scored + 0 rejected; 0 flagged (0.00 %), in 1.3 s',
    '',
    'report       out/report.html',
    'proof        assay verify out/audit.jsonl',
    '',
  ]);
});

test('of more than ten flags ten are shown, and where the others are; those not explained are named', () => {
  const flags = Array.from({ length: 12 }, (_, at) => flag(`o${at}`, 0.9));
  const text = formatRun({ ...summary, flagged: 1_234, unexplained: 3 }, flags, run);
  expect(text.match(/^0\.900 {2}o\d+ *$/gm)).toEqual(Array.from({ length: 10 }, (_, at) => `0.900  o${at}`));
  expect(text).toContain(
    '\n\n… and 1,224 more in out/flagged_risks.csv\n\n3 flags could not be explained exactly: see out/audit.jsonl\nrejects ',
  );
  const ten = formatRun({ ...summary, flagged: 10 }, flags.slice(0, 10), run);
  expect(ten).not.toContain('more in');
});

test('a short id leaves the table as wide as its header, and controls are not sent to the terminal', () => {
  const text = formatRun(summary, [flag('a\u001b[2J', 0.75)], run);
  expect(text).toContain('score  record  why\n─────  ──────  ─');
  expect(text).toContain('0.750  a\u{fffd}[2J\n');
});
