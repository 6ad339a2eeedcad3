/** Writes docs/architecture.svg from the stack's template, as `cdk deploy` would send it: `node bin/architecture.ts`. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import settings from '../cdk.json' with { type: 'json' };
import { AssayStack } from '../lib/stack/assay-stack.ts';
import { drawParts } from '../lib/stack/draw-parts.ts';
import { HANDLERS } from '../lib/stack/handlers.ts';
import { LAYER_NAMES } from '../lib/stack/native-layer.ts';
import { STAGE_SETTINGS } from '../lib/stack/settings.ts';
import { stageNamed } from '../lib/stack/stage.ts';
import { type Template, templateParts } from '../lib/stack/template-parts.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-architecture-'));
try {
  // What the functions run is of no matter here.
  const assets = join(folder, 'assets');
  for (const name of [...HANDLERS, ...LAYER_NAMES]) mkdirSync(join(assets, name), { recursive: true });
  const app = new App({
    outdir: join(folder, 'cdk.out'),
    analyticsReporting: false,
    postCliContext: settings.context,
  });
  const { stackName } = new AssayStack(app, {
    stage: stageNamed('dev'),
    settings: STAGE_SETTINGS.parse({}),
    code: assets,
    layers: assets,
  });
  const template = app.synth().getStackByName(stackName).template as Template;
  const picture = drawParts(templateParts(template));
  writeFileSync(new URL('../docs/architecture.svg', import.meta.url), picture);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
