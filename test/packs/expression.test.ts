import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Piece, parseExpression, type Scope } from '../../lib/packs/expression.ts';
import { tokenize } from '../../lib/packs/expression-tokens.ts';

const SCOPE: Scope = {
  columns: ['amount', 'timestamp', 'country', 'Amount (EUR)', 'a"b', 'end', 'date', 'bad', 'count'],
  label: 'bad',
  features: ['high', 'amount'],
  laterFeatures: ['later'],
  parameters: {
    limit: 10,
    below: -1.5,
    name: "O'Neil",
    offshore: ['Panama', "Côte d'Ivoire"],
    codes: [1, 2],
    yes: true,
  },
  windows: ['day', 'past'],
};

/** Pieces as one text: columns in [brackets], features in <angles>, windows in {braces}. */
function show(pieces: readonly Piece[]): string {
  return pieces
    .map((piece) => {
      if (typeof piece === 'string') return piece;
      if (piece.kind !== 'window') return piece.kind === 'column' ? `[${piece.name}]` : `<${piece.name}>`;
      const { call, distinct, argument, filter, window, usesLabel } = piece;
      const where = filter === null ? '' : ` where ${show(filter)}`;
      const inside = argument === null ? '*' : show(argument);
      return `{${call} ${distinct ? 'distinct ' : ''}${inside}${where} over ${window}${usesLabel ? ' earlier' : ''}}`;
    })
    .join(' ');
}

const parse = (text: string) => show(parseExpression(text, SCOPE));

describe('parseExpression', () => {
  test.each([
    ['amount > $limit', '[amount] > 10'],
    ['amount > $below', '[amount] > (-1.5)'],
    ["country = 'it''s' or country = $name", "[country] = 'it''s' OR [country] = 'O''Neil'"],
    ['country in $offshore', "[country] IN ('Panama', 'Côte d''Ivoire')"],
    ['amount not in $codes and $yes', '[amount] NOT IN (1, 2) AND TRUE'],
    ['AMOUNT + High', '[amount] + <high>'],
    ['"Amount (EUR)" * 2', '[Amount (EUR)] * 2'],
    ['"a""b" || \'x\'', "[a\"b] || 'x'"],
    ['case when amount > 1 then 1 else "end" end', 'CASE WHEN [amount] > 1 THEN 1 ELSE [end] END'],
    ["timestamp > timestamp '2024-01-01'", "[timestamp] > TIMESTAMP '2024-01-01'"],
    ['extract(hour from timestamp)', 'extract(hour FROM [timestamp] )'],
    ['timestamp + interval 3 days', '[timestamp] + INTERVAL 3 days'],
    [
      'cast(country as integer) + country::decimal(4,1)',
      'TRY_CAST( [country] AS INTEGER ) + [country] :: DECIMAL(4,1)',
    ],
    ['round(amount, 2)', 'round( [amount] , 2 )'],
    ['amount is not distinct from high', '[amount] IS NOT DISTINCT FROM <high>'],
    ['count + date', '[count] + [date]'],
    ['count(*) over day', '{count * over day}'],
    ['Count(DISTINCT country) OVER past', '{count distinct [country] over past}'],
    ['sum(amount) filter (where high = 1) over day / 2', '{sum [amount] where <high> = 1 over day} / 2'],
    ['avg(bad) over past', '{avg [bad] over past earlier}'],
    ['count(*) filter (where bad) over past', '{count * where [bad] over past earlier}'],
    ['epoch(timestamp - lag(timestamp) over past)', 'epoch( [timestamp] - {lag [timestamp] over past} )'],
    ['amount/nullif(avg(amount)over day,0)', '[amount] / nullif( {avg [amount] over day} , 0 )'],
  ])('%s', (text, shown) => {
    expect(parse(text)).toBe(shown);
  });

  test.each([
    ['', 'found nothing'],
    ['amount; drop table records', 'found ";"'],
    ['amount -- comment', 'comment'],
    ['amount /* x */', 'comment'],
    ['amount) from (records', 'found ")" without'],
    ['(select max(amount) from records)', 'no queries'],
    ['exists (select 1)', 'found a subquery'],
    ['(from records)', 'no queries'],
    ['(values (1))', 'values() is not a function'],
    ['records.amount', 'found "."'],
    ["read_csv('/etc/passwd')", 'read_csv() is not a function'],
    ["getenv('HOME')", 'getenv() is not a function'],
    ['random()', 'random() is not a function'],
    ['now()', 'now() is not a function'],
    ['today()', 'today() is not a function'],
    ['current_timestamp', 'neither a column nor a feature'],
    ["query('select 1')", 'query() is not a function'],
    ["nextval('s')", 'nextval() is not a function'],
    ['"now"()', 'now is neither'],
    ['sleep_ms(1000)', 'sleep_ms() is not a function'],
    ["repeat('x', 1000000000)", 'repeat() is not a function'],
    ['[amount]', 'found "["'],
    ['bad', 'is the label'],
    ['high + later', 'defined further down'],
    ['sum(amount) over (order by timestamp)', 'name of a window'],
    ['sum(sum(amount) over day) over past', 'inside another aggregate'],
    ['sum(distinct amount) over day', 'distinct in count only'],
    ['abs(amount) over day', 'cannot be asked of a window'],
    ['amount over day', 'may follow only'],
    ['country::regclass', 'not a type'],
    ["'open", 'not closed'],
    ['"open', 'not closed'],
    ['sum(amount, 2) over day', 'one expression'],
    ['?', 'no meaning'],
    ['$', 'no meaning'],
  ])('refused: %s', (text, why) => {
    expect(() => parse(text)).toThrow(why);
  });

  test('tokens put together again are the expression, whatever its texts and names hold', () => {
    const token = fc.oneof(
      fc
        .string({ unit: 'binary' })
        .map((text) => ({ kind: 'text', text, sql: `'${text.replaceAll("'", "''")}'` })),
      fc
        .string({ unit: 'binary', minLength: 1 })
        .map((text) => ({ kind: 'name', text, sql: `"${text.replaceAll('"', '""')}"` })),
      fc.nat().map((n) => ({ kind: 'number', text: String(n), sql: String(n) })),
      fc.constantFrom('+', '<=', '::', '(', ')').map((text) => ({ kind: 'symbol', text, sql: text })),
    );
    fc.assert(
      fc.property(fc.array(token), (tokens) => {
        const found = tokenize(tokens.map(({ sql }) => sql).join(' '));
        expect(found).toEqual(tokens.map(({ kind, text }) => ({ kind, text })));
      }),
    );
  });
});
