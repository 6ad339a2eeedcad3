/** Set-up of the tests that need an AWS: the one that AWS_ENDPOINT_URL names, else a local engine, ended with the tests. */
import { existsSync } from 'node:fs';
import { findEngine, stopEngine } from '../../local/engine.ts';
import { places } from '../../operations/places.ts';

export default async function startLocalAws(): Promise<(() => Promise<void>) | undefined> {
  const stood = existsSync(places.engine);
  const engine = await findEngine((stage) => process.stderr.write(`${stage}\n`));
  process.env.AWS_ENDPOINT_URL = engine.url;
  if (stood || engine.kind === 'given') return undefined;
  return async () => {
    await stopEngine();
  };
}
