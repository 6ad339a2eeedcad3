/**
 * Set-up of the tests that need an AWS: the one that AWS_ENDPOINT_URL names, else a local engine, ended with the tests. What its
 * functions ask of AWS is recorded on the way, where it is started here and in Python.
 */
import { existsSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { findEngine, stopEngine } from '../../local/engine.ts';
import { places } from '../../operations/places.ts';
import { RECORDER_URL, startCallRecorder } from './call-recorder.ts';
import { TABLE_SCHEMAS } from './local-aws.ts';
import { synthesiseTableSchemas } from './table-schemas.ts';

/**
 * `project`: the one whose tests are to know the address; those of other projects in the same run do not. Without it this process
 * knows it, and all that it starts.
 */
export default async function startLocalAws(
  project?: TestProject,
): Promise<(() => Promise<void>) | undefined> {
  // As in vitest.config.ts, which is for the tests' own processes.
  process.env.CDK_VALIDATION ??= 'false';
  process.env[TABLE_SCHEMAS] ??= JSON.stringify(synthesiseTableSchemas());
  const stood = existsSync(places.engine);
  const recorder = await startCallRecorder();
  const engine = await findEngine((stage) => process.stderr.write(`${stage}\n`), recorder.port);
  (project?.config.env ?? process.env).AWS_ENDPOINT_URL = engine.url;
  if (stood || engine.kind === 'given') {
    await recorder.close();
    return undefined;
  }
  recorder.forwardTo(engine.url);
  // The tests' own calls are none of the functions': they too reach a queue by the address that the engine gives.
  process.env.AWS_SDK_UA_APP_ID = 'tests';
  if (engine.kind === 'python') process.env[RECORDER_URL] = recorder.url;
  return async () => {
    await stopEngine();
    await recorder.close();
  };
}
