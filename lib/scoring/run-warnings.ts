/** What is odd about a run and stands in no one's way, in sentences. */

import { quoteIdentifier } from '../engine/session.ts';
import type { IntakeResult } from '../intake/read-records.ts';
import type { Records } from '../intake/records.ts';
import type { Model } from '../models/model-folder.ts';
import type { Pack } from '../packs/pack.ts';
import type { ErasableColumns } from '../privacy/erasable-columns.ts';
import { mostlyRejected } from '../report/common-rejects.ts';
import type { ScoredRecords } from './score-records.ts';

export interface RunToJudge {
  readonly model: Model;
  readonly threshold: number;
  readonly intake: IntakeResult;
  readonly scored: Pick<ScoredRecords, 'decisions'>;
  readonly maxRejectedShare: number;
  /** Whether windows could see records of before. */
  readonly hasPast: boolean;
  /** Columns that are empty because they are sealed. */
  readonly erasable?: Pick<ErasableColumns, 'sealed'>;
}

export async function runWarnings(run: RunToJudge): Promise<string[]> {
  const { model, intake, hasPast } = run;
  const rejects = await mostlyRejected(intake, run.maxRejectedShare);
  const blind =
    hasPast || model.pack.windows.length === 0
      ? []
      : [
          'windows see no record of before this file: without a history, features of the past count these records only',
        ];
  const found =
    intake.accepted === 0
      ? []
      : await emptyColumns(intake.records, openColumns(model.pack, run), intake.warnings);
  return [...(rejects === null ? [] : [rejects]), ...found, ...blind, ...(await unusualShare(run))];
}

function openColumns({ columns, record }: Pack, { erasable }: RunToJudge): Pick<Pack, 'columns' | 'record'> {
  return { columns: columns.filter(({ name }) => erasable?.sealed.includes(name) !== true), record };
}

/** Columns without a value in any record; those that are not in the file at all have a warning already. */
export async function emptyColumns(
  records: Records,
  { columns, record }: Pick<Pack, 'columns' | 'record'>,
  warned: readonly string[],
): Promise<string[]> {
  const asked = columns.filter(
    ({ name }) =>
      name !== record.label && !warned.some((one) => one.includes(`column "${name}" is not there`)),
  );
  if (asked.length === 0) return [];
  const counts = asked.map(({ name }, at) => `count(${quoteIdentifier(name)})::DOUBLE AS n${at}`);
  const row = await records.session.row<Record<string, number>>(
    `SELECT ${counts.join(', ')} FROM ${records} WHERE NOT history`,
  );
  return asked.flatMap(({ name }, at) =>
    row[`n${at}`] === 0 ? [`column "${name}" is empty in every record`] : [],
  );
}

/** Of records flagged by their score, against the card: three times as many or a third, and more than chance. */
async function unusualShare({ model, threshold, scored: { decisions } }: RunToJudge): Promise<string[]> {
  const { card } = model;
  const expected = card.evaluation?.atThreshold.flaggedShare;
  if (expected === undefined || threshold !== card.threshold.value) return [];
  const { scored, above } = await decisions.session.row<{ scored: number; above: number }>(
    `SELECT count(*)::DOUBLE AS scored, (count(*) FILTER (score >= ${threshold}))::DOUBLE AS above FROM ${decisions}`,
  );
  const isFar = above > 3 * expected * scored || above * 3 < expected * scored;
  const deviation = Math.sqrt(scored * expected * (1 - expected));
  if (!isFar || Math.abs(above - scored * expected) < 4 * Math.max(1, deviation)) return [];
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  return [
    `${percent(above / scored)} of the records reach the threshold; on the held-out part it was ${percent(expected)}: the file may be unlike what the model was trained on`,
  ];
}
