/** What a record is made of, and the figures that rules and features use. */

import type { Pack } from '../parts/pack-parts.tsx';
import { PagePart } from '../parts/page-part.tsx';
import { nameOf } from '../state/pack-texts.ts';
import { lengthOf, number } from '../words/format.ts';
import { formatId } from '../words/format-id.ts';
import { t } from '../words/words.ts';

type Column = Pack['columns'][number];

export function PackColumns({ pack: { columns } }: { readonly pack: Pack }) {
  return (
    <PagePart id="columns" title={t('pack.columns', { n: columns.length })} says={t('pack.columns.says')}>
      <table class="stack">
        <caption class="vh">{t('pack.columns', { n: columns.length })}</caption>
        <thead>
          <tr>
            <th scope="col">{t('pack.column')}</th>
            <th scope="col">{t('pack.type')}</th>
            <th scope="col">{t('pack.marks')}</th>
            <th scope="col">{t('pack.description')}</th>
          </tr>
        </thead>
        <tbody>
          {columns.map((column) => (
            <tr key={column.name}>
              <th scope="row">
                {nameOf('columns', column.name)} <span class="code muted small block">{column.name}</span>
              </th>
              <td data-l={t('pack.type')}>{column.type}</td>
              <td data-l={t('pack.marks')}>{marksOf(column).join(', ') || '–'}</td>
              <td class="said">
                {[nameOf('descriptions', column.name, column.description ?? ''), limitsOf(column)]
                  .filter(Boolean)
                  .join('. ') || '–'}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </PagePart>
  );
}

function marksOf({ required, pii, derived }: Column): string[] {
  return [
    ...(required ? [t('pack.required')] : []),
    ...(pii ? [t('pack.pii')] : []),
    ...(derived ? [t('pack.derived')] : []),
  ];
}

function limitsOf({ allowed, min, max }: Column): string | null {
  if (allowed !== null)
    return allowed.map((one) => nameOf('values', String(one), String(one).replaceAll('_', ' '))).join(', ');
  if (min !== null && max !== null) return t('pack.between', { min: say(min), max: say(max) });
  if (min !== null) return t('pack.from', { min: say(min) });
  return max === null ? null : t('pack.to', { max: say(max) });
}

function say(value: string | number): string {
  return typeof value === 'number' ? number(value) : value.slice(0, 10);
}

export function PackParameters({ pack: { parameters, windows } }: { readonly pack: Pack }) {
  return (
    <PagePart id="parameters" title={t('pack.parameters')} says={t('pack.parameters.says')}>
      <dl class="kv">
        {parameters.map(({ name, value }) => (
          <div key={name}>
            <dt>{formatId(name)}</dt>
            <dd>
              {[value]
                .flat()
                .map((one) => (typeof one === 'number' ? number(one) : String(one)))
                .join(', ')}
            </dd>
          </div>
        ))}
      </dl>
      <h3 class="spaced">{t('pack.windows')}</h3>
      <dl class="kv">
        {windows.map(({ name, columns, over, delay }) => (
          <div key={name}>
            <dt>{formatId(name)}</dt>
            <dd>
              {over === null ? t('pack.past') : lengthOf(over)},{' '}
              {t('pack.by', { columns: columns.map((one) => nameOf('columns', one)).join(' + ') })}
              {delay !== null && `, ${t('pack.delay', { time: lengthOf(delay) })}`}
            </dd>
          </div>
        ))}
      </dl>
    </PagePart>
  );
}
