/**
 * The model of a domain that waits for approval, and what it did beside the champion: a file a drop, and all of them as one
 * for those who decide.
 *
 *     models/<domain>/<challenger>/shadow/<drop>.json
 *     models/<domain>/<challenger>/shadow.json         of all drops so far
 */
import type { ObjectStore } from '../drops/object-store.ts';
import type { ShadowRun } from '../drops/shadow.ts';
import type { Model } from '../models/model-folder.ts';
import type { ModelRegistry } from '../models/registry-state.ts';
import { type FlagChanges, joinFlagChanges } from '../retraining/flag-changes.ts';
import { inParallel } from './in-parallel.ts';

export interface CandidateSource {
  readonly registry: { read(domain: string): Promise<ModelRegistry> };
  readonly loadModel: (domain: string, version: string) => Promise<Model>;
}

/** The newest that waits; null: none does, or it cannot be read, which is no reason for a drop to wait. */
export async function candidateOf(source: CandidateSource, domain: string): Promise<Model | null> {
  try {
    const { models } = await source.registry.read(domain);
    const waiting = Object.values(models)
      .filter(({ state }) => state === 'candidate' || state === 'approved')
      .toSorted((a, b) => ((a.expiresAt ?? '') < (b.expiresAt ?? '') ? 1 : -1));
    return waiting[0] === undefined ? null : await source.loadModel(domain, waiting[0].version);
  } catch {
    return null;
  }
}

interface ShadowReport extends FlagChanges {
  readonly format: 'assay-shadow-report/1';
  readonly challenger: string;
  readonly champions: readonly string[];
  readonly drops: readonly string[];
}

/** Two drops at once each put their own file first: the later of the two reports has both. */
export async function keepShadow(
  artifacts: ObjectStore,
  domain: string,
  run: ShadowRun | null,
): Promise<void> {
  if (run === null) return;
  const folder = `models/${domain}/${run.challenger}`;
  await artifacts.writeText(`${folder}/shadow/${run.drop}.json`, `${JSON.stringify(run)}\n`);
  const keys = await artifacts.list(`${folder}/shadow/`);
  const texts = await inParallel(keys, 8, (key) => artifacts.readText(key));
  const runs = texts.flatMap((text) => (text === null ? [] : (JSON.parse(text) as ShadowRun)));
  const report: ShadowReport = {
    format: 'assay-shadow-report/1',
    challenger: run.challenger,
    champions: [...new Set(runs.map(({ champion }) => champion))],
    drops: runs.map(({ drop }) => drop),
    ...joinFlagChanges(runs),
  };
  await artifacts.writeText(`${folder}/shadow.json`, `${JSON.stringify(report)}\n`);
}
