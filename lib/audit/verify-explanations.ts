/**
 * The lines of explanations.jsonl against the hashes that the audit log's `flagged` entries hold, one a line and in the
 * same order: names the line that is not what was recorded, where a hash of the whole file only says that something is.
 */
import { hash } from 'node:crypto';
import type { AuditEntry } from './audit-entry.ts';
import type { ByteLine } from './byte-lines.ts';
import type { FileProblem } from './verify-files.ts';

export interface RecordedFlag {
  readonly recordId: string;
  readonly sha256: string;
}

/** What an audit entry recorded of an explanation; undefined: it is not about one. */
export function recordedFlag({ event, data }: AuditEntry): RecordedFlag | undefined {
  const { record_id: recordId, sha256 } = data;
  const flagged = event === 'flagged' && typeof recordId === 'string' && typeof sha256 === 'string';
  return flagged ? { recordId, sha256 } : undefined;
}

const MAX_PROBLEMS = 100;

/** At most a hundred problems: after a line is dropped, every later one is out of place. */
export async function verifyExplanations(
  recorded: readonly RecordedFlag[],
  lines: AsyncIterable<ByteLine>,
  file = 'explanations.jsonl',
): Promise<FileProblem[]> {
  const lineOf = new Map(recorded.map(({ sha256 }, index) => [sha256, index]));
  const found = new Set<number>();
  const problems: FileProblem[] = [];
  let number = 0;
  for await (const { text } of lines) {
    number++;
    const index = lineOf.get(hash('sha256', text ?? ''));
    if (index !== undefined) found.add(index);
    else {
      const was = recorded[number - 1];
      const meant =
        was === undefined
          ? 'no flag was recorded there'
          : `the explanation of ${was.recordId} was recorded there`;
      problems.push({
        where: `${file} line ${number}`,
        kind: 'changed',
        message: `not as it was recorded; ${meant}`,
      });
    }
  }
  for (const [index, { recordId }] of recorded.entries()) {
    if (found.has(index)) continue;
    problems.push({
      where: file,
      kind: 'missing',
      message: `the explanation of ${recordId} (line ${index + 1}) is not there as it was recorded`,
    });
  }
  return problems.slice(0, MAX_PROBLEMS);
}
