/** Set-up of the tests of the stack: deployed as anyone deploys it, with a user of each role. */
import type { TestProject } from 'vitest/node';
import { deploy, type Outputs } from '../../local/deploy.ts';
import { findEngine } from '../../local/engine.ts';
import { useEngine } from '../../local/environment.ts';
import { createUsers, type Users } from '../../local/users.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly stack: { readonly outputs: Outputs; readonly users: Users; readonly endpoint: string };
  }
}

export default async function deployStack(project: TestProject): Promise<void> {
  const tell = (stage: string): boolean => process.stderr.write(`${stage}\n`);
  const engine = await findEngine(tell);
  useEngine(engine);
  const outputs = await deploy(tell);
  const users = await createUsers(outputs);
  project.provide('stack', { outputs, users, endpoint: engine.url });
}
