/** docs/verify.py, written from docs/audit-format.md alone, says the same of good and tampered runs as Assay. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cp, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatVerifierKey } from '../../lib/tlog/note-key.ts';
import { SIGNED_TAMPERINGS } from './tamper/kinds.ts';
import { RunCopy } from './tamper/run-copy.ts';
import { makeTamperedRuns, signer, type TamperedRuns } from './tamper/tampered-runs.ts';

const verifier = fileURLToPath(new URL('../../docs/verify.py', import.meta.url));
const earlierRun = fileURLToPath(new URL('../fixtures/earlier-run/', import.meta.url));
const hasPython = spawnSync('python3', ['--version']).status === 0;

/** One process for all: it reads verify.py as a module. */
const MANY = `
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("verify", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
keys = [module.parse_key(sys.argv[2])]
for folder in json.load(sys.stdin):
    findings, entries, head = module.verify(folder, keys)
    print(json.dumps({"verdict": findings.verdict(), "problems": findings, "head": head}))
`;

interface PythonVerdict {
  readonly verdict: string;
  readonly head: string;
  readonly problems: readonly { readonly kind: string; readonly file: string }[];
}

let runs: TamperedRuns;
beforeAll(async () => {
  runs = await makeTamperedRuns();
});
afterAll(() => runs.close());

function askPython(folders: readonly string[]): PythonVerdict[] {
  const options = { input: JSON.stringify(folders), maxBuffer: 1 << 28 };
  const out = execFileSync('python3', ['-c', MANY, verifier, formatVerifierKey(signer.key)], options);
  return out
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as PythonVerdict);
}

const CHAIN = [
  'changed',
  'dropped',
  'truncated',
  'reordered',
  'inserted',
  'duplicate',
  'rewritten',
  'malformed',
];
/** How a chain is broken only Assay says. */
function kindsOf(problems: PythonVerdict['problems']): Set<string> {
  const named = problems.map(({ kind, file }) => {
    const isChain = file === 'audit.jsonl' && CHAIN.includes(kind);
    return `${file}: ${isChain ? 'chain' : kind}`;
  });
  return new Set(named);
}

test.skipIf(!hasPython)(
  'verify.py (needs python3) finds good runs intact, and every kind of tampering as Assay does',
  async () => {
    const names: string[] = ['untouched', 'the other run'];
    const folders = [await runs.run.write(runs.folder), await runs.other.write(runs.folder)];
    for (const [name, { tamper }] of Object.entries(SIGNED_TAMPERINGS)) {
      const copy = new RunCopy(runs.run.files);
      await tamper(copy, runs.other);
      names.push(name);
      folders.push(await copy.write(runs.folder));
    }
    const python = askPython(folders);
    const different: string[] = [];
    for (const [at, folder] of folders.entries()) {
      const ours = await runs.verify(folder, { keys: [signer.key] });
      const theirs = python[at]!;
      const own = kindsOf(ours.findings);
      const isShared = [...kindsOf(theirs.problems)].some((kind) => own.has(kind));
      if (ours.verdict === theirs.verdict && (ours.verdict === 'intact' || isShared)) continue;
      different.push(
        `${names[at]}: ${ours.verdict} ${[...own]}; verify.py ${theirs.verdict} ${[...kindsOf(theirs.problems)]}`,
      );
    }
    expect(python.slice(0, 2).map(({ verdict }) => verdict)).toEqual(['intact', 'intact']);
    expect(different).toEqual([]);
  },
  300_000,
);

test.skipIf(!hasPython)(
  'verify.py (needs python3) finds a run of an earlier version intact, and ends with documented codes',
  async () => {
    const copy = await mkdtemp(join(runs.folder, 'earlier-'));
    await cp(earlierRun, copy, { recursive: true });
    const codeOf = (...argv: string[]) => spawnSync('python3', [verifier, ...argv]).status;
    const key = formatVerifierKey(signer.key);
    expect([codeOf(copy), codeOf(copy, '--key', key), codeOf(copy, '--head', 'a'.repeat(64))]).toEqual([
      0, 5, 1,
    ]);
  },
);
