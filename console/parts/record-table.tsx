/** The record as it was delivered, by column. Personal data is masked by the API: who may see it asks for it, and that is logged. */
import type { ComponentChildren } from 'preact';
import { t } from '../words/words.ts';

const LONG = 400;

export function RecordTable({
  record,
  special = () => null,
}: {
  readonly record: Readonly<Record<string, unknown>>;
  /** What is shown in place of a column's value; null: the value. */
  readonly special?: (column: string, value: unknown) => ComponentChildren | null;
}) {
  return (
    <dl class="kv">
      {Object.entries(record).map(([column, value]) => (
        <div key={column}>
          <dt>{words(column)}</dt>
          <dd>{special(column, value) ?? <Value value={value} />}</dd>
        </div>
      ))}
    </dl>
  );
}

function Value({ value }: { readonly value: unknown }) {
  if (value === null || value === undefined || value === '') return <span class="muted">{t('missing')}</span>;
  if (typeof value === 'boolean') return <>{t(value ? 'yes' : 'no')}</>;
  const text = String(value);
  if (text.length <= LONG) return <bdi>{text}</bdi>;
  return (
    <details class="long">
      <summary>
        <bdi>{text.slice(0, LONG)}…</bdi>
      </summary>
      <bdi>{text.slice(LONG)}</bdi>
    </details>
  );
}

/** account_opened: account opened. */
function words(column: string): string {
  const text = column.replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}
