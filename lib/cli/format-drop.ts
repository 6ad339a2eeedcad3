/** What became of a drop, in words. */

import { formatPerson, type NameOf } from '../actor.ts';
import type { DropStatus } from '../drops/drop-status.ts';
import { countOf, formatBytes, formatCount, formatShare } from '../report/format-number.ts';
import { withoutControls } from './text-table.ts';

/** Of a drop that is done: its counts, and how to go on. */
export function dropDone({ id, key, summary, warnings }: DropStatus, where: string): string {
  if (summary === null) return `${id}  done\n`;
  const { received, scored, rejected, flagged, unexplained } = summary;
  const share = formatShare(flagged / Math.max(1, scored));
  const lines = [
    `${id}  ${fileName(key)}: ${formatCount(received)} received = ${formatCount(scored)} scored + ${formatCount(rejected)} rejected; ${formatCount(flagged)} flagged (${share})`,
    ...warnings.map((warning) => withoutControls(`warning      ${warning}`)),
    ...(unexplained > 0 ? [`unexplained  ${countOf(unexplained, 'flag')}: see docs/runbook.md`] : []),
    `flags        assay flags --drop ${id}`,
    `results      ${where}`,
    `proof        assay drops download ${id} --out run`,
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** All that is known of a drop, a line each. */
export function formatDrop(status: DropStatus, where: string, nameOf: NameOf): string {
  const { id, domain, key, version, bytes, receivedAt, updatedAt, attempt, by, model } = status;
  const facts: readonly (readonly [string, string | null])[] = [
    ['drop', id],
    ['state', formatState(status)],
    ['reason', status.reason],
    ['domain', domain],
    ['file', `${key} (${formatBytes(bytes)}${version === '' ? '' : `, version ${version}`})`],
    ['received', receivedAt],
    ['updated', updatedAt],
    ['sent by', by === null ? null : formatPerson(by, nameOf(by))],
    ['attempt', attempt === 1 ? null : String(attempt)],
    ['model', model],
  ];
  const lines = facts.flatMap(([name, value]) => (value === null ? [] : [`${name.padEnd(12)} ${value}`]));
  const known = lines.map((line) => `${withoutControls(line)}\n`).join('');
  return status.state === 'done' ? `${known}\n${dropDone(status, where)}` : known;
}

export function formatState({ state, progress, waiting }: DropStatus): string {
  if (waiting === 'stopped') return `${state}, waits: the domain or its model is stopped (assay stops)`;
  if (state !== 'scoring' || progress === null || progress.of === 1) return state;
  return `scoring ${progress.scored} of ${progress.of}`;
}

/** Without its folders, and without what an upload by the API has in its key to distinguish it from others. */
export function fileName(key: string): string {
  const parts = key.split('/').slice(2);
  const name = parts.length > 1 && /^[0-9a-f]{24}$/.test(parts[0]!) ? parts.slice(1) : parts;
  return withoutControls(name.join('/') || key);
}
