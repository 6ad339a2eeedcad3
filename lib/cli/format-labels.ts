/** What became of labels files, in words. */
import { formatPerson, type NameOf } from '../actor.ts';
import { countOf, formatCount } from '../report/format-number.ts';
import type { LabelsStatus } from '../reviews/labels-status.ts';
import { fileName } from './format-drop.ts';
import { textTable, withoutControls } from './text-table.ts';

const MAX_FAULTS = 50;

/** What of a file: `key`'s name, and how many labels it holds or what is wrong with it. */
export function formatLabels(status: LabelsStatus): string {
  const { id, key, counts, faults, fault_count, reason } = status;
  const head = `${id}  ${fileName(key)}`;
  if (counts !== null) {
    const { labels, positive, negative } = counts;
    return `${head}: ${countOf(labels, 'label')} taken, ${formatCount(positive)} positive and ${formatCount(negative)} negative\n`;
  }
  if (status.state === 'received') return `${head}: received\n`;
  if (faults.length === 0) return `${withoutControls(`${head}: refused: ${reason}`)}\n`;
  const lines = faults.slice(0, MAX_FAULTS).map(({ line, column, detail }) => {
    const place = [line === null ? null : `line ${formatCount(line)}`, column].filter(
      (part) => part !== null,
    );
    return `  ${withoutControls([...place, detail].join(': '))}`;
  });
  const more = fault_count - lines.length;
  return [
    `${head}: refused as a whole, for ${countOf(fault_count, 'fault')}:`,
    ...lines,
    ...(more > 0
      ? [
          `  and ${formatCount(more)} more${faults.length > MAX_FAULTS ? ': --json shows up to a thousand' : ''}`,
        ]
      : []),
    '',
  ].join('\n');
}

export function labelsList(items: readonly LabelsStatus[], nameOf: NameOf): string {
  if (items.length === 0) return 'no labels file has come yet: assay labels FILE --domain …\n';
  const rows = items.map(({ id, domain, state, received_at, counts, by, key, fault_count }) => [
    id,
    domain,
    state,
    received_at.slice(0, 19).replace('T', ' '),
    counts === null ? '' : formatCount(counts.labels),
    counts === null ? '' : formatCount(counts.positive),
    by === null ? '–' : formatPerson(by, nameOf(by)),
    state === 'failed' ? `${fileName(key)}: ${countOf(Math.max(1, fault_count), 'fault')}` : fileName(key),
  ]);
  return textTable(
    [
      ...[{ head: 'labels file' }, { head: 'domain' }, { head: 'state' }, { head: 'received (UTC)' }],
      ...([
        { head: 'labels', align: 'right' },
        { head: 'positive', align: 'right' },
      ] as const),
      ...[{ head: 'by' }, { head: 'file' }],
    ],
    rows,
    process.stdout.columns ?? Number.POSITIVE_INFINITY,
  );
}
