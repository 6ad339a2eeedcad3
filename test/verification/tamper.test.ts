/** Every kind of tampering is found and named, with and without a signature; and what a stolen key allows is exactly what is written down. */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SIGNED_TAMPERINGS, TAMPERINGS, type Tampering, UNSIGNED_TAMPERINGS } from './tamper/kinds.ts';
import { RunCopy } from './tamper/run-copy.ts';
import { foundIn, makeTamperedRuns, signer, type TamperedRuns } from './tamper/tampered-runs.ts';

let runs: TamperedRuns;
beforeAll(async () => {
  runs = await makeTamperedRuns();
});
afterAll(() => runs.close());

const unsigned = (run: RunCopy): RunCopy => {
  const copy = new RunCopy(run.files);
  copy.files.delete('checkpoint');
  return copy;
};
const keys = [signer.key];

async function verifyTampered(copy: RunCopy, options: Parameters<TamperedRuns['verify']>[1] = {}) {
  const folder = await copy.write(runs.folder);
  try {
    return await runs.verify(folder, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('the runs that are tampered with are intact', async () => {
  for (const copy of [runs.run, runs.other]) {
    expect(await verifyTampered(copy, { keys })).toMatchObject({
      verdict: 'intact',
      findings: [],
      notes: [],
    });
    expect(await verifyTampered(unsigned(copy))).toMatchObject({ verdict: 'intact', findings: [] });
  }
});

describe('in a signed run, with its key', () => {
  test.each(Object.entries(SIGNED_TAMPERINGS))('%s is found by its kind', async (_, { tamper, found }) => {
    const copy = new RunCopy(runs.run.files);
    await tamper(copy, runs.other);
    const verified = await verifyTampered(copy, { keys });
    expect(verified.verdict).not.toBe('intact');
    expect(foundIn(verified)).toContainEqual(expect.stringMatching(found));
  });
});

describe('in a run that no one signed', () => {
  test.each(Object.entries(UNSIGNED_TAMPERINGS))('%s is found by its kind', async (_, tampering) => {
    const copy = unsigned(runs.run);
    await tampering.tamper(copy, unsigned(runs.other));
    const verified = await verifyTampered(copy);
    if (tampering.needsSignature === true) expect(verified.verdict).toBe('intact');
    else expect(foundIn(verified)).toContainEqual(expect.stringMatching(tampering.found));
  });
});

/** What anyone who has the secret key can do unseen: docs/audit-format.md says so, in the same words. */
const STOLEN_KEY_ALLOWS: readonly string[] = [
  // What the log alone says of the input.
  'a36_input_hash_changed',
  // What the seal alone says; and a seal made anew.
  ...['s03_seal_time_backdated', 's04_seal_by', 's05_seal_versions'],
  ...['s06_seal_removed', 's08_seal_empty'],
  // The texts of rejects, and the words of a hit of an unflagged record (--replay sees these).
  ...['f_bit_rejects.csv', 'f_from_other_run_rejects.csv', 'f_bit_rule_hits.csv'],
  // The page, of which a note says that it is drawn otherwise, and what only the report's data has.
  ...['f_bit_report.html', 'f_append_lf_report.html', 'f_from_other_run_report.html', 'f_bit_report.json'],
  ...['f_remove_seal.json', 'm02_report_html_counts'],
];

describe('with the key in the attacker’s hands, everything chained and signed anew', () => {
  const outcomes = new Map<string, string>();
  test.each(Object.entries(TAMPERINGS))('%s', async (name, tampering) => {
    const outcome = await withStolenKey(tampering);
    outcomes.set(name, outcome);
    expect(outcome).not.toBe('unseen');
  });

  test('passes by facts alone only where all files agree', () => {
    const passed = [...outcomes].flatMap(([name, outcome]) => (outcome === 'by head' ? [name] : []));
    expect(passed).toEqual(STOLEN_KEY_ALLOWS);
  });

  /** `by facts`: what other files say. `by head`: only the hash of the log's end, or the checkpoint, from elsewhere. */
  async function withStolenKey({ tamper }: Tampering): Promise<'undone' | 'by facts' | 'by head' | 'unseen'> {
    const copy = new RunCopy(runs.run.files);
    await tamper(copy, runs.other);
    const isSealed = copy.files.has('seal.json') && copy.text('seal.json') !== runs.run.text('seal.json');
    const seal = copy.files.get('seal.json');
    await copy.rechain(copy.entries(), signer);
    if (isSealed && seal !== undefined) await restoreSeal(copy, seal);
    const isSame = [...runs.run.files].every(([name, bytes]) => copy.files.get(name)?.equals(bytes) === true);
    if (isSame && copy.files.size === runs.run.files.size && copy.links.size === 0) return 'undone';
    const verified = await verifyTampered(copy, { keys });
    if (verified.verdict !== 'intact') return 'by facts';
    const checkpoint = runs.run.text('checkpoint') !== copy.text('checkpoint');
    const { verdict } = await verifyTampered(copy, { keys, head: runs.head });
    return verdict !== 'intact' || checkpoint ? 'by head' : 'unseen';
  }

  /** What only the seal says stays as the attacker wrote it. */
  async function restoreSeal(copy: RunCopy, was: Buffer): Promise<void> {
    try {
      const { sealed_at, by, versions } = JSON.parse(was.toString('utf8'));
      copy.edit(
        'seal.json',
        (text) => `${JSON.stringify({ ...JSON.parse(text), sealed_at, by, versions }, null, 2)}\n`,
      );
    } catch {
      return;
    }
    await copy.rechain(copy.entries(), signer);
  }
});
