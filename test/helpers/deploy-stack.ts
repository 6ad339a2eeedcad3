/** Set-up of the tests of the stack: deployed as anyone deploys it, with a user of each role. */
import type { TestProject } from 'vitest/node';
import { deploy, type Outputs } from '../../local/deploy.ts';
import { findEngine } from '../../local/engine.ts';
import { useEngine } from '../../local/environment.ts';
import { createUsers, type Users } from '../../local/users.ts';
import { RECORDER_URL } from './call-recorder.ts';
import { listenForWebhook } from './webhook-listener.ts';
import { switchWebhook } from './webhook-rule.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly stack: {
      readonly outputs: Outputs;
      readonly users: Users;
      readonly endpoint: string;
      /** Where the stack posts its events to, and what answers with those that came. */
      readonly webhook: string;
      /** What it cuts large drops into. */
      readonly recordsPerPart: number;
      /** A domain whose records are erasable. */
      readonly erasable: string;
    };
  }
}

/** The functions reach the engine through the recorder, and presign addresses there. */
function recordedOrigins(): string[] {
  const recorder = process.env[RECORDER_URL];
  return recorder === undefined ? [] : [new URL(recorder).origin];
}

export default async function deployStack(project: TestProject): Promise<() => Promise<void>> {
  const report = (stage: string): boolean => process.stderr.write(`${stage}\n`);
  const engine = await findEngine(report);
  useEngine(engine);
  const webhook = await listenForWebhook();
  const [recordsPerPart, erasable] = [20_000, 'kiosk'];
  const outputs = await deploy(report, {
    events: { webhookUrl: webhook.url },
    // Drops of several parts without a million records.
    drops: { wholeMegabytes: 2, recordsPerPart },
    retraining: { onDrift: true },
    erasure: { domains: [erasable] },
    console: { connect: recordedOrigins() },
  });
  await switchWebhook(false);
  const users = await createUsers(outputs);
  const shared = { outputs, users, endpoint: engine.url, webhook: webhook.url, recordsPerPart, erasable };
  project.provide('stack', shared);
  return webhook.close;
}
