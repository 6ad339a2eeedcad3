/**
 * The text of a checkpoint (C2SP tlog-checkpoint): the size and the root of a log's tree, which a signed note vouches for.
 *
 *     example.com/behind-the-sofa
 *     20852163
 *     CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
 */
import { InputError } from '../errors.ts';
import { formatBase64, parseBase64 } from './base64.ts';
import { HASH_BYTES, type TreeHead } from './merkle.ts';

export interface Checkpoint extends TreeHead {
  /** Which log it is of. */
  readonly origin: string;
}

const MAX_ORIGIN_BYTES = 255;

export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  if (/[\r\n]/.test(origin) || origin === '' || Buffer.byteLength(origin) > MAX_ORIGIN_BYTES)
    throw new Error(
      `the origin of a log is a line of 1 to ${MAX_ORIGIN_BYTES} bytes: ${JSON.stringify(origin)}`,
    );
  return `${origin}\n${size}\n${formatBase64(root)}\n`;
}

/** Extension lines are passed over. `where` is the file's name, for messages. */
export function parseCheckpoint(text: string, where: string): Checkpoint {
  const [origin = '', sizeText = '', rootText = '', ...rest] = text.split('\n');
  const refuse = (found: string): never => {
    throw new InputError(`${where} is not a checkpoint: ${found}`);
  };
  if (rest.pop() !== '') refuse('its last line has no end');
  if (rest.includes('')) refuse('an empty line in it');
  if (origin === '' || Buffer.byteLength(origin) > MAX_ORIGIN_BYTES)
    refuse(`line 1 is not the name of a log of 1 to ${MAX_ORIGIN_BYTES} bytes`);
  const size = parseDecimal(sizeText);
  if (size === undefined)
    return refuse(`line 2 is ${JSON.stringify(sizeText)}; a number of entries was expected`);
  const root = parseBase64(rootText);
  if (root?.length !== HASH_BYTES)
    return refuse(`line 3 is ${JSON.stringify(rootText)}; the base64 of a sha256 was expected`);
  return { origin, size, root };
}

/** Undefined: not a whole number as it would be written here. */
export function parseDecimal(text: string): number | undefined {
  const value = Number(text);
  return /^(0|[1-9][0-9]*)$/.test(text) && Number.isSafeInteger(value) ? value : undefined;
}
