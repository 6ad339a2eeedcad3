/** Who else has to do with the same other side, operator or machine: a small drawing, and the same as a table. */
import { useState } from 'preact/hooks';
import { address, caseHref } from '../state/address.ts';
import type { Context } from '../state/case-context.ts';
import { nameOf } from '../state/pack-texts.ts';
import { score } from '../words/format.ts';
import { t } from '../words/words.ts';
import { isMasked } from './facts.ts';
import { FlagCells, FlagHeads } from './flag-cells.tsx';

type Relation = Context['related'][number];

const MAX_DRAWN = 6;
const ROW = 30;
const MAX_TEXT = 26;

export function CaseRelated({ context, entity }: { readonly context: Context; readonly entity: string }) {
  const [isTable, setTable] = useState(false);
  const { related } = context;
  if (related.length === 0) return null;
  const shared = related.filter(({ flags }) => flags.length > 0);
  const alone = related.filter(({ flags }) => flags.length === 0);
  return (
    <section class="section" aria-labelledby="related">
      <header>
        <h2 id="related">{t('related.title')}</h2>
        {shared.length > 0 && (
          <button type="button" class="quiet small" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
            {t('as-table')}
          </button>
        )}
        <p>{t('related.says')}</p>
      </header>
      {shared.map((relation) =>
        isTable ? (
          <RelationTable key={relation.column} relation={relation} />
        ) : (
          <RelationGraph key={relation.column} relation={relation} entity={entity} />
        ),
      )}
      {alone.map(({ column, value }) => (
        <p key={column} class="muted small">
          {t('related.none', { column: nameOf('columns', column), value: valueText(value) })}
        </p>
      ))}
    </section>
  );
}

function valueText(value: string): string {
  return isMasked(value) ? t('pii.hidden') : value;
}

function sumOf(relation: Relation): string {
  const { column, value, count, more, entities } = relation;
  const said = { column: nameOf('columns', column), value: valueText(value), entities, n: count };
  return t(more ? 'related.many' : 'related.count', said);
}

function RelationGraph({ relation, entity }: { readonly relation: Relation; readonly entity: string }) {
  const { column, value, flags } = relation;
  const others = [...Map.groupBy(flags, (flag) => flag.entity ?? flag.record_id)].slice(0, MAX_DRAWN);
  const height = Math.max(2, others.length) * ROW;
  const middle = height / 2;
  const rest = relation.entities - others.length;
  return (
    <div class="relation">
      <p class="small">
        <bdi>{sumOf(relation)}</bdi>
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard */}
      <section class="scroll" tabIndex={0} aria-label={sumOf(relation)}>
        <svg class="plot wideplot" viewBox={`0 0 760 ${height}`} role="group" aria-label={sumOf(relation)}>
          <line class="edge" x1={190} x2={285} y1={middle} y2={middle} />
          <Node x={0} y={middle} text={entity} isOwn />
          <Node x={285} y={middle} text={valueText(value)} note={nameOf('columns', column)} />
          {others.map(([name, own], at) => {
            const y = ROW * at + (height - ROW * (others.length - 1)) / 2;
            const open = own.filter(({ status }) => status === 'open').length;
            const top = own.reduce((best, one) => (one.score > best.score ? one : best));
            return (
              <g key={name}>
                <path class="edge" fill="none" d={`M475 ${middle}C520 ${middle} 525 ${y} 570 ${y}`} />
                <a href={caseHref(address.value.domain!, top.case, top.flag)}>
                  <title>
                    {t('related.node', { entity: name, n: own.length, open, score: score(top.score) })}
                  </title>
                  <Node x={570} y={y} text={name} note={open > 0 ? t('related.open', { n: open }) : ''} />
                </a>
              </g>
            );
          })}
        </svg>
      </section>
      {rest > 0 && <p class="muted small">{t('related.rest', { n: rest })}</p>}
    </div>
  );
}

function Node({
  x,
  y,
  text,
  note = '',
  isOwn = false,
}: {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly note?: string;
  readonly isOwn?: boolean;
}) {
  const short =
    text.length > MAX_TEXT - note.length / 2 ? `${text.slice(0, MAX_TEXT - note.length / 2)}…` : text;
  return (
    <>
      <rect class={isOwn ? 'node me' : 'node'} x={x} y={y - 12} width="190" height="24" rx="4" />
      <text class="b" x={x + 8} y={y + 4}>
        {short}
      </text>
      {note !== '' && (
        <text x={x + 182} y={y + 4} text-anchor="end">
          {note}
        </text>
      )}
    </>
  );
}

function RelationTable({ relation }: { readonly relation: Relation }) {
  return (
    <div class="relation">
      <p class="small">
        <bdi>{sumOf(relation)}</bdi>
      </p>
      <table class="stack">
        <caption class="vh">{sumOf(relation)}</caption>
        <thead>
          <tr>
            <th scope="col">{t('queue.case')}</th>
            <th scope="col">{t('record')}</th>
            <FlagHeads />
          </tr>
        </thead>
        <tbody>
          {relation.flags.map((flag) => (
            <tr key={flag.flag}>
              <th scope="row">
                <a href={caseHref(address.value.domain!, flag.case, flag.flag)}>
                  <bdi>{flag.entity ?? flag.record_id}</bdi>
                </a>
              </th>
              <td class="code" data-l={t('record')}>
                <bdi>{flag.record_id}</bdi>
              </td>
              <FlagCells flag={flag} at={flag.time} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
