/**
 * Draws Plot's options as an SVG element, as markup. Plot draws on a document of our own; afterwards the drawing is made small
 * (numbers to a tenth of a pixel, dots of one colour joined into one path) and free of anything that could differ between two runs.
 * Colours are CSS variables or currentColor, so that one drawing serves light and dark.
 */
import * as Plot from '@observablehq/plot';
import { escapeText, Html } from './html.ts';
import { SvgDocument, type SvgElement } from './svg-document.ts';

/** The class of dots that `renderJoined` draws: thousands of circles would be hundreds of kilobytes. */
export const JOINED_DOTS = 'dots';

const document = new SvgDocument();

/** Draws `options`; `says` says to a reader who cannot see the plot what it shows. */
export function drawPlot(options: Plot.PlotOptions, says: string, className = ''): Html {
  const svg = Plot.plot({
    document: document as unknown as Document,
    style: { fontSize: '12px' },
    ...options,
  }) as unknown as SvgElement;
  if (svg.tagName !== 'svg') throw new Error('a plot with a legend or a title is not one SVG element');
  for (const style of svg.children.filter(({ tagName }) => tagName === 'style')) svg.removeChild(style);
  for (const element of svg.descendants()) {
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

/** As a dot mark's `render`: in place of circles by the thousand, one path of points drawn with a round pen. */
export const renderJoined: Plot.RenderFunction = (index, scales, values, dimensions, context, next) => {
  const group = next!(index.slice(0, 1), scales, values, dimensions, context);
  const parent = group as unknown as SvgElement;
  const circle = parent.children[0];
  if (circle === undefined) return group;
  const { x, y } = values as { readonly x: ArrayLike<number>; readonly y: ArrayLike<number> };
  const path = document.createElementNS(circle.namespaceURI, 'path');
  path.setAttribute('d', Array.from(index, (dot) => `M${x[dot]},${y[dot]}h0`).join(''));
  path.setAttribute('stroke-width', 2 * Number(circle.getAttribute('r')));
  parent.removeChild(circle);
  parent.appendChild(path);
  return group;
};

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
function roundCoordinates(element: SvgElement): void {
  for (const name of GEOMETRY) {
    const value = element.getAttribute(name);
    if (value === null) continue;
    const rounded = value.replace(/-?\d+\.\d+/g, (number) => String(Number(Number(number).toFixed(1))));
    element.setAttribute(name, rounded);
  }
}
