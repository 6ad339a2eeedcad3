/** A stack whose functions and layers hold one file each: its template is the real one, made in a second. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Aspects } from 'aws-cdk-lib';
import { AwsSolutionsChecks, NIST80053R5Checks } from 'cdk-nag';
import { afterAll } from 'vitest';
import { AssayStack } from '../../lib/stack/assay-stack.ts';
import { HANDLERS } from '../../lib/stack/handlers.ts';
import { LAYER_NAMES } from '../../lib/stack/native-layer.ts';
import { type GivenSettings, STAGE_SETTINGS } from '../../lib/stack/settings.ts';
import { type StageName, stageNamed, unprotected } from '../../lib/stack/stage.ts';

const FLAGS = (
  JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')) as {
    context: Record<string, unknown>;
  }
).context;

export interface Synthesised {
  readonly app: App;
  readonly stack: AssayStack;
}

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** `given` are settings as assay.config.yaml has them. */
export function synthesise(
  given: GivenSettings = {},
  {
    stage = 'dev',
    checked = false,
    isFirst = false,
  }: { readonly stage?: StageName; readonly checked?: boolean; readonly isFirst?: boolean } = {},
): Synthesised {
  const folder = mkdtempSync(join(tmpdir(), 'assay-stack-'));
  folders.push(folder);
  const assets = join(folder, 'assets');
  for (const name of [...HANDLERS, ...LAYER_NAMES]) {
    mkdirSync(join(assets, name), { recursive: true });
    writeFileSync(join(assets, name, 'placeholder.js'), 'exports.handler = async () => ({});\n');
  }
  const app = new App({
    outdir: join(folder, 'cdk.out'),
    analyticsReporting: false,
    postCliContext: FLAGS,
  });
  const stack = new AssayStack(app, {
    stage: isFirst ? unprotected(stageNamed(stage)) : stageNamed(stage),
    settings: STAGE_SETTINGS.parse(given),
    code: assets,
    layers: assets,
  });
  if (checked) {
    Aspects.of(stack).add(new AwsSolutionsChecks({ verbose: true }));
    Aspects.of(stack).add(new NIST80053R5Checks({ verbose: true }));
  }
  return { app, stack };
}
