import { describe, expect, it } from 'vitest';
import type { Explanation } from '../../lib/decisions/explanation.ts';
import { renderExplanationSvg } from '../../lib/report/explanation-svg.ts';
import { fakeExplanation } from '../helpers/report-data.ts';

/** Fails unless every element is closed in order and every attribute is quoted: what an XML reader asks for. */
function checkWellFormed(svg: string): void {
  const open: string[] = [];
  const rest = svg.replace(
    /<(\/?)([a-zA-Z]+)((?: [a-zA-Z][a-zA-Z0-9:-]*="[^"<]*")*)(\/?)>/g,
    (_, closing: string, name: string, _attributes: string, empty: string) => {
      if (closing !== '') expect(open.pop()).toBe(name);
      else if (empty === '') open.push(name);
      return '';
    },
  );
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/[<>]/);
  expect(svg.replace(/&(amp|lt|gt|quot|#39);/g, '')).not.toContain('&');
}

function textOf(svg: string): string {
  return svg.replace(/<style>.*?<\/style>/s, '').replace(/<[^>]*>/g, ' ');
}

describe.each(['waterfall', 'force'] as const)('renderExplanationSvg, as a %s', (kind) => {
  it.each([1, 2, 4, 10, 11, 12, 25])('is well-formed and draws all of %i contributions', (count) => {
    const svg = renderExplanationSvg(fakeExplanation(count, count), { kind });
    checkWellFormed(svg);
    const drawnOneByOne = count <= 11 ? count : 10;
    const together = textOf(svg).matchAll(/(\d+) others? ?(?:together)?/g);
    const others =
      kind === 'force' ? [...new Set([...together].map(([text]) => text))] : [...together].map(([t]) => t);
    const summed = others.reduce((total, text) => total + Number.parseInt(text, 10), 0);
    expect(drawnOneByOne + summed).toBe(count);
  });

  it('is the same bytes for the same explanation', () => {
    expect(renderExplanationSvg(fakeExplanation(5, 25), { kind })).toBe(
      renderExplanationSvg(fakeExplanation(5, 25), { kind }),
    );
  });

  it('stands alone: own light and dark colours, nothing from elsewhere', () => {
    const svg = renderExplanationSvg(fakeExplanation(5, 25), { kind });
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(svg).toContain('prefers-color-scheme:dark');
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|@import|url\(|<script|href/);
  });

  it('shows base, threshold, score and direction in words and signs, not in colour alone', () => {
    const explanation = fakeExplanation(5, 25);
    const text = textOf(renderExplanationSvg(explanation, { kind }));
    for (const value of [explanation.base, explanation.threshold, explanation.score]) {
      expect(text).toContain(value.toFixed(3));
    }
    expect(text).toContain('▲');
    expect(text).toContain('▼');
    expect(text).toMatch(/\+0\.\d{3}/);
    expect(text).toMatch(/−0\.\d{3}/);
  });

  it('cuts long words, and keeps them whole in a title', () => {
    const words = `A very long reason ${'that goes on and on '.repeat(20)}`.trim();
    const explanation = fakeExplanation(5, 4);
    const contributions = explanation.contributions.map((contribution) => ({ ...contribution, words }));
    const svg = renderExplanationSvg({ ...explanation, contributions }, { kind });
    checkWellFormed(svg);
    expect(svg).toContain(`<title>${words}</title>`);
    const lines = [...svg.matchAll(/<tspan[^>]*>([^<]*)/g)].map(([, line]) => line!);
    expect(lines.some((line) => line.endsWith('…'))).toBe(true);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(70);
  });

  it('keeps hostile texts texts', () => {
    const hostile = `<script>"&'\u0001\u202E\uD800 ${'x'.repeat(300)}`;
    const explanation: Explanation = {
      ...fakeExplanation(6, 4),
      record_id: hostile,
      model: hostile,
      rules: [{ id: 'r', severity: 'high', words: hostile }],
      contributions: [{ column: hostile, value: null, usual: null, contribution: 0.1, words: hostile }],
    };
    const svg = renderExplanationSvg(explanation, { kind });
    checkWellFormed(svg);
    expect(svg).not.toContain('<script');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    expect(svg).not.toMatch(/[\u0001\u202E\uD800-\uDFFF]/);
  });

  it('stands an explanation without contributions, and scores that all coincide', () => {
    const nothing = { ...fakeExplanation(5, 0), score: 0, base: 0, threshold: 0 };
    const svg = renderExplanationSvg(nothing, { kind });
    checkWellFormed(svg);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('the waterfall', () => {
  it('starts each bar where the one above it ended, and ends at the score', () => {
    const explanation = fakeExplanation(5, 25);
    const svg = renderExplanationSvg(explanation, { kind: 'waterfall' });
    const bars = [...svg.matchAll(/<polygon class="\w+" points="([^"]*)"/g)].map(([, points]) => {
      const corners = points!.split(' ').map((corner) => Number(corner.split(',')[0]));
      return { from: corners[0]!, to: corners[2]! };
    });
    expect(bars).toHaveLength(11);
    for (let i = 1; i < bars.length; i++) expect(bars[i]!.from).toBe(bars[i - 1]!.to);
    const marks = [...svg.matchAll(/class="mark" stroke-width="3" x1="([^"]*)"/g)].map(([, x]) => Number(x));
    expect(marks).toHaveLength(2);
    expect(bars[0]!.from).toBeCloseTo(marks[0]!, 1);
    expect(bars.at(-1)!.to).toBeCloseTo(marks[1]!, 1);
  });
});
