/** Where the local start keeps what it makes: all under `.assay/`, which git ignores and `npm run stop` may leave. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const own = (...parts: string[]): string => join(root, '.assay', ...parts);

export const places = {
  folder: own(),
  /** How the engine that we started is reached and ended. */
  engine: own('engine.json'),
  engineLog: own('engine.log'),
  python: own('python'),
  /** The environment of what checks the templates. */
  templateChecks: own('template-checks'),
  /** What tests the API against its document. */
  schemathesis: own('schemathesis'),
  /** What the stack's assets are made in. */
  build: own('build'),
  cloudAssembly: own('cdk.out'),
  /** The same without protection from deletion. */
  firstAssembly: own('cdk.out.first'),
  /** The settings of the stage that is deployed to the local AWS. */
  settings: own('assay.config.yaml'),
  outputs: own('outputs.json'),
  deployLog: own('deploy.log'),
  users: own('users.json'),
  token: own('token'),
} as const;
