/** What `cdk deploy -c name=value` may say: raw context in, the stack's settings out; a wrong one is told by name. */
import { Duration } from 'aws-cdk-lib';
import type { Learning } from './access.ts';
import type { TokenIssuer } from './identity.ts';
import type { LayerArchitecture } from './native-layer.ts';
import { type Stage, stageNamed } from './stage.ts';

export interface StackContext {
  readonly stage: Stage;
  readonly architecture: LayerArchitecture;
  readonly maxConcurrency: number;
  /** How long a new model waits for two people. */
  readonly approval: Duration;
  /** When a domain is trained again by itself: cron or rate expressions of EventBridge Scheduler, in UTC. */
  readonly retrain: Readonly<Record<string, string>>;
  /** Who is told of events, signed. */
  readonly webhookUrl?: string;
  readonly learning: Learning;
  readonly issuer?: TokenIssuer;
  readonly alarmEmail?: string;
}

/** Children of a map at a time: an account that is new may run few functions at once, and the API needs some too. */
const MAX_CONCURRENCY = 40;
const APPROVAL_DAYS = 14;

export function readContext(context: (name: string) => unknown): StackContext {
  const text = (name: string): string | undefined => {
    const found = context(name);
    return found === undefined || found === null || found === '' ? undefined : String(found);
  };
  const alarmEmail = text('alarmEmail');
  const webhookUrl = readWebhook(text('webhookUrl'));
  const issuer = readIssuer(text('issuer'), text('audience'));
  return {
    stage: stageNamed(text('stage') ?? 'dev'),
    architecture: readArchitecture(text('architecture') ?? 'arm64'),
    maxConcurrency: readConcurrency(text('maxConcurrency')),
    approval: readApproval(text('approvalDays')),
    retrain: readSchedules(context('retrain')),
    learning: {
      belowTheLine: readShare('belowTheLine', text('belowTheLine') ?? '0.01'),
      secondOpinion: readShare('secondOpinion', text('secondOpinion') ?? '0.05'),
      retrainOnDrift: readYesNo('retrainOnDrift', text('retrainOnDrift') ?? 'false'),
    },
    ...(webhookUrl !== undefined && { webhookUrl }),
    ...(issuer !== undefined && { issuer }),
    ...(alarmEmail !== undefined && { alarmEmail }),
  };
}

function readArchitecture(found: string): LayerArchitecture {
  if (found === 'arm64' || found === 'x64') return found;
  throw new Error(`context "architecture": expected arm64 or x64, found "${found}"`);
}

function readConcurrency(found: string | undefined): number {
  if (found === undefined) return MAX_CONCURRENCY;
  if (/^[1-9][0-9]{0,3}$/.test(found)) return Number(found);
  throw new Error(`context "maxConcurrency": expected a whole number from 1 to 9999, found "${found}"`);
}

function readApproval(found: string | undefined): Duration {
  const days = Number(found ?? APPROVAL_DAYS);
  const seconds = Math.round(days * 86_400);
  if (seconds >= 1 && days <= 90) return Duration.seconds(seconds);
  throw new Error(`context "approvalDays": expected a number above 0 and up to 90, found "${found}"`);
}

/** `{"finance": "cron(0 2 1 * ? *)"}`, as an object of cdk.json or as text. */
function readSchedules(found: unknown): Readonly<Record<string, string>> {
  const value = typeof found === 'string' ? parseJson(found) : (found ?? {});
  const isRight =
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).every(
      ([domain, when]) => /^[a-z0-9][a-z0-9_-]*$/.test(domain) && /^(cron|rate)\(.+\)$/.test(String(when)),
    );
  if (isRight) return value as Readonly<Record<string, string>>;
  throw new Error(
    `context "retrain": expected domains with cron(…) or rate(…), such as {"finance": "cron(0 2 1 * ? *)"}, found ${JSON.stringify(found)}`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function readShare(name: string, found: string): number {
  if (/^(0(\.[0-9]+)?|1)$/.test(found)) return Number(found);
  throw new Error(`context "${name}": expected a share from 0 to 1, found "${found}"`);
}

function readYesNo(name: string, found: string): boolean {
  if (found === 'true' || found === 'false') return found === 'true';
  throw new Error(`context "${name}": expected true or false, found "${found}"`);
}

function readWebhook(found: string | undefined): string | undefined {
  if (found === undefined || found.startsWith('https://') || found.startsWith('http://127.0.0.1'))
    return found;
  throw new Error(`context "webhookUrl": expected an https address, found "${found}"`);
}

function readIssuer(url: string | undefined, audience: string | undefined): TokenIssuer | undefined {
  if (url === undefined && audience === undefined) return undefined;
  if (url === undefined || audience === undefined) {
    throw new Error('context "issuer" and "audience" go together: expected both or neither');
  }
  if (!url.startsWith('https://'))
    throw new Error(`context "issuer": expected an https address, found "${url}"`);
  return { url, audience: audience.split(',').map((part) => part.trim()) };
}
