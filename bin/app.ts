/**
 * The CDK app: `cdk deploy` in this folder. Context (`-c name=value`): stage (dev or prod), architecture (arm64 or x64),
 * issuer and audience (an OpenID Connect issuer instead of the stack’s own users), alarmEmail, maxConcurrency, retrain (when domains are
 * trained again), approvalDays, belowTheLine, secondOpinion, retrainOnDrift, webhookUrl.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import { AssayStack } from '../lib/stack/assay-stack.ts';
import { bundleFunctions } from '../lib/stack/bundle.ts';
import { readContext } from '../lib/stack/context.ts';
import { stageLayer } from '../lib/stack/native-layer.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const staging = join(root, '.assay', 'build');
const app = new App();
const context = readContext((name) => app.node.tryGetContext(name));
mkdirSync(staging, { recursive: true });
new AssayStack(app, {
  ...context,
  code: await bundleFunctions(root, join(staging, 'functions')),
  layer: stageLayer(root, staging, context.architecture),
});
app.synth();
