import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  apportion,
  decimalText,
  fromBillionths,
  roundToBillionths,
  toBillionths,
} from '../../lib/decisions/nine-decimals.ts';

const billionths = fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 });

describe('decimalText', () => {
  it('writes any number of nine decimals as the plain decimal that it is', () => {
    fc.assert(
      fc.property(fc.oneof(billionths, fc.integer({ min: -2000, max: 2000 })), (units) => {
        const text = decimalText(units / 1e9);
        expect(text).toMatch(/^(0|-?(0|[1-9]\d*)(\.\d*[1-9])?)$/);
        const [, sign, whole, fraction = ''] = /^(-?)(\d+)\.?(\d*)$/.exec(text)!;
        expect(Number(`${sign}${whole}${fraction.padEnd(9, '0')}`)).toBe(units);
        expect(JSON.parse(text)).toBe(units / 1e9);
      }),
    );
  });

  it.each([
    [0, '0'],
    [-0, '0'],
    [1e-9, '0.000000001'],
    [-4e-10, '0'],
    [0.1 + 0.2, '0.3'],
    [-999_999.5, '-999999.5'],
  ])('%d is %s', (x, text) => expect(decimalText(x)).toBe(text));
});

describe('roundToBillionths', () => {
  it('is what is stored: the nearest number of nine decimals, and that again is itself', () => {
    expect(roundToBillionths(0.1234567894)).toBe(0.123456789);
    expect(roundToBillionths(0.1234567896)).toBe(0.12345679);
    expect(roundToBillionths(Math.fround(0.3))).toBe(0.300000012);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (x) => {
        expect(roundToBillionths(x)).toBe(fromBillionths(toBillionths(x)!));
        expect(roundToBillionths(roundToBillionths(x))).toBe(roundToBillionths(x));
      }),
    );
  });
});

describe('toBillionths', () => {
  it('is exact below a million, and nothing from there on', () => {
    expect(toBillionths(999_999.999999999)).toBe(999_999_999_999_999);
    expect(toBillionths(-1e6)).toBeUndefined();
    expect(toBillionths(Number.NaN)).toBeUndefined();
    // A zero without a sign: a stored -0 would be other bytes.
    expect(toBillionths(-4e-10)).toBe(0);
  });
});

describe('apportion', () => {
  const contributions = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), {
    minLength: 1,
    maxLength: 60,
  });
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

  it('sums to exactly the total, and moves none by more than 1e-5', () => {
    fc.assert(
      fc.property(contributions, fc.integer({ min: -9000, max: 9000 }), (given, off) => {
        const total = Math.round(sum(given) * 1e9) + off;
        const parts = apportion(given, total)!;
        expect(parts.reduce((all, part) => all + BigInt(part), 0n)).toBe(BigInt(total));
        parts.forEach((part, index) => {
          expect(Math.abs(part / 1e9 - given[index]!)).toBeLessThanOrEqual(1e-5 + 1e-9);
          expect(Object.is(part, -0)).toBe(false);
        });
      }),
    );
  });

  it('rounds each to the billionth below or above where there is nothing to share out', () => {
    fc.assert(
      fc.property(contributions, (given) => {
        const parts = apportion(given, Math.round(sum(given) * 1e9))!;
        parts.forEach((part, index) => {
          expect(Math.abs(part - given[index]! * 1e9)).toBeLessThanOrEqual(1.6);
        });
      }),
    );
  });

  it('shares a difference out by size, and what is left over to the largest remainders', () => {
    expect(apportion([0.3, -0.1], 200_000_040)).toEqual([300_000_030, -99_999_990]);
    expect(apportion([0.3, 0, 0.1], 400_000_000)).toEqual([300_000_000, 0, 100_000_000]);
    expect(apportion([1.4e-9, 1.5e-9, 1.1e-9], 4)).toEqual([1, 2, 1]);
    expect(apportion([0, 0, 0], 5)).toEqual([2, 2, 1]);
    // A zero takes no part in what is shared out, and stays one without a sign.
    expect(apportion([-0, 0.1], 99_999_995)).toEqual([0, 99_999_995]);
  });

  it('refuses a difference above 1e-5, and what is no number', () => {
    expect(apportion([0.25], 250_010_000)).toEqual([250_010_000]);
    expect(apportion([0.25], 250_010_001)).toBeUndefined();
    // Each too large to be held exactly, whatever their sum.
    expect(apportion([1e6, -1e6], 0)).toBeUndefined();
    expect(apportion([0.25, Number.NaN], 250_000_000)).toBeUndefined();
    expect(apportion([], 1)).toBeUndefined();
    expect(apportion([], 0)).toEqual([]);
  });
});
