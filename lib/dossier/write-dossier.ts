/**
 * A dossier as a folder that is checked offline:
 *
 *     dossier.pdf          to read and print
 *     dossier.json         the same for programs
 *     explanations.jsonl   the flags' lines as the log vouches for them
 *     logs/<run>/…         audit.jsonl, seal.json, checkpoint of each run
 *     proofs/…             of each flag, and of its review, one entry with its way to a signed checkpoint
 *     acts/…               of a stack: the domain's log of acts, as `assay audit download` has it
 *     manifest.json        the sha256 of each of these; manifest.note: who signed it
 */
import { hash } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeActsFolder } from '../audit/acts-folder.ts';
import { InputError } from '../errors.ts';
import { hashFile } from '../scoring/hash-files.ts';
import type { NoteSigner } from '../tlog/note-key.ts';
import { signFile } from '../tlog/signed-file.ts';
import { DOSSIER_FORMAT, type Dossier, type DossierContent, type DossierMaking } from './dossier.ts';
import { dossierPdf } from './dossier-pdf.ts';

export interface DossierManifest {
  readonly format: typeof DOSSIER_FORMAT;
  readonly made_at: string;
  readonly files: Readonly<Record<string, string>>;
}

export interface WrittenDossier {
  readonly dossier: Dossier;
  /** sha256 of manifest.json. */
  readonly manifest: string;
  readonly files: number;
}

export async function writeDossier(
  folder: string,
  { dossier: content, lines, files, acts }: DossierContent,
  making: DossierMaking,
  signer?: NoteSigner,
): Promise<WrittenDossier> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0)
    throw new InputError(`${folder} is not empty, and nothing in it is overwritten: name another --out`);
  const dossier: Dossier = { format: DOSSIER_FORMAT, ...content, making };
  const order = content.flags.map(({ flag }) => lines.get(flag)).filter((line) => line !== undefined);
  const all = [
    { name: 'dossier.json', bytes: Buffer.from(`${JSON.stringify(dossier, null, 2)}\n`) },
    { name: 'dossier.pdf', bytes: await dossierPdf(dossier) },
    ...(order.length > 0
      ? [{ name: 'explanations.jsonl', bytes: Buffer.from(order.map((line) => `${line}\n`).join('')) }]
      : []),
    ...files,
  ];
  const hashes: Record<string, string> = {};
  for (const { name, bytes } of all) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
    hashes[name] = hash('sha256', bytes);
  }
  if (acts !== null) {
    await writeActsFolder(join(folder, 'acts'), content.subject.domain, acts);
    for (const name of (await readdir(join(folder, 'acts'))).toSorted())
      hashes[`acts/${name}`] = (await hashFile(join(folder, 'acts', name)))!;
  }
  const manifest: DossierManifest = { format: DOSSIER_FORMAT, made_at: making.made_at, files: hashes };
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  await writeFile(join(folder, 'manifest.json'), text);
  const sha256 = hash('sha256', text);
  if (signer !== undefined)
    await writeFile(
      join(folder, 'manifest.note'),
      await signFile(signer, { format: DOSSIER_FORMAT, sha256 }),
    );
  return { dossier, manifest: sha256, files: Object.keys(hashes).length };
}
