/**
 * A domain's log of acts as a folder: written where it was fetched, read where it is checked.
 *
 *     000000000000.jsonl, 000000000000.seal.json, …   the sealed parts, as the audit bucket has them
 *     live.jsonl                                      all of the log, as the table has it
 *     acts.json                                       the live head, and what was found in the bucket
 */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { readRegular } from './regular-file.ts';
import type { ActsLog, ActsSegment } from './verify-acts.ts';

const Facts = z.object({
  format: z.literal('assay-acts/1'),
  domain: z.string(),
  head: z.object({ entries: z.number().int().nonnegative(), hash: z.string() }),
  findings: z.array(z.object({ key: z.string(), message: z.string() })),
});

const SEGMENT = /^([0-9]{12})\.jsonl$/;

/** Whether a file's name is that of a part of such a log. */
export function isActsSegment(name: string): boolean {
  return SEGMENT.test(name);
}

/** Throws an InputError where the folder holds a log already. */
export async function writeActsFolder(folder: string, domain: string, log: ActsLog): Promise<void> {
  await mkdir(folder, { recursive: true });
  const names = await readdir(folder);
  const taken = names.find((name) => name === 'acts.json' || isActsSegment(name));
  if (taken !== undefined) {
    throw new InputError(
      `${folder} already holds a log of acts, which is not overwritten (${taken}): name another --out`,
    );
  }
  for (const { name, lines, seal } of log.segments) {
    await writeFile(join(folder, `${name}.jsonl`), lines);
    if (seal !== null) await writeFile(join(folder, `${name}.seal.json`), seal);
  }
  const { live, findings } = log;
  await writeFile(join(folder, 'live.jsonl'), live?.lines ?? '');
  const facts = { format: 'assay-acts/1', domain, head: live?.head, findings };
  await writeFile(join(folder, 'acts.json'), `${JSON.stringify(facts, null, 2)}\n`);
}

/** A copy of the bucket's objects alone will do: then only what is sealed is checked. */
export async function readActsFolder(folder: string): Promise<ActsLog> {
  const names = (await readdir(folder).catch(() => refuse(folder))).toSorted();
  const segments: ActsSegment[] = [];
  for (const file of names.filter(isActsSegment)) {
    const name = file.slice(0, -'.jsonl'.length);
    const seal = names.includes(`${name}.seal.json`)
      ? String(await readRegular(join(folder, `${name}.seal.json`)))
      : null;
    segments.push({ name, lines: await readRegular(join(folder, file)), seal });
  }
  if (!names.includes('acts.json')) {
    if (segments.length === 0) refuse(folder);
    return { segments, live: null, findings: [] };
  }
  const { head, findings } = parseFacts(String(await readRegular(join(folder, 'acts.json'))), folder);
  const lines = names.includes('live.jsonl')
    ? await readRegular(join(folder, 'live.jsonl'))
    : Buffer.alloc(0);
  return { segments, live: { lines, head }, findings };
}

function parseFacts(text: string, folder: string): z.output<typeof Facts> {
  const file = join(folder, 'acts.json');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InputError(`${file} is not JSON; assay audit download writes it`, { cause });
  }
  const parsed = Facts.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InputError(`${file}: ${issue?.path.join('.') || 'it'}: ${issue?.message}`);
}

function refuse(folder: string): never {
  throw new InputError(`${folder} holds no log of acts: assay audit download --domain … --out … fetches one`);
}
