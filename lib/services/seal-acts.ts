/**
 * The audit chain of a domain's acts, sealed: what was added since the last seal goes where nothing can be changed.
 *
 *     <domain>/acts/<first entry, 12 digits>.jsonl       the lines, as they stand in the chain
 *     <domain>/acts/<first entry, 12 digits>.seal.json   head and number of entries after them
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { parseEntry } from '../audit/audit-entry.ts';
import { makeSeal, parseSeal } from '../audit/seal.ts';
import { AuditChain } from '../aws/audit-chain.ts';
import { temporaryFolder } from '../engine/temporary-folder.ts';
import { libraryVersions } from '../models/library-versions.ts';
import type { ObjectStore } from '../object-store.ts';

export interface SealDeps {
  readonly documents: DynamoDBDocumentClient;
  readonly table: string;
  /** Puts a file where nothing can be changed. */
  readonly retain: (key: string, path: string) => Promise<void>;
  /** What is there. */
  readonly stored: Pick<ObjectStore, 'list' | 'readText'>;
}

/** `now` is ISO 8601. The lines are stored before their seal: a seal without its lines is never there. */
export async function sealActs(
  { documents, table, retain, stored }: SealDeps,
  domain: string,
  now: string,
): Promise<void> {
  const prefix = `${domain}/acts/`;
  const last = (await stored.list(prefix)).filter((key) => key.endsWith('.seal.json')).at(-1);
  const text = last === undefined ? null : await stored.readText(last);
  const from = text === null ? 0 : parseSeal(text, last).entries;
  const { lines, name } = await unsealed(documents, { table, domain, from, stored, prefix });
  if (lines.length === 0) return;
  const { entry } = parseEntry(lines.at(-1)!);
  if (entry === undefined) throw new Error(`the last entry of the audit log of ${domain} is none`);
  const folder = await temporaryFolder('acts');
  try {
    const [log, seal] = [join(folder, 'acts.jsonl'), join(folder, 'seal.json')];
    await writeFile(log, `${lines.join('\n')}\n`);
    await retain(`${prefix}${name}.jsonl`, log);
    const sealed = { head: entry.hash, entries: entry.seq + 1, sealed_at: now, by: 'assay' };
    await writeFile(seal, makeSeal({ ...sealed, versions: libraryVersions() }));
    await retain(`${prefix}${name}.seal.json`, seal);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where lines were stored but not sealed, these very lines are sealed: what is stored cannot be replaced by more. */
async function unsealed(
  documents: DynamoDBDocumentClient,
  at: Pick<SealDeps, 'table' | 'stored'> & {
    readonly domain: string;
    readonly from: number;
    readonly prefix: string;
  },
): Promise<{ lines: readonly string[]; name: string }> {
  const name = String(at.from).padStart(12, '0');
  const stored = await at.stored.readText(`${at.prefix}${name}.jsonl`);
  if (stored !== null) return { name, lines: stored.split('\n').filter((line) => line !== '') };
  const lines = await new AuditChain(documents, at.table).lines(at.domain, at.from);
  return { name, lines: lines.map(({ line }) => line) };
}
