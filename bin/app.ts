/**
 * The CDK app of one stage: `npm run deploy -- <stage>` runs it. Context: `stage`, `config` where the settings are in another
 * file than assay.config.yaml, and `unprotected` for the first step of a first deploy. Everything else that a stage may be set to is in that file.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { App } from 'aws-cdk-lib';
import { AssayStack } from '../lib/stack/assay-stack.ts';
import { bundleFunctions } from '../lib/stack/bundle.ts';
import { stageLayers } from '../lib/stack/native-layer.ts';
import { readApp } from '../lib/stack/read-app.ts';
import { places, root } from '../operations/places.ts';

const app = new App();
const { stage, settings } = readApp(app.node.getAllContext() as Readonly<Record<string, unknown>>, (file) =>
  resolve(root, file),
);
mkdirSync(places.build, { recursive: true });
new AssayStack(app, {
  stage,
  settings,
  code: await bundleFunctions(root, join(places.build, 'functions')),
  layers: stageLayers(root, places.build, settings.architecture),
});
app.synth();
