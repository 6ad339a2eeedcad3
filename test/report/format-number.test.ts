import { describe, expect, it } from 'vitest';
import {
  countOf,
  formatBytes,
  formatCount,
  formatInterval,
  formatNumber,
  formatScore,
  formatShare,
  formatSigned,
} from '../../lib/report/format-number.ts';

describe('numbers in words', () => {
  it('formatNumber gives three significant digits', () => {
    expect([0, 0.012345, 12.345, 1234.5, -0.00123, 1.234e-7].map(formatNumber)).toEqual([
      '0',
      '0.0123',
      '12.3',
      '1,235',
      '−0.00123',
      '1.23E−7',
    ]);
  });

  it('formatShare never rounds to nothing or to all', () => {
    expect([0, 1e-7, 0.00021, 0.034, 0.5, 0.99999, 1].map(formatShare)).toEqual([
      '0%',
      '< 0.001%',
      '0.021%',
      '3.4%',
      '50.0%',
      '> 99.9%',
      '100%',
    ]);
  });

  it('formatSigned always has a sign', () => {
    expect([0.1234, -0.1234, 0, -0.0001].map(formatSigned)).toEqual(['+0.123', '−0.123', '+0.000', '−0.000']);
  });

  it('a figure that does not exist is a dash', () => {
    const none = Number.NaN;
    expect([
      formatCount(none),
      formatNumber(null),
      formatScore(none),
      formatShare(null),
      formatBytes(none),
    ]).toEqual(Array(5).fill('–'));
    expect(formatInterval({ value: 1, low: null, high: 2 }, formatScore)).toBeNull();
  });

  it('counts and sizes read as words', () => {
    expect([countOf(1, 'record'), countOf(2000, 'record')]).toEqual(['1 record', '2,000 records']);
    expect([12, 1234, 1_234_567, 2.5e9].map(formatBytes)).toEqual([
      '12 bytes',
      '1.23 kB',
      '1.23 MB',
      '2.5 GB',
    ]);
  });
});
