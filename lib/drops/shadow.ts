/**
 * A model that waits for approval scores what the champion decided; what it would have flagged and what not is stored for those who
 * decide about it. It decides nothing itself. What it scores is decided as if it were the champion: by its own pack, rules
 * and threshold.
 */
import { roundToBillionths } from '../decisions/nine-decimals.ts';
import type { Session } from '../engine/session.ts';
import { createTable } from '../engine/table.ts';
import type { Features } from '../features/feature-tables.ts';
import { type Model, thresholdOf } from '../models/model-folder.ts';
import { type Decisions, scoreRecords } from '../scoring/score-records.ts';
import { EXAMPLES, type ShadowChange, type ShadowChanges } from './shadow-run.ts';

/** As the champion it would decide by its card's threshold. */
export function shadowThreshold(model: Model): number {
  return roundToBillionths(thresholdOf(model));
}

/** A challenger with the champion's pack, on the features that are there for the champion. */
export async function scoreInPassing(
  features: Features,
  champion: Decisions,
  challenger: Model,
): Promise<ShadowChanges> {
  const rows = await champion.count();
  const { decisions } = await scoreRecords(features, challenger, shadowThreshold(challenger), rows, () => {});
  return compareDecisions(features.session, { champion: `${champion}`, challenger: `${decisions}` });
}

/** SQL over two tables with the columns seq, record_id, score and flagged: of one record both have the same `seq`. */
export async function compareDecisions(
  session: Session,
  { champion, challenger }: { readonly champion: string; readonly challenger: string },
): Promise<ShadowChanges> {
  const beside = await createTable(
    session,
    'beside',
    `SELECT coalesce(one.record_id, other.record_id) AS record_id, one.score AS champion, other.score AS challenger,
       coalesce(one.flagged, false) AS was, coalesce(other.flagged, false) AS would_be
     FROM ${champion} AS one FULL JOIN ${challenger} AS other ON one.seq = other.seq`,
  );
  const count = (condition: string, name: string) => `(count(*) FILTER (${condition}))::DOUBLE AS ${name}`;
  const counts = await session.row<
    Pick<ShadowChanges, 'records' | 'onlyChampion' | 'onlyChallenger' | 'both' | 'gained' | 'lost'> &
      Record<string, number>
  >(
    `SELECT ${[
      count('champion IS NOT NULL AND challenger IS NOT NULL', 'records'),
      count('challenger IS NULL', '"onlyChampion"'),
      count('champion IS NULL', '"onlyChallenger"'),
      count('was AND would_be', '"both"'),
      count('would_be AND NOT was', 'gained'),
      count('was AND NOT would_be', 'lost'),
    ].join(', ')} FROM ${beside}`,
  );
  const examples = (condition: string) =>
    session.rows<ShadowChange & Record<string, unknown>>(
      `SELECT record_id AS "recordId", champion, challenger FROM ${beside} WHERE ${condition}
       ORDER BY coalesce(abs(challenger - champion), 1) DESC, record_id LIMIT ${EXAMPLES}`,
    );
  return {
    ...counts,
    gainedExamples: await examples('would_be AND NOT was'),
    lostExamples: await examples('was AND NOT would_be'),
  };
}
