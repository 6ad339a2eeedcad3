/** Points this process, and what it starts, at the engine: what AWS's own tools read, and nothing of ours. */
import type { Engine } from './engine.ts';

export function useEngine(engine: Engine): void {
  process.env.AWS_ENDPOINT_URL = engine.url;
  process.env.AWS_REGION ??= 'us-east-1';
  if (engine.kind === 'given') {
    // Credentials are the business of the one who named the endpoint; an emulator takes any.
    process.env.AWS_ACCESS_KEY_ID ??= 'test';
    process.env.AWS_SECRET_ACCESS_KEY ??= 'test';
    return;
  }
  // No one's real credentials are used on an engine of ours.
  for (const name of ['AWS_PROFILE', 'AWS_SESSION_TOKEN']) delete process.env[name];
  process.env.AWS_ACCESS_KEY_ID = 'test';
  process.env.AWS_SECRET_ACCESS_KEY = 'test';
}
