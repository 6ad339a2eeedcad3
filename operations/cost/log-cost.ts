/** What the logs of domains cost: entries by how they get in, and checkpoints by the month. */
import { cost, type PriceName } from './prices.ts';

const MILLION = 1e6;
/** A write in a transaction takes two units, of up to 1 KB each. */
const TRANSACTION = 2;
/** What `lib/aws/due-drops.ts` takes into the log at a time. */
const DROPS_AT_ONCE = 30;
const TILE = 256;
/** Every five minutes, of a domain in which something was done meanwhile. */
const CHECKPOINTS_A_MONTH = 8_640;
/** The note, a partial bundle, and partial tiles of three levels. */
const OBJECTS_OF_CHECKPOINT = 5;

export function logCost(): string[] {
  const tiles = (2 * MILLION) / TILE;
  const units = (items: number) => MILLION * TRANSACTION * items;
  const of = (what: string, sum: string, amounts: Partial<Record<PriceName, number>>): string => {
    const dollars = Object.entries(amounts).reduce(
      (all, [name, amount]) => all + cost(name as PriceName, amount),
      0,
    );
    return `| ${what} | ${sum} | ${dollars.toFixed(2)} |`;
  };
  return [
    '| | | US$ |',
    '| --- | --- | ---: |',
    of(
      'a million acts of people, one by one',
      '3 items each (entry, subject, head) in a transaction, tiles',
      {
        writeUnit: units(3),
        put: tiles,
      },
    ),
    of(
      'a million drops or recorded requests',
      `noted (2 items), taken in by ${DROPS_AT_ONCE} (entry, subject, note), tiles`,
      {
        writeUnit: units(2 + 3 + 1 / DROPS_AT_ONCE),
        put: tiles,
      },
    ),
    of('a million flags in one drop', '1 entry: they are entries of the drop’s own log', { put: 1 }),
    of(
      'checkpoints of a domain that is never idle, a month',
      `${CHECKPOINTS_A_MONTH.toLocaleString('en-US')} signatures, ${OBJECTS_OF_CHECKPOINT} objects each`,
      { signature: CHECKPOINTS_A_MONTH, put: CHECKPOINTS_A_MONTH * OBJECTS_OF_CHECKPOINT },
    ),
  ];
}
