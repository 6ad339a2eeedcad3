/** Two small signed runs to tamper with, and verification in this process: what the Parquet files say is asked once for the same bytes. */
import { hash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { secretKey } from '../../../lib/tlog/note-key.ts';
import { placeOf } from '../../../lib/verification/finding.ts';
import { readTables, type TableAnswers } from '../../../lib/verification/read-tables.ts';
import { type VerifiedRun, type VerifyOptions, verifyRun } from '../../../lib/verification/verify-run.ts';
import { makeOrders, ordersCsv, scoreOrders, trainShop } from '../../helpers/shop.ts';
import { RunCopy } from './run-copy.ts';

export const signer = secretKey('example.org/assay', 'ed25519', Buffer.alloc(32, 1));

export interface TamperedRuns {
  readonly folder: string;
  readonly run: RunCopy;
  /** By another model, over other records. */
  readonly other: RunCopy;
  /** The hash of the run's last entry. */
  readonly head: string;
  readonly verify: (folder: string, options?: VerifyOptions) => Promise<VerifiedRun>;
  readonly close: () => Promise<void>;
}

export async function makeTamperedRuns(): Promise<TamperedRuns> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-tamper-'));
  const run = await makeRun(folder, 'run', 1, 60);
  const other = await makeRun(folder, 'other', 5, 40);
  const answers = new Map<string, Promise<TableAnswers>>();
  return {
    ...{ folder, run, other },
    head: run.json('seal.json').head,
    verify: (path, options = {}) =>
      verifyRun(path, {
        ...options,
        async readTables(questions) {
          const { decisions, records, pack, ...rest } = questions;
          const bytes = await Promise.all(
            [decisions, records].map(async (file) => hash('sha1', await readFile(file))),
          );
          const key = JSON.stringify([...bytes, pack.hash, rest]);
          const known = answers.get(key) ?? readTables(questions);
          answers.set(key, known);
          return known;
        },
      }),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** With a letter that has two spellings, and a record that is rejected. */
async function makeRun(folder: string, name: string, seed: number, records: number): Promise<RunCopy> {
  const csv = (count: number, of: number) => ordersCsv(makeOrders(count, of)).replaceAll(',PA,', ',P\u00c1,');
  const labelled = join(folder, `${name}-labelled.csv`);
  await writeFile(labelled, csv(200, seed));
  const fresh = join(folder, `${name}.csv`);
  await writeFile(fresh, csv(records, seed + 1).replace(/^(\d+-5),[^,]*/m, '$1,no time'));
  await scoreOrders(await trainShop(labelled), fresh, join(folder, name), { threshold: 0.2, signer });
  return RunCopy.read(join(folder, name));
}

/** `<file>[ line <n>]: <kind>` of each. */
export function foundIn({ findings }: VerifiedRun): string[] {
  return findings.map((finding) => `${placeOf(finding)}: ${finding.kind}`);
}
