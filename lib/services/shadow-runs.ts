/**
 * The model of a domain that waits for approval, and what it did beside the champion: a file a drop, and all of them as one
 * for those who decide.
 *
 *     models/<domain>/<challenger>/shadow/<drop>.json
 *     models/<domain>/<challenger>/shadow.json         of all drops at some time; what came since is added when it is read
 */

import { StoreError } from '../aws/store-error.ts';
import type { Candidate } from '../drops/plan-drop.ts';
import { isScored, joinShadowChanges, type ShadowChanges, type ShadowRun } from '../drops/shadow-run.ts';
import { inParallel } from '../in-parallel.ts';
import type { Model } from '../models/model-folder.ts';
import type { ObjectStore } from '../object-store.ts';
import type { ModelRegistry } from '../registry/registry-state.ts';

export interface CandidateSource {
  readonly registry: { read(domain: string): Promise<ModelRegistry> };
  readonly loadModel: (domain: string, version: string) => Promise<Model>;
  /** Receives what went wrong and does not stop the drop. */
  readonly warn: (what: string, domain: string, error: unknown) => void;
}

/** The newest that waits; null: none does, or the registry cannot be read. */
export async function candidateOf(source: CandidateSource, domain: string): Promise<Candidate | null> {
  const registry = await orWarn(source, domain, 'which model waits for approval could not be read', () =>
    source.registry.read(domain),
  );
  const [newest] = Object.values(registry?.models ?? {})
    .filter(({ state }) => state === 'candidate' || state === 'approved')
    .toSorted((a, b) => ((a.expiresAt ?? '') < (b.expiresAt ?? '') ? 1 : -1));
  if (newest === undefined) return null;
  const { version } = newest;
  const model = await orWarn(source, domain, 'the model that waits for approval could not be read', () =>
    source.loadModel(domain, version),
  );
  return { version, model };
}

/** A store that is only busy has its turn again; anything else is no reason for a drop to wait. */
async function orWarn<Result>(
  { warn }: CandidateSource,
  domain: string,
  what: string,
  work: () => Promise<Result>,
): Promise<Result | null> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StoreError && error.throttled) throw error;
    warn(what, domain, error);
    return null;
  }
}

interface ShadowReport extends ShadowChanges {
  readonly format: 'assay-shadow-report/1';
  readonly challenger: string;
  readonly champions: readonly string[];
  /** Those it was scored on. */
  readonly drops: readonly string[];
  /** Those it was not scored on, and why. */
  readonly notScored: readonly { readonly drop: string; readonly reason: string }[];
}

type RunStore = Pick<ObjectStore, 'readText' | 'writeText'>;

/** What the next report will have. */
export async function saveRun(artifacts: RunStore, domain: string, run: ShadowRun): Promise<void> {
  const key = `${folderOf(domain, run.challenger)}/shadow/${run.drop}.json`;
  await artifacts.writeText(key, `${JSON.stringify(run)}\n`);
}

/** The run, and a report that has it. */
export async function saveShadow(artifacts: ObjectStore, domain: string, run: ShadowRun): Promise<void> {
  await saveRun(artifacts, domain, run);
  const report = await readShadowReport(artifacts, domain, run.challenger);
  await artifacts.writeText(`${folderOf(domain, run.challenger)}/shadow.json`, `${JSON.stringify(report)}\n`);
}

/**
 * Of all drops so far; null: there are none. Of the drops that the stored report has, no file is read again. Where two reports are
 * written at once one may lack what the other has: the next reader finds that in its file.
 */
export async function readShadowReport(
  artifacts: Pick<ObjectStore, 'readText' | 'list'>,
  domain: string,
  challenger: string,
): Promise<ShadowReport | null> {
  const folder = folderOf(domain, challenger);
  const text = await artifacts.readText(`${folder}/shadow.json`);
  const stored = text === null ? null : (JSON.parse(text) as ShadowReport);
  const known = new Set(stored?.drops.map((drop) => `${folder}/shadow/${drop}.json`));
  const keys = (await artifacts.list(`${folder}/shadow/`)).filter((key) => !known.has(key));
  const texts = await inParallel(keys, 8, (key) => artifacts.readText(key));
  const runs = texts.flatMap((text) => (text === null ? [] : (JSON.parse(text) as ShadowRun)));
  if (stored === null && runs.length === 0) return null;
  const scored = runs.filter(isScored);
  return {
    format: 'assay-shadow-report/1',
    challenger,
    champions: [...new Set([...(stored?.champions ?? []), ...runs.map(({ champion }) => champion)])],
    drops: [...(stored?.drops ?? []), ...scored.map(({ drop }) => drop)],
    ...joinShadowChanges([...(stored === null ? [] : [stored]), ...scored]),
    notScored: runs.flatMap((run) => (isScored(run) ? [] : { drop: run.drop, reason: run.notScored })),
  };
}

function folderOf(domain: string, challenger: string): string {
  return `models/${domain}/${challenger}`;
}
