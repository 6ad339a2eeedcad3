/**
 * Where the stages of a retraining keep what they hand each other: files of one folder, written once each. A stage reads some and
 * writes some, and nothing else passes between them, so each can run wherever the folder's files are brought.
 *
 *     snapshot ─► dataset.json records.parquet weights.json
 *     prepare  ─► prepared.json train.* held-out.*            reads what snapshot wrote
 *     tune     ─► tuning/<candidate>-<fold>.json              reads train.*, prepared.json; a task each
 *     choose   ─► chosen.json                                 reads train.json, tuning/*
 *     train    ─► trees/<first>.bin                           reads train.*, prepared.json, chosen.json; a group of trees each
 *     assemble ─► model/                                      reads all but records.parquet
 *     compare  ─► gate.json                                   reads dataset.json, records.parquet, held-out.*, model/ and the champion's folder
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export const FILES = {
  dataset: 'dataset.json',
  records: 'records.parquet',
  weights: 'weights.json',
  prepared: 'prepared.json',
  train: 'train',
  heldOut: 'held-out',
  chosen: 'chosen.json',
  model: 'model',
  gate: 'gate.json',
  fold: (candidate: number, fold: number) => `tuning/${candidate}-${fold}.json`,
  trees: (first: number) => `trees/${String(first).padStart(6, '0')}.bin`,
} as const;

export async function writeWork(folder: string, name: string, content: Uint8Array | string): Promise<void> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

export async function writeWorkJson(folder: string, name: string, value: unknown): Promise<void> {
  await writeWork(folder, name, `${JSON.stringify(value)}\n`);
}

/** As it was written by an earlier stage of this program. */
export async function readWorkJson<T>(folder: string, name: string): Promise<T> {
  return JSON.parse(await readFile(join(folder, name), 'utf8')) as T;
}
