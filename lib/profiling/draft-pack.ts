/**
 * A first pack for a file: guessed from its rows, then tried on the whole of it by the reader itself. A column of which the reader
 * would reject too much becomes text. The draft loads, and says how many rows it rejects and why.
 */

import { Session } from '../engine/session.ts';
import type { DeliveryOptions } from '../intake/delivery.ts';
import { readRecords } from '../intake/read-records.ts';
import { sampleSpread } from '../intake/sample-rows.ts';
import { parsePack } from '../packs/parse-pack.ts';
import { type GuessedPack, guessPack } from './guess-pack.ts';
import type { GivenRoles } from './guess-roles.ts';
import { ACCEPTED_SHARE } from './profile-column.ts';

export interface DraftOptions {
  readonly file: string;
  readonly domain: string;
  readonly reading: DeliveryOptions;
  readonly given: GivenRoles;
}

export interface Draft extends GuessedPack {
  readonly rows: number;
  readonly rejected: number;
  /** Why rows are rejected, the commonest first. */
  readonly rejects: readonly RejectReason[];
  readonly warnings: readonly string[];
}

export interface RejectReason {
  /** Null: the row as a whole. */
  readonly column: string | null;
  readonly count: number;
  readonly example: string;
}

/** Rows that types are guessed from; the reader tries all of them. */
const SAMPLED_ROWS = 50_000;
const MAX_ATTEMPTS = 4;

export async function draftPack({ file, domain, reading, given }: DraftOptions): Promise<Draft> {
  const { header, rows, total, warnings } = await sampleSpread(file, SAMPLED_ROWS, reading);
  const line = reading.skipLines === undefined ? null : reading.skipLines + 1;
  const headerPlace = reading.header === false ? 'none' : line;
  const asText = new Set<string>();
  for (let tries = 1; ; tries++) {
    const guess = guessPack({ domain, file, header, rows, totalRows: total, headerPlace, given, asText });
    const tried = await tryPack(guess.yaml, file, reading);
    const worst = tried.rejects.find(
      ({ column, count }) =>
        column !== null && !asText.has(column) && count > tried.rows * (1 - ACCEPTED_SHARE),
    );
    if (worst === undefined || tries === MAX_ATTEMPTS) return { ...guess, ...tried, warnings };
    asText.add(worst.column!);
  }
}

async function tryPack(
  yaml: string,
  file: string,
  reading: DeliveryOptions,
): Promise<Pick<Draft, 'rows' | 'rejected' | 'rejects'>> {
  const session = await Session.open({});
  try {
    const pack = parsePack(yaml, 'the guessed pack');
    const intake = await readRecords(session, pack, [{ path: file }], reading);
    const { received, rejected } = intake;
    const rejects = await session.rows<{ column: string | null; count: number; example: string }>(
      `SELECT "column", count(*)::INTEGER AS count, min(reason) AS example FROM ${intake.rejects} GROUP BY "column" ORDER BY count DESC, "column"`,
    );
    return { rows: received, rejected, rejects };
  } finally {
    await session.close();
  }
}
