/**
 * What SECURITY.md promises: a run leaves nothing in the home and temporary folders, and no native dependency opens a
 * connection. ONNX Runtime 1.30 did both: its telemetry wrote a queue and a device id at once, and looked for its server's
 * address after nine seconds.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const FIRST_UPLOAD_MS = 9000;
const MARGIN_MS = 3000;

let folder: string;
let environment: NodeJS.ProcessEnv;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-privacy-'));
  for (const name of ['home', 'tmp', 'out']) mkdirSync(join(folder, name));
  const { ORT_DISABLE_TELEMETRY: _, ...rest } = process.env;
  environment = { ...rest, HOME: join(folder, 'home'), TMPDIR: join(folder, 'tmp'), XDG_CACHE_HOME: '' };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Its output goes to a file, its progress nowhere: a pipe between two Node processes is a socket. */
function run(...args: string[]): string {
  const file = join(folder, 'out', 'stdout');
  const output = openSync(file, 'w');
  try {
    execFileSync(process.execPath, args, { env: environment, stdio: ['ignore', output, 'ignore'] });
  } finally {
    closeSync(output);
  }
  return readFileSync(file, 'utf8');
}

const left = (name: string): string[] =>
  readdirSync(join(folder, name), { recursive: true, encoding: 'utf8' }).sort();

function champion(domain: string): string {
  const versions = join('model-artifacts', domain);
  const { version } = JSON.parse(readFileSync(join(versions, 'champion.json'), 'utf8')) as {
    version: string;
  };
  return join(versions, version);
}

interface Card {
  readonly fitted: { readonly inputs: readonly unknown[] };
}

describe('a process that scores', () => {
  test('writes no file outside its output folder: `assay score` with an empty home', () => {
    run(
      ...['bin/assay.ts', 'score', '--domain', 'pharma', '--data', 'samples/pharma/new.csv'],
      ...['--out', join(folder, 'out', 'run')],
    );
    expect(readdirSync(join(folder, 'out', 'run'))).toContain('flagged_risks.csv');
    expect({ home: left('home'), tmp: left('tmp') }).toEqual({ home: [], tmp: [] });
  });

  test('opens no socket while its native libraries are loaded, nor after the time of a delayed upload', () => {
    const model = champion('finance');
    const card = JSON.parse(readFileSync(join(model, 'card.json'), 'utf8')) as Card;
    const said = JSON.parse(
      run(
        'test/privacy/load-native.ts',
        join(model, 'model.onnx'),
        String(card.fitted.inputs.length),
        String(FIRST_UPLOAD_MS + MARGIN_MS),
      ),
    ) as { answer: number; score: number; sockets: string[] };
    expect(said.answer).toBe(42);
    expect(said.score).toBeGreaterThanOrEqual(0);
    expect(said.sockets).toEqual([]);
    expect({ home: left('home'), tmp: left('tmp') }).toEqual({ home: [], tmp: [] });
  });
});
