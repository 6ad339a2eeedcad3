/** Reads assay.config.yaml: every problem is named by file, line and key, with what was found and what was expected. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { z } from 'zod';
import { InputError } from '../errors.ts';
import { didYouMean } from '../packs/nearest-word.ts';
import { PackDocument, type Path, showValue } from '../packs/pack-document.ts';
import { SETTINGS_FILE, type Settings } from './settings.ts';
import { settingsSchema } from './settings-schema.ts';
import { type StageName, stageNamed } from './stage.ts';

export const SETTINGS_FILE_NAME = 'assay.config.yaml';

/** The settings of `stage`; throws an InputError for anything wrong in the file, in whichever stage it stands. */
export function readSettings(path: string, stage: StageName): Settings {
  const found = parseSettings(read(path), basename(path));
  const settings = found.get(stage);
  if (settings !== undefined) return settings;
  const listed = [...found.keys()].join(', ');
  throw new InputError(
    `${basename(path)}: stages.${stage} is missing: add \`${stage}: {}\` below \`stages\` to deploy it with the defaults (it lists ${listed === '' ? 'none' : listed})`,
  );
}

export function parseSettings(text: string, file: string): ReadonlyMap<StageName, Settings> {
  const document = new PackDocument(text, file);
  const checked = SETTINGS_FILE.safeParse(toObjects(document.root, []));
  for (const issue of checked.error?.issues ?? []) report(document, issue);
  document.throwProblems();
  const { stages } = checked.data!;
  return new Map(
    (['dev', 'prod'] as const).flatMap((stage) => {
      const settings = stages[stage];
      return settings === undefined ? [] : [[stage, settings] as const];
    }),
  );
}

/** The stage that a deploy must name, so that none is deployed by mistake. */
export function nameStage(found: unknown): StageName {
  if (typeof found === 'string' && found !== '') return stageNamed(found).name;
  throw new InputError('name the stage to deploy: expected dev or prod, as in `npm run deploy -- dev`');
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new InputError(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** YAML's maps as plain objects. A group whose keys are all left out or commented (`alarms:`) is an empty group. */
function toObjects(value: unknown, path: Path): unknown {
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, item]) => [key, toObjects(item, [...path, key])]));
  }
  if (value === null && keysAt(path).length > 0) return {};
  return value;
}

function report(document: PackDocument, issue: z.core.$ZodIssue): void {
  const path = issue.path as Path;
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(path);
    for (const key of issue.keys) {
      const hint = didYouMean(key, known);
      document.report([...path, key], `unknown key${hint}: expected one of ${known.join(', ')}`);
    }
    return;
  }
  const found = showValue(document.at(path));
  if (issue.code === 'invalid_key') {
    const text = issue.issues[0]?.message ?? 'expected another key';
    document.report(path, `${text} as the key, found ${showValue(String(path.at(-1)))}`);
  } else if (issue.code === 'custom') document.report(path, issue.message);
  else if (issue.message.startsWith('expected ')) document.report(path, `${issue.message}, found ${found}`);
  else document.report(path, `expected the keys ${keysAt(path).join(', ')}, found ${found}`);
}

/** The keys that the schema knows below `path`; none where it is no group. */
function keysAt(path: Path): string[] {
  let node = settingsSchema();
  for (const step of path) node = node.properties?.[step] ?? {};
  return Object.keys(node.properties ?? {});
}
