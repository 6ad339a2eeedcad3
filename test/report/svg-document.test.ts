import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { expect, test } from 'vitest';
import { SvgDocument, type SvgElement } from '../../lib/report/svg-document.ts';

const whole = parseHTML('<!doctype html><html></html>').document;

function contentOf(options: Plot.PlotOptions, document: unknown): string {
  const svg = Plot.plot({ ...options, document: document as Document, style: { fontSize: '12px' } });
  return (svg as unknown as SvgElement).innerHTML;
}

const names = ['plain', 'a & b', '<script>', 'say "no"', 'two\u00A0words', 'Größe', ''];
const rows = names.map((name, at) => ({ name, at, side: at % 2 === 0 ? 'left' : 'right' }));

test.each<readonly [string, Plot.PlotOptions]>([
  ['bars', { marks: [Plot.barX(rows, { x: 'at', y: 'name', fill: 'at' }), Plot.ruleX([0])] }],
  ['dots', { grid: true, marks: [Plot.dot(rows, { x: 'at', y: 'at', r: 2, className: 'dots few' })] }],
  ['lines', { x: { label: 'x & y' }, marks: [Plot.line(rows, { x: 'at', y: 'at' }), Plot.frame()] }],
  ['text in lines', { marks: [Plot.text(rows, { x: 'at', y: 'at', text: ({ name }) => `${name}\nbelow` })] }],
  ['facets', { marks: [Plot.rectY(rows, { fy: 'side', x1: 'at', x2: 'at', y: 'at' })] }],
  ['nothing', { marks: [Plot.dot([], { x: 'at', y: 'at' })], x: { domain: [0, 1] }, y: { domain: [0, 1] } }],
])('a plot of %s has the bytes that it has in a whole document', (_, options) => {
  const drawn = contentOf(options, new SvgDocument());
  expect(drawn).toContain('<g');
  expect(drawn).toBe(contentOf(options, whole));
});

test('a text is no markup, neither as content nor in an attribute', () => {
  const document = new SvgDocument();
  const text = document.createElementNS(document.documentElement.namespaceURI, 'text');
  text.setAttribute('title', '"><script>');
  text.textContent = '</text><script>&';
  expect(text.outerHTML).toBe(
    '<text title="&quot;&gt;&lt;script&gt;">&lt;/text&gt;&lt;script&gt;&amp;</text>',
  );
});
