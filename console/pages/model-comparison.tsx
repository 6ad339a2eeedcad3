/** A model's figures with their intervals, beside the champion's on the same records; the gate, and what it would have flagged. */

import type { ShadowChange, ShadowChanges } from '../../lib/drops/shadow-run.ts';
import type { Estimate } from '../../lib/evaluation/evaluation.ts';
import type { Compared } from '../../lib/retraining/compare-models.ts';
import { auditHref } from '../state/address.ts';
import type { Detail } from '../state/models.ts';
import { number, percent, score, signed } from '../words/format.ts';
import { t } from '../words/words.ts';

const FIGURES = ['prAuc', 'recall', 'precision', 'flaggedShare'] as const;
type FigureName = (typeof FIGURES)[number];
const isShare = (name: FigureName) => name !== 'prAuc';
/** A share of flags is counted, not estimated: it has no interval. */
const estimateOf = (value: Estimate | number | undefined): Estimate | null =>
  value === undefined ? null : typeof value === 'number' ? { value, low: null, high: null } : value;
const write = (name: FigureName, value: number) => (isShare(name) ? percent(value) : score(value));

export function Comparison({ detail }: { readonly detail: Detail }) {
  const compared = detail.comparison as Compared | null;
  const record = detail.change_record as { readonly comparison?: Compared } | null;
  const found = compared ?? record?.comparison ?? null;
  return (
    <>
      {found === null ? <Own detail={detail} /> : <Beside compared={found} />}
      <div class="cols2">
        {found !== null && <Gate compared={found} />}
        <Shadow detail={detail} />
      </div>
    </>
  );
}

