/** The template of stage dev with all defaults, as CloudFormation gets it, but for what the functions run. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import cdkSettings from '../cdk.json' with { type: 'json' };
import { AssayStack } from '../lib/stack/assay-stack.ts';
import { HANDLERS } from '../lib/stack/handlers.ts';
import { LAYER_NAMES } from '../lib/stack/native-layer.ts';
import { STAGE_SETTINGS } from '../lib/stack/settings.ts';
import { stageNamed } from '../lib/stack/stage.ts';
import type { Template } from './architecture/template-parts.ts';

export function defaultTemplate(): Template {
  const folder = mkdtempSync(join(tmpdir(), 'assay-template-'));
  try {
    const assets = join(folder, 'assets');
    for (const name of [...HANDLERS, ...LAYER_NAMES]) mkdirSync(join(assets, name), { recursive: true });
    const app = new App({
      outdir: join(folder, 'cdk.out'),
      analyticsReporting: false,
      postCliContext: cdkSettings.context,
    });
    const { stackName } = new AssayStack(app, {
      stage: stageNamed('dev'),
      settings: STAGE_SETTINGS.parse({}),
      code: assets,
      layers: assets,
    });
    return app.synth().getStackByName(stackName).template as Template;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
