/**
 * A dossier's folder checked offline: that its files are those of the manifest, that the logs are unbroken, and that each flag stands in
 * its log with these very reasons. Names in the manifest are never followed out of the folder.
 */
import { hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { readActsFolder } from '../audit/acts-folder.ts';
import { parseEntry } from '../audit/audit-entry.ts';
import { verifyActs } from '../audit/verify-acts.ts';
import type { Explanation } from '../decisions/explanation.ts';
import { toBillionths } from '../decisions/nine-decimals.ts';
import { InputError } from '../errors.ts';
import { MASKED } from '../packs/personal-data.ts';
import { hashFile } from '../scoring/hash-files.ts';
import type { VerifierKey } from '../tlog/note-key.ts';
import { verifySignedFile } from '../tlog/signed-file.ts';
import { verifyRun } from '../verification/verify-run.ts';
import { DOSSIER_FORMAT, type Dossier, type DossierFlag } from './dossier.ts';
import { checkProofs } from './flag-proofs.ts';
import { signatureHolds } from './signed-reviews.ts';

export interface DossierProblem {
  /** A file, or a flag. */
  readonly where: string;
  /** missing, changed, inserted, unsigned, forged, unproven; of a log what `assay verify` finds. */
  readonly kind: string;
  readonly message: string;
}

export interface VerifiedDossier {
  readonly dossier: Dossier;
  readonly problems: readonly DossierProblem[];
  /** Flags that the logs vouch for. */
  readonly proven: number;
  /** Files that prove an entry, and those of them whose checkpoint one of the log's keys has signed. */
  readonly proofs: number;
  readonly signedProofs: number;
  readonly manifest: string;
  readonly isSigned: boolean;
}

export interface DossierKeys {
  /** One of them must have signed the manifest. */
  readonly keys?: readonly VerifierKey[];
  /** Of the logs: one of them must have signed the checkpoint of each proof. */
  readonly logKeys?: readonly VerifierKey[];
}

const Manifest = z.strictObject({
  format: z.literal(DOSSIER_FORMAT),
  made_at: z.string(),
  files: z.record(
    z.string().regex(/^(?:(?:logs|acts)\/)?(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)?[A-Za-z0-9_-][A-Za-z0-9._-]*$/),
    z.string().regex(/^[0-9a-f]{64}$/),
  ),
});

const Content = z.looseObject({
  format: z.literal(DOSSIER_FORMAT),
  proof: z.string(),
  flags: z.array(
    z.looseObject({
      flag: z.string(),
      run: z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/),
      record_id: z.string(),
      record: z.record(z.string(), z.unknown()),
      reviews: z.array(z.looseObject({ by: z.string(), at: z.string(), version: z.number() })),
      entries: z.array(z.looseObject({ hash: z.string(), data: z.record(z.string(), z.unknown()) })),
      explanation: z.looseObject({
        score: z.number(),
        base: z.number(),
        decision_id: z.string(),
        contributions: z.array(z.looseObject({ contribution: z.number() })),
      }),
    }),
  ),
});

const MANIFEST = ['manifest.json', 'manifest.note'];

/** Throws an InputError where the folder holds no dossier. */
export async function verifyDossier(
  folder: string,
  { keys = [], logKeys = [] }: DossierKeys = {},
): Promise<VerifiedDossier> {
  const there = await listFiles(folder);
  const text = await readFile(join(folder, 'manifest.json'), 'utf8').catch((cause: unknown) => {
    throw new InputError(`${folder} holds no dossier: manifest.json is missing`, { cause });
  });
  const { files } = parseAs(Manifest, text, join(folder, 'manifest.json'));
  const manifest = hash('sha256', text);
  const signature = await checkSignature(folder, manifest, keys);
  const found = await checkFiles(folder, files, there);
  const content = await readFile(join(folder, 'dossier.json'), 'utf8').catch((cause: unknown) => {
    throw new InputError(`${folder} holds no dossier: dossier.json is missing`, { cause });
  });
  const dossier = parseAs(Content, content, join(folder, 'dossier.json')) as unknown as Dossier;
  const logs = await checkLogs(folder, Object.keys(files), keys);
  const lines = await readLines(join(folder, 'explanations.jsonl'));
  const flags = checkFlags(dossier, dossier.proof === 'logs' ? lines : null, logs.entries);
  const names = Object.keys(files).filter((name) => there.includes(name));
  const proofs = await checkProofs(folder, names, { flags: dossier.flags, lines }, logKeys);
  return {
    dossier,
    manifest,
    isSigned: signature.isSigned,
    problems: [...signature.problems, ...found, ...logs.problems, ...flags.problems, ...proofs.problems],
    ...{ proven: flags.proven, proofs: proofs.proofs, signedProofs: proofs.signed },
  };
}