/** Of a model that was never compared: what its card promises. */
function Own({ detail }: { readonly detail: Detail }) {
  const figures = [
    ['prAuc', detail.pr_auc],
    ['recall', detail.recall],
    ['precision', detail.precision],
  ] as const;
  return (
    <section class="section" aria-labelledby="figures">
      <header>
        <h2 id="figures">{t('model.card')}</h2>
        <p>{t('model.card.says', { threshold: score(detail.threshold) })}</p>
      </header>
      <dl class="cards three">
        {figures.map(([name, estimate]) => (
          <div key={name}>
            <dt>{t(`figure.name.${name}`)}</dt>
            <dd>
              <b>{estimate === null ? '–' : write(name, estimate.value)}</b>
              <small>{estimate === null ? t('figure.none') : intervalOf(name, estimate)}</small>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function intervalOf(name: FigureName, { low, high }: Estimate): string {
  if (low === null || high === null) return t('figure.no-interval');
  return t('figure.interval', { low: write(name, low), high: write(name, high) });
}

function Beside({ compared: { figures, gate } }: { readonly compared: Compared }) {
  const { champion, challenger } = figures;
  return (
    <section class="section" aria-labelledby="figures">
      <header>
        <h2 id="figures">{t('model.same-records', { n: gate.heldOut.rows })}</h2>
        <p>{t('model.dots')}</p>
      </header>
      <p class="legend">
        {gate.champion !== null && (
          <span>
            <i class="dotk" aria-hidden="true" />
            {t('model.state.champion')} <span class="code">{gate.champion}</span>
          </span>
        )}
        <span>
          <i class="dotk f" aria-hidden="true" />
          {t('model.state.challenger')} <span class="code">{gate.challenger}</span>
        </span>
      </p>
      <table class="stack">
        <caption class="vh">{t('model.same-records', { n: gate.heldOut.rows })}</caption>
        <thead>
          <tr>
            <th scope="col">{t('figure')}</th>
            <th scope="col" class="num">
              {t('model.state.champion')}
            </th>
            <th scope="col" class="num">
              {t('model.state.challenger')}
            </th>
            <th scope="col" class="wide">
              {t('model.side-by-side')}
            </th>
          </tr>
        </thead>
        <tbody>
          {FIGURES.map((name) => (
            <tr key={name}>
              <th scope="row" class="strong">
                {t(`figure.name.${name}`)}
              </th>
              <EstimateCell name={name} of={estimateOf(champion?.[name])} label={t('model.state.champion')} />
              <EstimateCell
                name={name}
                of={estimateOf(challenger[name])}
                label={t('model.state.challenger')}
                isStrong
              />
              <td class="wide">
                <Pair champion={estimateOf(champion?.[name])} challenger={estimateOf(challenger[name])!} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function EstimateCell({
  name,
  of,
  label,
  isStrong = false,
}: {
  readonly name: FigureName;
  readonly of: Estimate | null;
  readonly label: string;
  readonly isStrong?: boolean;
}) {
  return (
    <td class="num" data-l={label}>
      <span class={isStrong ? 'strong' : undefined}>{of === null ? '–' : write(name, of.value)}</span>
      {of !== null && <span class="small muted block">{intervalOf(name, of)}</span>}
    </td>
  );
}

/** On one axis that holds both intervals. */
function Pair({
  champion,
  challenger,
}: {
  readonly champion: Estimate | null;
  readonly challenger: Estimate;
}) {
  const both = [champion, challenger].filter((one) => one !== null);
  const low = Math.min(...both.map((one) => one.low ?? one.value));
  const high = Math.max(...both.map((one) => one.high ?? one.value));
  const room = Math.max((high - low) * 0.1, 0.005);
  const at = (value: number) => Math.round(((value - low + room) / (high - low + 2 * room)) * 4000) / 10;
  const line = (one: Estimate, y: number, kind: string) => (
    <g class={kind}>
      <line x1={at(one.low ?? one.value)} x2={at(one.high ?? one.value)} y1={y} y2={y} stroke-width="3" />
      <circle cx={at(one.value)} cy={y} r="5.5" stroke-width="3" />
    </g>
  );
  return (
    <svg class="plot pair" viewBox="0 0 400 46" aria-hidden="true">
      <line class="axis" x1="0" x2="400" y1="44" y2="44" />
      {champion !== null && line(champion, 12, 'champ')}
      {line(challenger, 31, 'chal')}
    </svg>
  );
}

function Gate({ compared: { gate, notes } }: { readonly compared: Compared }) {
  const met = gate.criteria.filter(({ passed }) => passed).length;
  return (
    <section class="section" aria-labelledby="gate">
      <h2 id="gate">{t('gate', { met, of: gate.criteria.length })}</h2>
      <table>
        <caption class="vh">{t('gate', { met, of: gate.criteria.length })}</caption>
        <tbody>
          {gate.criteria.map(({ id, outcome, sentence, difference }) => (
            <tr key={id}>
              <td class="nowrap">
                <span class={outcome === 'passed' ? 'yes' : 'no'}>{t(`gate.${outcome}`)}</span>
              </td>
              <td>
                {sentence}
                {difference !== null && difference.low !== null && difference.high !== null && (
                  <span class="small muted block">
                    {signed(difference.value)} [{signed(difference.low)}, {signed(difference.high)}]
                  </span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {notes.map((note) => (
        <p key={note} class="muted small">
          {note}
        </p>
      ))}
    </section>
  );
}

interface ShadowReport extends ShadowChanges {
  readonly drops: readonly string[];
  readonly notScored: readonly unknown[];
}

function Shadow({ detail }: { readonly detail: Detail }) {
  const { shadow, domain } = detail;
  if (shadow === null) return null;
  const total = shadow as unknown as ShadowReport;
  const rows = [
    [t('shadow.records'), number(total.records)],
    [t('shadow.both'), number(total.both)],
    [t('shadow.gained'), number(total.gained)],
    [t('shadow.lost'), number(total.lost)],
    [t('shadow.drops'), number(total.drops.length)],
    [t('shadow.not-scored'), number(total.notScored.length)],
  ] as const;
  return (
    <section class="section" aria-labelledby="shadow">
      <h2 id="shadow">{t('shadow')}</h2>
      <dl class="kv">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Examples title={t('shadow.gained')} domain={domain} of={total.gainedExamples} />
      <Examples title={t('shadow.lost')} domain={domain} of={total.lostExamples} />
      <p class="muted small">{t('shadow.says')}</p>
    </section>
  );
}

function Examples({
  title,
  domain,
  of,
}: {
  readonly title: string;
  readonly domain: string;
  readonly of: readonly ShadowChange[];
}) {
  if (of.length === 0) return null;
  const write = (value: number | null) => (value === null ? '–' : score(value));
  return (
    <details>
      <summary>{t('shadow.examples', { title, n: of.length })}</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('record')}</th>
            <th scope="col" class="num">
              {t('model.state.champion')}
            </th>
            <th scope="col" class="num">
              {t('model.state.challenger')}
            </th>
          </tr>
        </thead>
        <tbody>
          {of.map(({ recordId, champion, challenger }) => (
            <tr key={recordId}>
              <th scope="row" class="code">
                <a href={auditHref(domain, recordId)}>{recordId}</a>
              </th>
              <td class="num">{write(champion)}</td>
              <td class="num">{write(challenger)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
