/** The smoke test of a deploy: a stage is deployed as its settings say, used, broken in ways that must be noticed, and destroyed. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { UsageError } from '../../lib/errors.ts';
import { readSettings } from '../../lib/stack/settings-file.ts';
import type { Outputs } from '../../local/deploy.ts';
import { deployStage } from '../deploy-stage.ts';
import { readDeployedStage } from '../deployed-stage.ts';
import { destroyStage } from '../destroy-stage.ts';
import { places } from '../places.ts';
import { forceAlarm } from './alarm.ts';
import { breakWebhook, dropSample, stopDrop } from './drops.ts';
import { approveRetraining } from './retraining.ts';
import { type Outcome, runSteps, type Step } from './steps.ts';

export interface SmokeRequest {
  readonly config: string;
  readonly confirm: ((question: string) => Promise<boolean>) | null;
  readonly say: (text: string) => void;
}

const STAGE = 'dev';
const STACK = `Assay-${STAGE}`;
/** No such host can exist (RFC 2606): every delivery fails. */
const BROKEN_WEBHOOK = 'https://webhook.invalid/assay';

export async function smoke({ config, confirm, say }: SmokeRequest): Promise<Outcome[]> {
  if ((await readDeployedStage(STACK)) !== null)
    throw new UsageError(
      `${STACK} is deployed here: the smoke test destroys what it uses, so it needs an account without it`,
    );
  const isEmulated = process.env.AWS_ENDPOINT_URL !== undefined;
  let outputs: Outputs;
  const deploy: Step = {
    name: 'deploy',
    isEssential: true,
    run: async () => {
      const made = await deployStage({
        stage: STAGE,
        config: writeSettings(config, isEmulated),
        say,
        confirm,
        log: places.deployLog,
      });
      if (made === null) throw new Error('not confirmed');
      outputs = made as unknown as Outputs;
      return `${STACK} is deployed`;
    },
  };
  const steps: Step[] = [
    deploy,
    { name: 'drop a file', run: () => dropSample(STACK) },
    { name: 'force an alarm', run: () => forceAlarm(STACK) },
    { name: 'break the webhook', run: () => breakWebhook(STACK) },
    { name: 'stop an execution', run: () => stopDrop(STACK) },
    { name: 'approve a retraining', run: () => approveRetraining(STACK, outputs) },
  ];
  return await runSteps(steps, { name: 'destroy', run: () => destroyStage(STACK) }, { isEmulated, say });
}

/** As the file says, but that events are posted to a host that is not there; on an engine, for the processor of this machine. */
function writeSettings(config: string, isEmulated: boolean): string {
  const settings = readSettings(config, STAGE);
  const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
  const given = {
    ...settings,
    events: { ...settings.events, webhookUrl: BROKEN_WEBHOOK },
    ...(isEmulated && { architecture }),
  };
  mkdirSync(places.folder, { recursive: true });
  writeFileSync(places.settings, JSON.stringify({ stages: { [STAGE]: given } }, null, 2));
  return places.settings;
}
