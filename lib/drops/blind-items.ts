/**
 * What of a drop is put up for blind review: by chance, some of the records that were not flagged, so that what the model misses
 * can be estimated, and some of those that were, for a second opinion. An item says nothing of why it is there. The same drop
 * draws the same ones again.
 */
import { decisionIdSql } from '../decisions/decision-id.ts';
import { quoteText } from '../engine/session.ts';
import type { Records } from '../intake/records.ts';
import type { Model } from '../models/model-folder.ts';
import {
  blindItemId,
  inclusionProbability,
  isDrawnBelowTheLine,
  isDrawnForSecondOpinion,
  type SamplingPlan,
} from '../reviews/below-the-line.ts';
import type { Decisions } from '../scoring/score-records.ts';
import type { DropPlan } from './drop-plan.ts';
import { recordJsonSql, seqsSql } from './flag-items.ts';

export interface BlindEntry {
  /** `blindItemId` of the decision. */
  readonly item: string;
  readonly domain: string;
  readonly decision: string;
  readonly recordId: string;
  readonly why: 'below_the_line' | 'second_opinion';
  /** That it had to be drawn; 1 for a flag, which is reviewed anyway. */
  readonly chance: number;
  /** As it was delivered, without its label. */
  readonly record: Readonly<Record<string, string | number | boolean | null>>;
  readonly drop: string;
  readonly model: string;
  /** ISO 8601. */
  readonly queuedAt: string;
}

/** Records whose columns are read at once. */
const BLOCK = 2_000;

interface Drawn {
  readonly seq: number;
  readonly decision: string;
  readonly isFlagged: boolean;
}

/** In order of `seq`. */
export async function* drawBlind(
  { records, decisions }: { readonly records: Records; readonly decisions: Decisions },
  { drop, plannedAt }: Pick<DropPlan, 'drop' | 'plannedAt'>,
  { pack, card }: Model,
  sampling: SamplingPlan,
): AsyncGenerator<BlindEntry> {
  const drawn = await drawDecisions(decisions, { domain: drop.domain, model: card.version }, sampling);
  const shown = pack.columns.filter(({ name }) => name !== pack.record.label);
  for (let from = 0; from < drawn.length; from += BLOCK) {
    const block = drawn.slice(from, from + BLOCK);
    const rows = await records.session.rows<{ seq: number; record_id: string; record: string }>(
      `SELECT seq::DOUBLE AS seq, record_id, ${recordJsonSql({ columns: shown })} AS record
       FROM ${records} WHERE NOT history AND ${seqsSql(block.map(({ seq }) => seq))}`,
    );
    const bySeq = new Map(rows.map((row) => [row.seq, row]));
    for (const { seq, decision, isFlagged } of block) {
      const found = bySeq.get(seq);
      if (found === undefined) continue;
      yield {
        ...{
          item: blindItemId(sampling, decision),
          domain: drop.domain,
          decision,
          recordId: found.record_id,
        },
        why: isFlagged ? 'second_opinion' : 'below_the_line',
        chance: inclusionProbability(sampling, isFlagged),
        record: JSON.parse(found.record) as BlindEntry['record'],
        ...{ drop: drop.id, model: card.version, queuedAt: plannedAt },
      };
    }
  }
}

async function drawDecisions(
  decided: Decisions,
  { domain, model }: { readonly domain: string; readonly model: string },
  sampling: SamplingPlan,
): Promise<Drawn[]> {
  const id = decisionIdSql({
    domain: quoteText(domain),
    recordId: 'record_id',
    recordHash: 'record_hash',
    modelVersion: quoteText(model),
  });
  const drawn: Drawn[] = [];
  for await (const chunk of decided.session.chunks(
    `SELECT seq::DOUBLE, ${id}, flagged FROM ${decided} ORDER BY seq`,
  )) {
    const [seqs, decisions, flagged] = chunk.getColumns() as [number[], string[], boolean[]];
    for (const [row, decision] of decisions.entries()) {
      const isFlagged = flagged[row]!;
      const isDrawn = isFlagged ? isDrawnForSecondOpinion : isDrawnBelowTheLine;
      if (isDrawn(sampling, decision)) drawn.push({ seq: seqs[row]!, decision, isFlagged });
    }
  }
  return drawn;
}