/** By path. Nothing is read of a folder in which a name leads elsewhere, or to what never ends. */
async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new InputError(`${folder} holds no dossier: it cannot be read as a folder`, { cause });
  });
  const other = entries.find((entry) => !entry.isFile() && !entry.isDirectory());
  const pathOf = ({ parentPath, name }: (typeof entries)[number]) => join(parentPath, name);
  if (other === undefined) {
    const files = entries.filter((entry) => entry.isFile()).map(pathOf);
    return files.map((path) => path.slice(join(folder, '/').length).replaceAll('\\', '/'));
  }
  const what = other.isSymbolicLink() ? 'a symbolic link' : 'a pipe or a device';
  throw new InputError(`${pathOf(other)} is ${what}, not a file: it is not opened`);
}

function parseAs<Parsed>(schema: z.ZodType<Parsed>, text: string, file: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InputError(`${file} is not JSON; a part of a dossier is expected`, { cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InputError(`${file}: ${issue?.path.join('.') || 'it'}: ${issue?.message}`);
}

async function checkSignature(
  folder: string,
  sha256: string,
  keys: readonly VerifierKey[],
): Promise<{ readonly isSigned: boolean; readonly problems: DossierProblem[] }> {
  const where = 'manifest.note';
  const note = await readFile(join(folder, where), 'utf8').catch(() => null);
  if (note === null) {
    const message = 'no key has signed the manifest';
    return { isSigned: false, problems: keys.length === 0 ? [] : [{ where, kind: 'unsigned', message }] };
  }
  const message = verifySignedFile(note, { format: DOSSIER_FORMAT, sha256 }, keys, where);
  if (message !== null) return { isSigned: false, problems: [{ where, kind: 'forged', message }] };
  return { isSigned: keys.length > 0, problems: [] };
}

async function checkFiles(
  folder: string,
  files: Readonly<Record<string, string>>,
  there: readonly string[],
): Promise<DossierProblem[]> {
  const problems: DossierProblem[] = [];
  for (const [where, expected] of Object.entries(files)) {
    const own = await hashFile(join(folder, where));
    if (own === undefined) problems.push({ where, kind: 'missing', message: 'the manifest names it' });
    else if (own !== expected)
      problems.push({
        where,
        kind: 'changed',
        message: `its sha256 is ${own}, the manifest says ${expected}`,
      });
  }
  for (const where of there) {
    if (!Object.hasOwn(files, where) && !MANIFEST.includes(where))
      problems.push({ where, kind: 'inserted', message: 'the manifest does not name it' });
  }
  return problems;
}

interface FoundEntries {
  /** Lines of the flags' entries, by run and decision. */
  readonly flagged: ReadonlyMap<string, string>;
  /** Every hash of every log. */
  readonly hashes: ReadonlySet<string>;
}

async function checkLogs(
  folder: string,
  names: readonly string[],
  keys: readonly VerifierKey[],
): Promise<{ readonly problems: DossierProblem[]; readonly entries: FoundEntries }> {
  const problems: DossierProblem[] = [];
  const flagged = new Map<string, string>();
  const hashes = new Set<string>();
  for (const name of names.filter((one) => /^logs\/[^/]+\/audit\.jsonl$/.test(one))) {
    const file = join(folder, name);
    if ((await hashFile(file)) === undefined) continue;
    // Without a checkpoint the log is signed by no one; who made the dossier signs its manifest.
    const isSigned = names.includes(name.replace(/audit\.jsonl$/, 'checkpoint'));
    const { findings } = await verifyRun(file, { keys: isSigned ? keys : [], logOnly: true });
    for (const { kind, message, file: of, line } of findings) {
      const place = line === null ? of : `line ${line}`;
      problems.push({ where: `${name}: ${place}`, kind, message });
    }
    const run = name.split('/')[1]!;
    for await (const line of linesOf(file)) {
      const { entry } = parseEntry(line);
      if (entry === undefined) continue;
      hashes.add(entry.hash);
      const { decision_id: decision, sha256 } = entry.data;
      if (entry.event === 'flagged') flagged.set(`${run} ${String(decision)}`, String(sha256));
    }
  }
  if (names.includes('acts/acts.json')) {
    const log = await readActsFolder(join(folder, 'acts'));
    for (const { where, ...problem } of (await verifyActs(log)).problems)
      problems.push({ where: `acts: ${where}`, ...problem });
    for await (const line of linesOf(join(folder, 'acts', 'live.jsonl'))) {
      const { entry } = parseEntry(line);
      if (entry !== undefined) hashes.add(entry.hash);
    }
  }
  return { problems, entries: { flagged, hashes } };
}

/** `lines`: null where the logs are left out. */
function checkFlags(
  { flags }: Dossier,
  lines: ReadonlyMap<string, string> | null,
  { flagged, hashes }: FoundEntries,
): { readonly problems: DossierProblem[]; readonly proven: number } {
  const problems: DossierProblem[] = [];
  let proven = 0;
  for (const flag of flags) {
    const found = [
      ...checkSum(flag),
      ...(lines === null
        ? []
        : checkProof(flag, lines.get(flag.flag), flagged.get(`${flag.run} ${flag.flag}`))),
      ...checkSignatures(flag, lines?.get(flag.flag)),
      ...flag.entries
        .filter((entry) => !hashes.has(entry.hash))
        .map(({ hash: own }) => ({ kind: 'unproven', message: `its entry ${own} is in none of the logs` })),
    ];
    problems.push(...found.map((one) => ({ where: `flag ${flag.flag}`, ...one })));
    if (lines !== null && found.length === 0) proven++;
  }
  return { problems, proven };
}

function checkSum({ explanation }: DossierFlag): { kind: string; message: string }[] {
  const { base, contributions, unexplained = 0, score } = explanation;
  const parts = [base, unexplained, ...contributions.map(({ contribution }) => contribution)];
  const sum = parts.reduce((total, part) => total + (toBillionths(part) ?? Number.NaN), 0);
  if (sum === toBillionths(score)) return [];
  return [{ kind: 'changed', message: 'base and contributions do not add up to its score' }];
}

function checkProof(
  { explanation }: DossierFlag,
  line: string | undefined,
  expected: string | undefined,
): { kind: string; message: string }[] {
  if (line === undefined) return [{ kind: 'missing', message: 'explanations.jsonl has no line for it' }];
  if (expected === undefined)
    return [{ kind: 'unproven', message: 'its log has no entry that it was flagged' }];
  if (hash('sha256', line) !== expected)
    return [
      { kind: 'changed', message: 'its line in explanations.jsonl is not the one that the log vouches for' },
    ];
  if (isDeepStrictEqual(JSON.parse(line), explanation)) return [];
  return [{ kind: 'changed', message: 'dossier.json explains it otherwise than explanations.jsonl' }];
}

/** Of a record that is shown whole; of a masked one the dossier only says what was found when it was made. */
function checkSignatures(
  { flag, record_id, record, reviews, entries }: DossierFlag,
  line: string | undefined,
): { kind: string; message: string }[] {
  const isWhole = line !== undefined && !Object.values(record).includes(MASKED);
  return reviews.flatMap(({ by_name: _, signature_holds: stated, ...review }) => {
    const text = { flag, record_id, explanation: line ?? '', record: JSON.stringify(record) };
    const holds = isWhole ? signatureHolds(text, { ...review, flag }, entries) : stated;
    if (holds !== false) return [];
    const message = `the signature of ${review.by} at ${review.at} is not one of this record, by the log`;
    return [{ kind: 'forged', message }];
  });
}

async function readLines(file: string): Promise<Map<string, string>> {
  const lines = new Map<string, string>();
  for await (const line of linesOf(file)) {
    try {
      lines.set((JSON.parse(line) as Explanation).decision_id, line);
    } catch {
      // A line that is none is missed by its flag.
    }
  }
  return lines;
}

async function* linesOf(file: string): AsyncGenerator<string> {
  if ((await hashFile(file)) === undefined) return;
  const input = createReadStream(file);
  yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
}
