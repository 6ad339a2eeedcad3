/** From the average record to the score, group by group; each opens into its parts. Bars are SVG attributes: the page has no inline style. */
import type { z } from 'zod';
import type { Flag } from '../../lib/api/schemas.ts';
import { nameOf, sayReason } from '../state/pack-texts.ts';
import { type Bar, makeWaterfall, type Waterfall } from '../state/waterfall.ts';
import { score, signed } from '../words/format.ts';
import { t } from '../words/words.ts';

type Explanation = NonNullable<z.output<typeof Flag>['explanation']>;

const SHOWN_PARTS = 6;

export function WaterfallList({
  explanation,
  isWhole = false,
  isBrief = false,
}: {
  readonly explanation: Explanation;
  /** Every reason, each group open. */
  readonly isWhole?: boolean;
  /** Without parts: a preview. */
  readonly isBrief?: boolean;
}) {
  const { base, contributions, score: total } = explanation;
  const rest = isWhole ? null : (count: number) => t('why.smaller', { n: count });
  const made = makeWaterfall(base, contributions, rest);
  return (
    <ol class="fall">
      <li class="total">
        <span>
          {t('why.start')} <span class="muted small">{t('why.average')}</span>
        </span>
        <BarSvg from={0} to={base} kind="n" scale={scaleOf(made, total)} />
        <span class="num">{score(base)}</span>
      </li>
      {made.bars.map((bar) => (
        <Row key={bar.title} bar={bar} scale={scaleOf(made, total)} isWhole={isWhole} isBrief={isBrief} />
      ))}
      <li class="total">
        <span>{t('score')}</span>
        <BarSvg from={0} to={total} kind="t" scale={scaleOf(made, total)} />
        <span class="num">{score(total)}</span>
      </li>
    </ol>
  );
}

/** Running totals may pass the score on their way to it. */
function scaleOf({ base, bars }: Waterfall, total: number): number {
  return Math.max(1e-9, base, total, ...bars.map(({ to }) => to)) * 1.02;
}

function Row({
  bar,
  scale,
  isWhole,
  isBrief,
}: {
  readonly bar: Bar;
  readonly scale: number;
  readonly isWhole: boolean;
  readonly isBrief: boolean;
}) {
  const { title, sum, parts, from, to, isContext } = bar;
  const kind = sum < 0 ? 'd' : 'u';
  const [first] = parts;
  const said = first === undefined ? null : sayReason(first);
  const sentence = first?.words === title ? null : said;
  const head = (
    <>
      <span>
        <b>
          {first?.words === title ? said : nameOf('groups', title, title)}
          {isContext && <span class="muted small"> {t('why.context')}</span>}
        </b>
        {sentence !== null && <span class="muted small">{sentence}</span>}
      </span>
      <BarSvg from={from} to={to} kind={kind} scale={scale} />
      <span class={sum < 0 ? 'num down' : 'num up'}>{signed(sum)}</span>
    </>
  );
  if (isBrief || parts.length === 1) return <li class="total plain">{head}</li>;
  const shown = isWhole ? parts : parts.slice(0, SHOWN_PARTS);
  const hidden = parts.slice(shown.length);
  return (
    <li>
      <details open={isWhole}>
        <summary>{head}</summary>
        <ul class="parts">
          {shown.map((part) => (
            <li key={part.column}>
              <span class={part.contribution < 0 ? 'down' : 'up'}>{signed(part.contribution)}</span>
              <span>{sayReason(part)}</span>
            </li>
          ))}
          {hidden.length > 0 && (
            <li>
              <span class="num muted">
                {signed(hidden.reduce((all, { contribution }) => all + contribution, 0))}
              </span>
              <span class="muted">{t('why.more', { n: hidden.length })}</span>
            </li>
          )}
        </ul>
      </details>
    </li>
  );
}

function BarSvg({
  from,
  to,
  kind,
  scale,
}: {
  readonly from: number;
  readonly to: number;
  readonly kind: string;
  readonly scale: number;
}) {
  const at = (value: number) => (Math.max(0, value) / scale) * 100;
  const [left, right] = [at(Math.min(from, to)), at(Math.max(from, to))];
  return (
    <svg class="bar" viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true">
      <rect class="grid" x="0" y="13" width="100" height="1" />
      <rect
        class={kind}
        x={left.toFixed(2)}
        y="2"
        width={Math.max(0.4, right - left).toFixed(2)}
        height="10"
      />
    </svg>
  );
}
