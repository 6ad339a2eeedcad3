/** Go's own packages for transparency logs (golang.org/x/mod/sumdb) say the same of a run's checkpoint as Assay. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatVerifierKey } from '../../lib/tlog/note-key.ts';
import { TAMPERINGS } from './tamper/kinds.ts';
import { RunCopy } from './tamper/run-copy.ts';
import { makeTamperedRuns, signer, type TamperedRuns } from './tamper/tampered-runs.ts';

const GO: string = process.env.GO ?? 'go';
const module = fileURLToPath(new URL('../parity/tlog/', import.meta.url));
/** Without a network: where Go or its module is not at hand, the test is skipped. */
const env = { ...process.env, GOFLAGS: '-mod=readonly', GOPROXY: 'off' };
const hasGo = spawnSync(GO, ['build', '-o', '/dev/null', './verify'], { cwd: module, env }).status === 0;

let runs: TamperedRuns;
beforeAll(async () => {
  runs = await makeTamperedRuns();
});
afterAll(() => runs.close());

test.skipIf(!hasGo)(
  'Go (needs go, with golang.org/x/mod in its cache) finds the checkpoint as signed, and any change to the log',
  async () => {
    const folders = [await runs.run.write(runs.folder), await runs.other.write(runs.folder)];
    const changed = Object.entries(TAMPERINGS).filter(([name]) => /^[ag]\d/.test(name));
    for (const [, { tamper }] of changed) {
      const copy = new RunCopy(runs.run.files);
      await tamper(copy, runs.other);
      folders.push(await copy.write(runs.folder));
    }
    const ran = spawnSync(GO, ['run', './verify', formatVerifierKey(signer.key), ...folders], {
      cwd: module,
      env,
    });
    const [run, other, ...tampered] = ran.stdout.toString().trimEnd().split('\n');
    expect([run, other]).toEqual(['signed', 'signed']);
    const passed = changed.flatMap(([name], at) =>
      tampered[at] === 'of another log' ? [] : [`${name}: ${tampered[at]}`],
    );
    expect(passed).toEqual([]);
  },
  120_000,
);
