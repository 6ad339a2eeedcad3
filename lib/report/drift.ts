/** How far each input of a drop has moved from where it was in training. */
import * as Plot from '@observablehq/plot';
import type { InputDrift, InputProfile } from '../evaluation/evaluation.ts';
import { driftProfiles, type ModelCard } from '../models/card.ts';
import { formatCount, formatNumber, formatScore, formatShare, isNumber } from './format-number.ts';
import { type Html, html, shorten } from './html.ts';
import { drawPlot } from './plot-svg.ts';
import { figure, NARROW, type Section, table, WIDE } from './section.ts';

/** The customary reading of a population stability index. */
const MODERATE = 0.1;
const LARGE = 0.25;
/** Bars end here: one input that is wholly new would else leave the guide lines too close to read. */
const MAX_BAR = 1;
const MAX_SHOWN = 25;

/** Inputs whose index is so much above what the number of records alone gives it. */
export function countDrifted(drift: readonly InputDrift[], limit: number = LARGE): number {
  return drift.filter(({ psi, noise = 0 }) => isNumber(psi) && psi - noise >= limit).length;
}

export function describeDrift(
  drift: readonly InputDrift[],
  card: Pick<ModelCard, 'profiles' | 'reference'>,
): Section | null {
  const profiles = driftProfiles(card);
  const part = card.reference === undefined ? 'in training' : 'held out';
  const known = drift.filter(({ psi }) => isNumber(psi));
  if (known.length === 0) return null;
  const sorted = known.toSorted((a, b) => b.psi - a.psi || (a.name < b.name ? -1 : 1));
  const shown = sorted.slice(0, MAX_SHOWN);
  const large = countDrifted(sorted, LARGE);
  const moderate = countDrifted(sorted, MODERATE) - large;
  const says = `Population stability index of ${shown.length === sorted.length ? 'every input' : `the ${shown.length} inputs that moved most, of ${formatCount(sorted.length)}`}. ${formatCount(large)} moved far (${LARGE} or more beyond chance), ${formatCount(moderate)} somewhat (${MODERATE} or more).${shown[0]!.psi > MAX_BAR ? ` Bars end at ${MAX_BAR}; the figures beside them do not.` : ''}`;
  const drawing = { wide: drawDrift(shown, WIDE, says), narrow: drawDrift(shown, NARROW, says) };
  return {
    id: 'drift',
    title: 'Drift',
    lead: `What the model sees now against what it saw ${card.reference === undefined ? 'in training' : 'on the held-out part'}. Scores of inputs that moved far rest on less experience.`,
    body: html`${figure('Drift of the inputs', says, drawing)}${table(
      `Inputs now and ${part}`,
      [
        { title: 'Input' },
        ...['PSI', 'Jensen-Shannon', 'Median', `Median ${part}`, 'Missing', `Missing ${part}`].map(
          (title) => ({
            title,
            numeric: true,
          }),
        ),
      ],
      shown.map((input) => describeInput(input, profiles)),
    )}`,
  };
}

function describeInput(input: InputDrift, profiles: readonly InputProfile[]): string[] {
  const profile = profiles.find(({ name }) => name === input.name);
  return [
    shorten(input.name, 60),
    formatScore(input.psi),
    formatScore(input.jensenShannon),
    formatNumber(input.median),
    formatNumber(profile?.median ?? null),
    formatShare(input.missingShare),
    formatShare(profile?.missingShare ?? null),
  ];
}

function drawDrift(inputs: readonly InputDrift[], width: number, says: string): Html {
  const rows = inputs.map(({ psi }, row) => ({ row, psi, length: Math.max(0, Math.min(MAX_BAR, psi)) }));
  const most = Math.max(LARGE * 1.2, ...rows.map(({ length }) => length));
  const labelWidth = width === WIDE ? 230 : 140;
  const bars = (from: number, to: number, fill: string) =>
    Plot.barX(
      rows.filter(({ length }) => length >= from && length < to),
      { y: 'row', x: 'length', fill },
    );
  return drawPlot(
    {
      width,
      height: rows.length * 20 + 40,
      marginLeft: labelWidth,
      marginRight: 52,
      marginTop: 30,
      marginBottom: 4,
      x: { domain: [0, most], axis: null },
      y: {
        type: 'band',
        domain: rows.map(({ row }) => row),
        tickFormat: (row: number) => shorten(inputs[row]!.name, labelWidth / 7),
        label: null,
        tickSize: 0,
        padding: 0.3,
      },
      marks: [
        bars(0, MODERATE, 'var(--quiet)'),
        bars(MODERATE, LARGE, 'var(--down)'),
        bars(LARGE, Number.POSITIVE_INFINITY, 'var(--up)'),
        Plot.ruleX([MODERATE, LARGE], { stroke: 'currentColor', strokeDasharray: '2,3', strokeOpacity: 0.7 }),
        Plot.text([MODERATE, LARGE], {
          x: (value: number) => value,
          text: (value: number) => `${value}`,
          frameAnchor: 'top',
          dy: -16,
        }),
        Plot.text(rows, {
          y: 'row',
          x: 'length',
          text: ({ psi }: { psi: number }) => formatScore(psi),
          textAnchor: 'start',
          dx: 5,
          fill: 'var(--muted)',
          stroke: 'var(--page)',
          strokeWidth: 4,
        }),
      ],
    },
    says,
  );
}
