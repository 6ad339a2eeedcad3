/** Lines of a drop's `explanations.jsonl` by the hash that its log has of them: for flags that have none in the table. */
import { hash } from 'node:crypto';
import { splitLines } from '../audit/byte-lines.ts';
import { dropKeys } from '../drops/drop-keys.ts';
import type { DropRef } from '../drops/flow.ts';
import { MissingObject, type ObjectStore } from '../object-store.ts';

export type ResultSource = Pick<ObjectStore, 'read'>;

/** Those that are there, in the order of the file, which is read once and never held. */
export async function* findExplanations(
  data: ResultSource,
  drop: Pick<DropRef, 'id' | 'domain'>,
  wanted: ReadonlySet<string>,
): AsyncGenerator<{ readonly sha256: string; readonly line: string }> {
  const bytes = await readOrNull(data, `${dropKeys(drop).results}/explanations.jsonl`);
  if (bytes === null) return;
  for await (const { text: line } of splitLines(bytes)) {
    if (line === undefined) continue;
    const sha256 = hash('sha256', line);
    if (wanted.has(sha256)) yield { sha256, line };
  }
}

async function readOrNull(data: ResultSource, key: string): Promise<AsyncIterable<Uint8Array> | null> {
  try {
    return await data.read(key);
  } catch (error) {
    if (error instanceof MissingObject) return null;
    throw error;
  }
}
