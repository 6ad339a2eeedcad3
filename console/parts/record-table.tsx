/** The record as it was delivered, by column. Personal data is masked by the API: who may see it asks for it, and that is logged. */
import type { ComponentChildren } from 'preact';
import { nameOf } from '../state/pack-texts.ts';
import { t } from '../words/words.ts';
import { isMasked, sayValue } from './facts.ts';

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
          <dt>{nameOf('columns', column)}</dt>
          <dd>{special(column, value) ?? <Value column={column} value={value} />}</dd>
        </div>
      ))}
    </dl>
  );
}

function Value({ column, value }: { readonly column: string; readonly value: unknown }) {
  if (value === null || value === undefined || value === '') return <span class="muted">{t('missing')}</span>;
  if (typeof value === 'boolean') return <>{t(value ? 'yes' : 'no')}</>;
  if (isMasked(value)) return <span class="muted">{t('pii.hidden')}</span>;
  const text = sayValue(column, value);
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
