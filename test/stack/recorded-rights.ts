/**
 * The rights that the functions asked for while the tests of the stack ran, as test/fixtures/recorded-rights.json has them: a line is
 * action, resource (by the name of the stack's output) and part. Ids are left out, so that every run gives the same lines.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { RecordedRight } from '../helpers/call-recorder.ts';

/** By function. */
export type RightLines = Readonly<Record<string, readonly string[]>>;

export const FIXTURE = new URL('../fixtures/recorded-rights.json', import.meta.url);
/** No output names it: a stack has one, if any. */
export const WEBHOOK_SECRET = 'WebhookSecret';

export function recordedRights(): RightLines {
  return existsSync(FIXTURE) ? (JSON.parse(readFileSync(FIXTURE, 'utf8')) as RightLines) : {};
}

/** In order, each line once. */
export function joinLines(...all: readonly RightLines[]): RightLines {
  const callers = [...new Set(all.flatMap((lines) => Object.keys(lines)))].sort();
  return Object.fromEntries(
    callers.map((caller) => [caller, [...new Set(all.flatMap((lines) => lines[caller] ?? []))].sort()]),
  );
}

export function linesOf(
  recorded: readonly RecordedRight[],
  outputs: Readonly<Record<string, string>>,
): RightLines {
  return joinLines(...recorded.map((right) => ({ [right.caller]: [lineOf(right, outputs)] })));
}

function lineOf(
  { action, resource, part, ifNoneMatch }: RecordedRight,
  outputs: Readonly<Record<string, string>>,
): string {
  const name = nameOf(action, resource, outputs);
  // Its keys begin with a domain's name.
  const own = name === 'AuditBucket' ? '' : part;
  return [action, name, own, ifNoneMatch ? 'if-none-match' : ''].filter((word) => word !== '').join(' ');
}

/** A queue is known by the path of its address, whose host may be another. */
function nameOf(action: string, resource: string, outputs: Readonly<Record<string, string>>): string {
  if (action.startsWith('secretsmanager:')) return WEBHOOK_SECRET;
  // Of a task's token: the machine that retrains is the only one that hands them out.
  if (action.startsWith('states:SendTask')) return 'RetrainMachineArn';
  const text = resource.replace(/^https?:\/\/[^/]+/, '').replace(':execution:', ':stateMachine:');
  const found = Object.entries(outputs).find(([, value]) => {
    return text !== '' && value.replace(/^https?:\/\/[^/]+/, '') === text;
  });
  return found?.[0] ?? resource;
}
