/**
 * Plot options in, an SVG element as markup out. Plot draws on a document of linkedom's; afterwards the drawing is
 * made small (numbers to a tenth of a pixel, dots of one colour joined into one path) and free of anything that could
 * differ between two runs. Colours are CSS variables or currentColor, so that one drawing serves light and dark.
 */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { escapeText, Html } from './html.ts';

/** Marks with this class are dots to be joined into one path: thousands of circles would be hundreds of kilobytes. */
export const JOINED_DOTS = 'dots';

const { document } = parseHTML('<!doctype html><html></html>');

/** Draws `options`; `says` says to a reader who cannot see the plot what it shows. */
export function drawPlot(options: Plot.PlotOptions, says: string, className = ''): Html {
  const svg = Plot.plot({
    document: document as unknown as Document,
    style: { fontSize: '12px' },
    ...options,
  }) as unknown as SVGSVGElement;
  if (svg.tagName.toLowerCase() !== 'svg')
    throw new Error('a plot with a legend or a title is not one SVG element');
  svg.querySelector('style')?.remove();
  for (const group of svg.querySelectorAll(`g.${JOINED_DOTS}`)) joinDots(group);
  for (const element of svg.querySelectorAll('*')) {
    element.removeAttribute('aria-label');
    roundCoordinates(element);
  }
  const { width = 640 } = options;
  return new Html(
    `<svg class="${escapeText(`plot ${className}`.trim())}" role="img" aria-label="${escapeText(says)}" ` +
      `viewBox="${svg.getAttribute('viewBox')}" style="max-width:${Math.round(width * 1.15)}px" ` +
      `font-size="12" text-anchor="middle" fill="currentColor">${svg.innerHTML}</svg>`,
  );
}

/** Replaces the circles of a group by one path of points drawn with a round pen. */
function joinDots(group: Element): void {
  const circles = [...group.querySelectorAll('circle')];
  const [first] = circles;
  if (first === undefined) return;
  const points = circles.map((circle) => `M${circle.getAttribute('cx')},${circle.getAttribute('cy')}h0`);
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', points.join(''));
  path.setAttribute('stroke-width', String(2 * Number(first.getAttribute('r'))));
  for (const circle of circles) circle.remove();
  group.append(path as unknown as Node);
}

const GEOMETRY = [
  'd',
  'x',
  'y',
  'x1',
  'x2',
  'y1',
  'y2',
  'cx',
  'cy',
  'r',
  'width',
  'height',
  'transform',
  'points',
];

/** Coordinates to a tenth of a pixel. */
function roundCoordinates(element: Element): void {
  for (const name of GEOMETRY) {
    const value = element.getAttribute(name);
    if (value === null) continue;
    const rounded = value.replace(/-?\d+\.\d+/g, (number) => String(Number(Number(number).toFixed(1))));
    element.setAttribute(name, rounded);
  }
}
