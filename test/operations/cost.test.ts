import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { COST_HEADING, costPage, type Measured } from '../../operations/cost/cost-page.ts';
import { attributeBytes, flagUnits } from '../../operations/cost/flag-units.ts';
import measured from '../../operations/cost/measured.json' with { type: 'json' };
import { PRICES } from '../../operations/cost/prices.ts';
import { defaultTemplate } from '../../operations/default-template.ts';

const page = readFileSync(new URL('../../docs/cost.md', import.meta.url), 'utf8');

test('docs/cost.md has the figures of the template, prices and measures of today: npm run cost writes them again', () => {
  expect(page).toContain(`${COST_HEADING}${costPage(measured as unknown as Measured, defaultTemplate())}`);
}, 300_000);

test('every price names its unit and the page that lists it', () => {
  for (const { unit, page: source } of Object.values(PRICES))
    expect([unit, source]).toEqual([
      expect.stringMatching(/\w/),
      expect.stringMatching(/^aws\.amazon\.com\//),
    ]);
});

describe('the write units of a flag', () => {
  const key = (...names: string[]) => names.map((AttributeName) => ({ AttributeName }));
  const table = {
    KeySchema: key('id'),
    GlobalSecondaryIndexes: [
      { IndexName: 'all', KeySchema: key('a'), Projection: { ProjectionType: 'ALL' } },
      {
        IndexName: 'some',
        KeySchema: key('a'),
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['b'] },
      },
      { IndexName: 'reviewed', KeySchema: key('by'), Projection: { ProjectionType: 'ALL' } },
    ],
  };

  test('are kilobytes begun of the item and of its copy in each index whose keys it has', () => {
    const flag = { id: 10, a: 1000, b: 20, c: 1500 };
    expect(flagUnits([flag], table)).toEqual({ item: 3, indexes: { all: 3, some: 2 }, total: 8 });
  });

  test('count names and texts in UTF-8', () => {
    expect(attributeBytes({ ä: 'ö', gone: undefined })).toEqual({ ä: 4 });
  });
});
