/** Invented rates of exchange for the sample's currencies: a row a working day, close to what the euro bought in those years. */
const CURRENCIES: readonly (readonly [code: string, level: number, swing: number])[] = [
  ['USD', 1.08, 0.03],
  ['GBP', 0.85, 0.015],
  ['CHF', 0.94, 0.012],
  ['PLN', 4.25, 0.06],
];
const DAY_MS = 86_400_000;

/** The text of a file with a column for each currency; `start` is YYYY-MM-DD. */
export function makeRates(start: string, days: number): string {
  const rows = Array.from({ length: days }, (_, day) =>
    rowOf(new Date(Date.parse(start) + day * DAY_MS), day),
  );
  const header = ['Date', ...CURRENCIES.map(([code]) => code)].join(',');
  return `${[header, ...rows.filter((row) => row !== null)].join('\n')}\n`;
}

/** Null at weekends. A slow wave and a quick one, each currency's at a time of its own. */
function rowOf(date: Date, day: number): string | null {
  if (date.getUTCDay() % 6 === 0) return null;
  const rates = CURRENCIES.map(([, level, swing], at) => {
    const wave = Math.sin(day / 29 + at) + 0.3 * Math.sin(day / 3.7 + 2 * at);
    return (level + swing * wave).toFixed(4);
  });
  return [date.toISOString().slice(0, 10), ...rates].join(',');
}
