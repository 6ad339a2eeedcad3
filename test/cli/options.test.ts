import { Command } from 'commander';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { options, wholeNumber } from '../../lib/cli/options.ts';
import { UsageError } from '../../lib/errors.ts';

function parse(...argv: string[]): Record<string, unknown> {
  const command = new Command()
    .exitOverride()
    .configureOutput({ outputError: () => {}, writeErr: () => {} })
    .addOption(options.domain())
    .addOption(options.data())
    .addOption(options.history())
    .addOption(options.threads())
    .addOption(options.memory())
    .addOption(options.json())
    .addOption(options.quiet());
  return command.parse(argv, { from: 'user' }).opts();
}

describe('wholeNumber', () => {
  test('takes the whole numbers from the least on', () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 0, max: 1e9 }), (least, more) => {
        expect(wholeNumber('--n', least)(String(least + more))).toBe(least + more);
      }),
    ));

  test.each(['', ' ', '0', '-1', '1.5', '1e400', 'many', '9007199254740993', 'NaN', '2 3'])(
    'refuses %j',
    (text) => {
      expect(() => wholeNumber('--n', 1)(text)).toThrow(UsageError);
      expect(() => wholeNumber('--n', 1)(text)).toThrow(`--n takes a whole number from 1 on, not "${text}"`);
    },
  );
});

test('no text is not nought', () => {
  for (const text of ['', ' ']) expect(() => wholeNumber('--seed', 0)(text)).toThrow(UsageError);
});

describe('the shared options', () => {
  test('several files are read as one', () => {
    expect(parse('--data', 'a.csv', 'b.csv', '--history', 'c.csv')).toMatchObject({
      data: ['a.csv', 'b.csv'],
      history: ['c.csv'],
    });
  });

  test('what is not given has its default, or none', () => {
    expect(parse()).toEqual({ memory: 1024 });
  });

  test('numbers are numbers, with a least', () => {
    expect(parse('--threads', '3', '--memory', '128')).toMatchObject({ threads: 3, memory: 128 });
    expect(() => parse('--threads', '0')).toThrow('--threads takes a whole number from 1 on');
    expect(() => parse('--memory', '127')).toThrow('--memory takes a whole number from 128 on');
  });

  test('every call gives an option of its own: commands do not share state', () => {
    for (const make of Object.values(options)) expect(make()).not.toBe(make());
  });
});
