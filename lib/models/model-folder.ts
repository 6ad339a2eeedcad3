/** A model as a folder: `model.onnx` (the trees), `card.json` (everything else), known to belong together once it is read. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, type Json } from '../audit/canonical-json.ts';
import { InputError } from '../errors.ts';
import type { FittedInputs } from '../features/model-input.ts';
import type { Pack } from '../packs/pack.ts';
import { parsePack } from '../packs/parse-pack.ts';
import type { ModelCard } from './card.ts';
import { formatCard, hashCard, parseCard } from './card-schema.ts';

export interface Model {
  readonly onnx: Uint8Array;
  readonly card: ModelCard;
  readonly pack: Pack;
  /** In force in place of the card's; absent: the card's is. */
  readonly threshold?: number;
}

/** By which it decides. */
export function thresholdOf({ card, threshold }: Pick<Model, 'card' | 'threshold'>): number {
  return threshold ?? card.threshold.value;
}

/**
 * Reads a model folder; throws an InputError when a file is missing, damaged, or not the one that the card describes.
 * `expectedCard`: the hash that its card is known by elsewhere (`hashCard`).
 */
export async function loadModel(folder: string, expectedCard?: string): Promise<Model> {
  const cardFile = join(folder, 'card.json');
  const onnxFile = join(folder, 'model.onnx');
  const card = parseCard((await readNamed(cardFile)).toString('utf8'), cardFile);
  if (expectedCard !== undefined && hashCard(card) !== expectedCard) {
    throw new InputError(
      `${cardFile}: not the card that was put in force: its sha256 is ${hashCard(card)}, expected ${expectedCard}`,
    );
  }
  const onnx = new Uint8Array(await readNamed(onnxFile));
  const found = sha256(onnx);
  if (found !== card.onnx.sha256) {
    throw new InputError(
      `${onnxFile}: not the model that card.json describes: its sha256 is ${found}, the card says ${card.onnx.sha256}`,
    );
  }
  const pack = parsePack(card.pack.source, `${cardFile} (pack)`);
  if (pack.hash !== card.pack.hash) {
    throw new InputError(
      `${cardFile}: the pack inside has sha256 ${pack.hash}, the card says ${card.pack.hash}`,
    );
  }
  if (pack.domain !== card.domain) {
    throw new InputError(
      `${cardFile}: its domain is "${card.domain}", that of the pack inside "${pack.domain}"`,
    );
  }
  const version = modelVersion(onnx, card.fitted, card.pack.hash);
  if (version !== card.version) {
    throw new InputError(`${cardFile}: its content has version ${version}, the card says ${card.version}`);
  }
  return { onnx, card, pack };
}

/** Writes `model.onnx` and `card.json`. */
export async function saveModel(folder: string, model: Pick<Model, 'onnx' | 'card'>): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'model.onnx'), model.onnx);
  await writeFile(join(folder, 'card.json'), formatCard(model.card));
}

/**
 * A version that names its content: first 12 hex digits of a sha256 over trees, fitted inputs and pack. Whatever can
 * change a score changes it; where and when the model was trained does not.
 */
export function modelVersion(onnx: Uint8Array, fitted: FittedInputs, packHash: string): string {
  return createHash('sha256')
    .update(sha256(onnx))
    .update(canonicalJson(fitted as unknown as Json))
    .update(packHash)
    .digest('hex')
    .slice(0, 12);
}

/** In hex. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function readNamed(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new InputError(`${file}: cannot be read (${code}); a model folder holds model.onnx and card.json`, {
      cause,
    });
  }
}
