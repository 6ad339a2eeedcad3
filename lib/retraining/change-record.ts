/**
 * What is written of a promotion: everything that an inspector asks about a change, gathered from what the retraining left. Makes
 * the change record of cards, dataset, comparison and registry entry: one plain object, which is the JSON, and which the page is
 * drawn from.
 */

import type { NameOf } from '../actor.ts';
import type { ModelCard } from '../models/card.ts';
import type { ModelEntry } from '../registry/registry-state.ts';
import type { Compared } from './compare-models.ts';
import type { DatasetVersion } from './dataset-version.ts';

export interface ChangeRecord {
  readonly format: 'assay-change-record/1';
  readonly domain: string;
  readonly title: string;
  readonly model: string;
  /** The champion before; null: there was none. It is what a rollback goes back to. */
  readonly rollbackTo: string | null;
  readonly promotedAt: string;
  readonly retraining: string | null;
  readonly startedBy: string;
  readonly proposedAt: string;
  readonly approvals: ModelEntry['approvals'];
  /** Display names by id, as they were then; absent in records of earlier versions. */
  readonly people?: Readonly<Record<string, string>>;
  readonly dataset: Pick<DatasetVersion, 'version' | 'asOf' | 'counts' | 'labelSources' | 'objects'>;
  readonly changes: readonly Change[];
  readonly comparison: Compared;
}

export interface Change {
  readonly what: string;
  /** Null: there was none. */
  readonly before: string | null;
  readonly after: string | null;
}

export interface ChangeRecordInput {
  readonly title: string;
  readonly before: ModelCard | null;
  readonly after: ModelCard;
  readonly dataset: DatasetVersion;
  readonly comparison: Compared;
  /** As it stands in the registry, promoted. */
  readonly entry: ModelEntry;
  readonly nameOf: NameOf;
}

export function makeChangeRecord(input: ChangeRecordInput): ChangeRecord {
  const { title, before, after, comparison, entry, nameOf } = input;
  const people = [entry.startedBy, ...entry.approvals.map(({ by }) => by)].flatMap((id) => {
    const name = nameOf(id);
    return name === null ? [] : [[id, name] as const];
  });
  const { version, asOf, counts, labelSources, objects } = input.dataset;
  const lastOf = (state: ModelEntry['state']) => entry.history.findLast((change) => change.state === state);
  const [proposed, promoted] = [lastOf('candidate'), lastOf('champion')];
  if (promoted === undefined) throw new Error(`model ${entry.version} was never promoted`);
  return {
    format: 'assay-change-record/1',
    domain: after.domain,
    title,
    model: after.version,
    rollbackTo: entry.comparedWith,
    promotedAt: promoted.at,
    retraining: entry.retraining,
    startedBy: entry.startedBy,
    proposedAt: proposed?.at ?? promoted.at,
    approvals: entry.approvals,
    people: Object.fromEntries(people),
    dataset: { version, asOf, counts, labelSources, objects },
    changes: listChanges(before, after),
    comparison,
  };
}

/** Only what differs. */
function listChanges(before: ModelCard | null, after: ModelCard): Change[] {
  const was = before === null ? new Map<string, string>() : describe(before);
  const is = describe(after);
  const changes = [...new Set([...is.keys(), ...was.keys()])]
    .map((what) => ({ what, before: was.get(what) ?? null, after: is.get(what) ?? null }))
    .filter((change) => change.before !== change.after);
  return before === null ? changes : [...changes, ...listInputs(before, after)];
}

function describe(card: ModelCard): Map<string, string> {
  const { dataset, split, threshold, hyperParameters, libraries } = card;
  const number = (value: number) => value.toLocaleString('en-US');
  const facts: [string, string][] = [
    ['Model', card.version],
    ['Algorithm', card.algorithm],
    ['Pack', `version ${card.pack.version}, ${card.pack.hash.slice(0, 12)}`],
    ['Threshold', threshold.value.toFixed(4)],
    ['Labelled records', number(dataset.labelled)],
    ['Positive records', number(dataset.positives)],
    ['Trained on', split === null ? 'not known' : `${number(split.train)} records`],
    ['Held out from', split?.cutTime ?? 'not known'],
    ['Seed', card.seed === null ? 'not known' : String(card.seed)],
    ['Inputs', number(card.fitted.inputs.length)],
    ...Object.entries(hyperParameters).map(([name, value]): [string, string] => [
      `Setting ${name}`,
      String(value),
    ]),
    ...Object.entries(libraries).map(([name, value]): [string, string] => [`Version of ${name}`, value]),
  ];
  return new Map(facts);
}

function listInputs(before: ModelCard, after: ModelCard): Change[] {
  const namesOf = ({ fitted }: ModelCard) => fitted.inputs.map(({ name }) => name);
  const [was, is] = [namesOf(before), namesOf(after)];
  const gone = was.filter((name) => !is.includes(name));
  const added = is.filter((name) => !was.includes(name));
  return [
    ...(gone.length > 0 ? [{ what: 'Inputs taken away', before: gone.join(', '), after: null }] : []),
    ...(added.length > 0 ? [{ what: 'Inputs added', before: null, after: added.join(', ') }] : []),
  ];
}
