import { describe, expect, test } from 'vitest';
import type { Alarm } from '../../lib/monitoring/alarms.ts';
import type { Measured } from '../../lib/monitoring/measured.ts';
import type { MonitoringPoint } from '../../lib/monitoring/monitoring-point.ts';
import { renderMonitoringPage, type WatchedPoint } from '../../lib/report/monitoring-page.ts';
import { pointOf } from '../helpers/monitoring.ts';

const dayOf = (n: number) => new Date(Date.UTC(2026, 0, 1 + n)).toISOString().slice(0, 10);
const few: Measured = { not_enough_data: true, n: 3, needed: 20 };
const figure = (value: number): Measured => ({ value, low: value - 0.1, high: value + 0.1, n: 100 });

function watched(n: number, changes: Partial<WatchedPoint> = {}, recall: Measured = few): WatchedPoint {
  const point = pointOf('finance', 'a'.repeat(12), dayOf(n));
  const figures: MonitoringPoint['figures'] = { ...point.figures, recall };
  return { point: { ...point, figures }, decides: true, alarms: [], limitOf: () => null, ...changes };
}

const rang: Alarm = {
  ...{ figure: 'recall', input: null, limit: 0.5, retrain: true, sentence: 'Recall <b>fell</b>.' },
  measured: { value: 0.2, low: 0.1, high: 0.3, n: 100 },
};
const page = (...points: WatchedPoint[]) =>
  renderMonitoringPage({ domain: 'finance', title: 'Payments <script>', points });
/** The drawing of a figure, by its title. */
const plotOf = (text: string, title: string) =>
  new RegExp(`<strong>${title}</strong>.*?<svg.*?</svg>`, 's').exec(text)![0];
const bands = (text: string, title: string) => {
  const [, group = ''] = /<g fill-opacity="0.18">(.*?)<\/g>/s.exec(plotOf(text, title)) ?? [];
  return [...group.matchAll(/d="([^"]*)" fill="var\(--(\w+)\)"/g)].map(([, d, colour]) => [
    colour,
    d!.split('L').length,
  ]);
};
const ticks = (text: string, title: string) =>
  /<g stroke="var\(--quiet\)">(.*?)<\/g>/s.exec(plotOf(text, title))?.[1]?.match(/<line /g)?.length ?? 0;

describe('the page of figures over time', () => {
  test('loads nothing, and takes no name for markup', () => {
    const text = page(watched(0));
    expect(text).not.toMatch(/<script|src=|href="(?!#)|url\(|@import/);
    expect(text).toContain('Payments &lt;script&gt;');
    expect(page(watched(0, { alarms: [rang] }))).toContain('Recall &lt;b&gt;fell&lt;/b&gt;.');
  });

  test('is the same for the same points', () => {
    const points = [watched(0), watched(1, {}, figure(0.5)), watched(2, {}, figure(0.6))];
    expect(page(...points)).toBe(page(...points));
  });

  test('breaks a line where there is not enough data, and ticks these days instead', () => {
    const recall = [0.5, 0.6, 0.7, null, null, 0.6, 0.5].map((value) =>
      value === null ? few : figure(value),
    );
    const text = page(...recall.map((measured, n) => watched(n, {}, measured)));
    // A band of three days there and back, and one of two.
    expect(bands(text, 'Recall')).toEqual([
      ['down', 6],
      ['down', 4],
    ]);
    expect(ticks(text, 'Recall')).toBe(2);
    expect(text).toContain('On 2026-01-07 50.0% [40.0%, 60.0%].');
  });

  test('says that there is not enough data, and draws no number, where there is none', () => {
    const text = page(watched(0), watched(1));
    expect(bands(text, 'Recall')).toEqual([]);
    expect(text).toContain('not enough data (3 of 20)');
    expect(plotOf(text, 'Recall')).not.toContain('<circle');
  });

  test('marks the days on which an alarm rang, and lists what rang, the latest first', () => {
    const text = page(
      watched(0, { alarms: [rang] }, figure(0.2)),
      watched(1, {}, figure(0.6)),
      watched(2, { alarms: [{ ...rang, sentence: 'Again.' }] }, figure(0.2)),
    );
    expect(plotOf(text, 'Recall').match(/<circle/g)).toHaveLength(2);
    expect(text).toContain('Rang on 2 days.');
    expect(text.indexOf('Again.')).toBeLessThan(text.indexOf('Recall &lt;b&gt;'));
  });

  test('draws the limit of the model that decides, and keeps former models grey', () => {
    const limitOf = (name: string) => (name === 'recall' ? 0.45 : null);
    const text = page(
      watched(0, { decides: false, limitOf }, figure(0.6)),
      watched(1, { decides: false, limitOf }, figure(0.6)),
      watched(2, { limitOf }, figure(0.6)),
      watched(3, { limitOf }, figure(0.6)),
    );
    expect(bands(text, 'Recall').map(([colour]) => colour)).toEqual(['quiet', 'down']);
    const dashed = /stroke-dasharray="2,3"[^>]*>(.*?)<\/g>/s.exec(plotOf(text, 'Recall'))![1]!;
    expect(dashed.match(/<path/g)).toHaveLength(1);
    expect(plotOf(text, 'Precision')).not.toContain('stroke-dasharray');
  });

  test('stands on a single day, with room on both sides', () => {
    expect(plotOf(page(watched(0, {}, figure(0.5))), 'Recall')).toContain('<circle');
  });
});
