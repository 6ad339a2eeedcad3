import { afterEach, expect, test } from 'vitest';
import { lengthOf, number, percent } from '../../console/words/format.ts';
import { language } from '../../console/words/words.ts';

afterEach(() => {
  language.value = 'en';
});

test('a length of time is said in the language of the page, and steps as they are', () => {
  const lengths = ['7 days', '1 hour', '24 hours', '30 minutes', '5 steps', 'all'];
  expect(lengths.map(lengthOf)).toEqual(lengths);
  language.value = 'de';
  expect(lengths.map(lengthOf)).toEqual(['7 Tage', '1 Stunde', '24 Stunden', '30 Minuten', '5 steps', 'all']);
});

test('numbers follow the language and the digits that are asked for, though formatters are made once', () => {
  const said = () => [number(1_234.5), number(1_234.5, 2), number(-0.5, 3), percent(0.688)];
  const english = ['1,234.5', '1,234.50', '−0.500', '68.8%'];
  expect(said()).toEqual(english);
  language.value = 'de';
  expect(said()).toEqual(['1.234,5', '1.234,50', '−0,500', '68,8\u00a0%']);
  language.value = 'en';
  expect(said()).toEqual(english);
});
