/** Every fold of every candidate of cross-validation: how far settings differ, and how much of it is chance. */
import * as Plot from '@observablehq/plot';
import type { CandidateResult } from '../models/card.ts';
import { formatScore, isNumber } from './format-number.ts';
import { type Html, shorten } from './html.ts';
import { drawPlot } from './plot-svg.ts';
import { figure, legend, NARROW, WIDE } from './section.ts';

export function compareCandidates(candidates: readonly CandidateResult[]): Html | null {
  const ranked = candidates
    .filter(({ folds }) => folds.some(({ prAuc }) => isNumber(prAuc)))
    .toSorted((a, b) => b.meanPrAuc - a.meanPrAuc);
  if (ranked.length === 0) return null;
  const names = nameCandidates(ranked);
  const chosen = ranked.findIndex((candidate) => candidate.chosen);
  const says =
    `PR-AUC in each fold of cross-validation, for ${ranked.length === 1 ? 'the one candidate' : `${ranked.length} candidates, best first`}.` +
    (chosen < 0
      ? ''
      : ` Chosen (★): ${names[chosen]}, ${formatScore(ranked[chosen]!.meanPrAuc)} on average.`);
  const draw = (width: number) => drawFolds(ranked, names, width, says);
  const colours = legend([
    ['muted', 'training folds'],
    ['down', 'validation folds'],
    ['ink', 'their mean'],
  ]);
  return figure('Cross-validation', says, { wide: draw(WIDE), narrow: draw(NARROW) }, colours);
}

/** A candidate is detected by its algorithm, if there are several, and by the settings in which candidates differ. */
function nameCandidates(candidates: readonly CandidateResult[]): string[] {
  const keys = [...new Set(candidates.flatMap(({ hyperParameters }) => Object.keys(hyperParameters)))];
  const differing = keys.filter(
    (key) => new Set(candidates.map(({ hyperParameters }) => String(hyperParameters[key]))).size > 1,
  );
  const oneAlgorithm = new Set(candidates.map(({ algorithm }) => algorithm)).size === 1;
  return candidates.map(({ algorithm, hyperParameters }) => {
    const settings = differing
      .filter((key) => key in hyperParameters)
      .map((key) => `${key} ${hyperParameters[key]}`);
    return (oneAlgorithm && settings.length > 0 ? settings : [algorithm, ...settings]).join(', ');
  });
}

/** The name stands above its row: settings are too long to stand beside it. */
function drawFolds(
  candidates: readonly CandidateResult[],
  names: readonly string[],
  width: number,
  says: string,
): Html {
  const folds = candidates.flatMap((candidate, row) => candidate.folds.map((fold) => ({ row, ...fold })));
  const means = candidates
    .map(({ meanPrAuc }, row) => ({ row, meanPrAuc }))
    .filter((mean) => isNumber(mean.meanPrAuc));
  const rows = candidates.map(({ chosen }, row) => ({
    row,
    name: `${chosen ? '★ ' : ''}${names[row]}`,
    chosen,
  }));
  const place = { y: 'row', insetTop: 22, insetBottom: 4 };
  return drawPlot(
    {
      width,
      height: candidates.length * 44 + 40,
      marginLeft: 12,
      marginRight: 16,
      marginTop: 0,
      marginBottom: 36,
      x: { nice: true, ticks: 5, grid: true, tickSize: 0, label: 'PR-AUC', labelArrow: 'none' },
      y: { type: 'band', domain: rows.map(({ row }) => row), axis: null, padding: 0 },
      marks: [
        rows.map(({ row, name, chosen }) =>
          Plot.text([row], {
            y: (value: number) => value,
            text: () => shorten(name, width / 7),
            frameAnchor: 'left',
            fontWeight: chosen ? 600 : 400,
            stroke: 'var(--page)',
            strokeWidth: 4,
            fill: 'currentColor',
            dx: -12,
            dy: -9,
          }),
        ),
        Plot.dot(
          folds.filter(({ trainPrAuc }) => isNumber(trainPrAuc)),
          { y: 'row', x: 'trainPrAuc', r: 3.5, dy: 9, stroke: 'var(--muted)' },
        ),
        Plot.dot(
          folds.filter(({ prAuc }) => isNumber(prAuc)),
          { y: 'row', x: 'prAuc', r: 3.5, dy: 9, fill: 'var(--down)', fillOpacity: 0.75 },
        ),
        Plot.tickX(means, { ...place, x: 'meanPrAuc', stroke: 'currentColor', strokeWidth: 2.5 }),
      ],
    },
    says,
  );
}
