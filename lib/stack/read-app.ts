/** What the CDK app is called with: a stage by name, its settings file, and whether it is protected yet; nothing else. */
import { InputError } from '../errors.ts';
import type { Settings } from './settings.ts';
import { nameStage, readSettings, SETTINGS_FILE_NAME } from './settings-file.ts';
import { type Stage, stageNamed, unprotected } from './stage.ts';

/** CDK's own: feature flags, look-ups, paths (`@aws-cdk/…`, `aws:cdk:…`), and what cdk.json passes to its command line. */
const CDKS_OWN = /[:/-]|^notices$/;
const OURS = ['stage', 'config', 'unprotected'];

export function readApp(
  context: Readonly<Record<string, unknown>>,
  locate: (file: string) => string,
): { readonly stage: Stage; readonly settings: Settings } {
  const unknown = Object.keys(context).filter((name) => !CDKS_OWN.test(name) && !OURS.includes(name));
  if (unknown.length > 0) {
    throw new InputError(
      `context ${unknown.join(', ')}: settings are in ${SETTINGS_FILE_NAME} (docs/settings.md), expected only ${OURS.join(', ')}`,
    );
  }
  const name = nameStage(context.stage);
  const file = context.config === undefined ? SETTINGS_FILE_NAME : String(context.config);
  const stage = stageNamed(name);
  return {
    stage: context.unprotected === 'true' ? unprotected(stage) : stage,
    settings: readSettings(locate(file), name),
  };
}
