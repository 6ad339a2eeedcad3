/** What the report of a run is drawn from. */

import { DriftCounter, type DriftCounts } from '../evaluation/drift-counter.ts';
import type { InputDrift } from '../evaluation/evaluation.ts';
import type { IntakeResult } from '../intake/read-records.ts';
import type { Records } from '../intake/records.ts';
import { driftProfiles } from '../models/card.ts';
import type { Model } from '../models/model-folder.ts';
import type { Pack } from '../packs/pack.ts';
import { beeswarmPoints } from '../report/beeswarm-points.ts';
import { countRejects } from '../report/count-rejects.ts';
import type { ReportData, ReportedFlag } from '../report/report-data.ts';
import { readFlagFacts } from './flag-facts.ts';
import type { RuleCount } from './rule-hits-of-run.ts';
import type { RunSummary } from './run-summary.ts';
import type { ScoredRecords } from './score-records.ts';
import type { RankedFlag, WrittenFlags } from './write-flags.ts';

interface RunFacts {
  readonly model: Model;
  readonly intake: IntakeResult;
  readonly scored: Pick<ScoredRecords, 'scores' | 'inputs'>;
  readonly flags: WrittenFlags;
  readonly ruleHits: ReadonlyMap<string, RuleCount>;
  readonly summary: RunSummary;
  readonly threshold: number;
}

export async function scoringReport(facts: RunFacts): Promise<ReportData> {
  const { model, intake, scored, flags, summary, threshold } = facts;
  const { inputs } = model.card.fitted;
  const rows = flags.sample.length;
  const values = new Float32Array(rows * inputs.length);
  const contributions = new Float64Array(rows * inputs.length);
  flags.sample.forEach((flag, row) => {
    values.set(flag.values, row * inputs.length);
    contributions.set(flag.contributions, row * inputs.length);
  });
  return {
    kind: 'scoring',
    title: model.pack.title,
    card: { ...model.card, threshold: { ...model.card.threshold, value: threshold } },
    beeswarm: beeswarmPoints(inputs, values, contributions, rows),
    rejects: await countRejects(intake.rejects),
    scoring: {
      received: summary.received,
      scored: summary.scored,
      rejected: summary.rejected,
      flagged: summary.flagged,
      unexplained: summary.unexplained,
      files: intake.files.map((file) => file.name),
      scores: scored.scores,
      ruleHits: [...facts.ruleHits]
        .map(([id, hit]) => ({ id, ...hit }))
        .sort((a, b) => b.count - a.count || (a.id < b.id ? -1 : 1)),
      // Of nothing, nothing has moved: there is no drift to speak of.
      drift: summary.scored === 0 ? [] : driftOf(model, scored.inputs),
      flags: await withFacts(intake.records, model.pack, flags.top),
    },
  };
}

async function withFacts(
  records: Records,
  pack: Pack,
  flags: readonly RankedFlag[],
): Promise<ReportedFlag[]> {
  const facts = await readFlagFacts(
    records,
    pack,
    flags.map(({ seq }) => seq),
  );
  return flags.map(({ seq, explanation }) => ({
    explanation,
    entity: facts.get(seq)?.entity ?? null,
    facts: facts.get(seq)?.facts ?? [],
  }));
}

function driftOf({ card }: Model, counts: DriftCounts): readonly InputDrift[] {
  const counter = new DriftCounter(driftProfiles(card));
  counter.merge(counts);
  return counter.drift();
}
