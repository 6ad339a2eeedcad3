/** The page of `assay explore`: a file's columns, their distributions and the balance of its classes. */
import * as Plot from '@observablehq/plot';
import type { Exploration, ExploredColumn, NumberSummary } from '../profiling/explore.ts';
import { barFigure } from './counted-bars.ts';
import { formatCount } from './format-number.ts';
import { type Html, html, shorten } from './html.ts';
import { renderCards, renderNav, renderPage } from './page.ts';
import { drawPlot } from './plot-svg.ts';
import { figure, figures, renderSection, type Section, table } from './section.ts';

const MAX_DRAWN = 60;

export function renderExploration(exploration: Exploration): string {
  const { file, rows, sampled, columns, balance } = exploration;
  const sections = [
    columnSection(exploration),
    balanceSection(exploration),
    numberSection(columns),
    valueSection(columns),
  ].filter((section): section is Section => section !== null);
  const cells = columns.reduce((sum, { missing }) => sum + missing, 0);
  const share = cells / Math.max(1, columns.length * sampled);
  const positive = balance === null ? null : balance.classes.at(-1)!;
  const cards: [string, string, string][] = [
    [
      'Rows',
      formatCount(rows),
      sampled < rows
        ? `figures are of ${formatCount(sampled)} spread over the file`
        : 'all of them are counted',
    ],
    [
      'Columns',
      formatCount(columns.length),
      `${columns.filter(({ numbers }) => numbers !== null).length} hold numbers`,
    ],
    ['Missing', percent(share), `${formatCount(cells)} cells`],
    [
      'Rarest class',
      positive === null ? '–' : percent(positive.count / total(balance!.classes)),
      positive === null
        ? 'no label was found'
        : `${shorten(balance!.column, 24)} = ${shorten(positive.text, 16)}`,
    ],
  ];
  return renderPage({
    title: `${file} – columns`,
    top: html`<header><p class="eyebrow">Exploration</p><h1>${file}</h1></header>${renderCards(cards)}${renderNav(sections)}`,
    body: sections.map((section) => renderSection(section, 2)),
  });
}

function columnSection({ columns, sampled }: Exploration): Section {
  const rows = columns.map((column) => [
    column.name,
    column.type,
    column.role ?? (column.isPersonal ? 'personal' : ''),
    column.missing === 0
      ? '0'
      : `${formatCount(column.missing)} (${percent(column.missing / Math.max(1, sampled))})`,
    formatCount(column.distinct),
    column.misfits === 0 ? '' : formatCount(column.misfits),
  ]);
  return {
    id: 'columns',
    title: 'Columns',
    lead: 'What each column seems to be. A role is a guess by name and shape: check it before a pack is made.',
    body: table(
      'Columns of the file',
      [
        { title: 'Column' },
        { title: 'Type' },
        { title: 'Role' },
        { title: 'Missing', numeric: true },
        { title: 'Distinct', numeric: true },
        { title: 'Not of the type', numeric: true },
      ],
      rows,
    ),
  };
}

function balanceSection({ balance }: Exploration): Section | null {
  if (balance === null) return null;
  const bars = balance.classes.map(({ text, count }) => ({
    name: `${text} (${percent(count / total(balance.classes))})`,
    count,
  }));
  return {
    id: 'balance',
    title: 'Class balance',
    lead: `Records by the value of ${balance.column}, which looks like the label.`,
    body: barFigure('Classes', bars, 'var(--up)', 'class'),
  };
}

function numberSection(columns: readonly ExploredColumn[]): Section | null {
  const numbers = columns.flatMap(({ name, numbers: summary }) =>
    summary === null ? [] : [{ name, summary }],
  );
  if (numbers.length === 0) return null;
  const rows = numbers.map(({ name, summary }) => [
    name,
    ...[
      summary.mean,
      summary.deviation,
      summary.min,
      summary.quarter,
      summary.median,
      summary.threeQuarters,
      summary.max,
    ].map(figureText),
  ]);
  const titles = ['Column', 'Mean', 'Std', 'Min', '25 %', 'Median', '75 %', 'Max'];
  return {
    id: 'numbers',
    title: 'Numbers',
    lead: 'Quartiles and spread, and how the values lie between the smallest and the largest.',
    body: html`${table(
      'Numbers',
      titles.map((title, at) => ({ title, numeric: at > 0 })),
      rows,
    )}${figures(...numbers.slice(0, MAX_DRAWN).map(({ name, summary }) => histogram(name, summary)))}`,
  };
}

function histogram(name: string, { histogram: counts, min, max, median }: NumberSummary): Html {
  const width = (max - min) / counts.length || 1;
  const bins = counts.map((count, at) => ({ x1: min + at * width, x2: min + (at + 1) * width, count }));
  const says = `From ${figureText(min)} to ${figureText(max)}, half of them up to ${figureText(median)}.`;
  const drawing = drawPlot(
    {
      width: 380,
      height: 150,
      marginLeft: 44,
      marginRight: 14,
      marginBottom: 26,
      x: { ticks: 4, label: null, tickFormat: '~s' },
      y: { ticks: 3, label: null, tickFormat: '~s', grid: true },
      marks: [
        Plot.rectY(bins, { x1: 'x1', x2: 'x2', y: 'count', fill: 'var(--down)', insetRight: 1 }),
        Plot.ruleY([0]),
      ],
    },
    says,
  );
  return figure(shorten(name, 60), says, drawing);
}

function valueSection(columns: readonly ExploredColumn[]): Section | null {
  const counted = columns.filter(
    ({ top, numbers, role }) => top.length > 0 && numbers === null && role !== 'label',
  );
  const times = columns.flatMap(({ name, range }) =>
    range === null ? [] : [[name, range.first, range.last]],
  );
  if (counted.length + times.length === 0) return null;
  const tables = counted.slice(0, MAX_DRAWN).map(({ name, top }) =>
    table(
      name,
      [{ title: shorten(name, 40) }, { title: 'Rows', numeric: true }],
      top.map(({ text, count }) => [shorten(text, 60), formatCount(count)]),
    ),
  );
  return {
    id: 'values',
    title: 'Values',
    lead: 'The most frequent values, ten of a column at most. Columns that look personal are not shown by value, nor are those with a value of its own for every row.',
    body: html`${times.length === 0 ? null : table('Times', [{ title: 'Column' }, { title: 'First' }, { title: 'Last' }], times)}${figures(...tables)}`,
  };
}

function total(counts: readonly { readonly count: number }[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.1 ? 2 : 1)} %`;
}

/** A number of a column: three decimals below 10, two from there on; very large and very small ones with an exponent. */
export function figureText(value: number): string {
  return Math.abs(value) >= 1e9 || (value !== 0 && Math.abs(value) < 1e-3)
    ? value.toExponential(2)
    : value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 10 ? 3 : 2 });
}
