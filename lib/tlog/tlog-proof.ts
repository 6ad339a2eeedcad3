/**
 * A proof that an entry is in a log, to be checked offline (C2SP tlog-proof): where it stands, the hashes beside its way to the root,
 * and the signed checkpoint with that root.
 */
import { InputError } from '../errors.ts';
import { formatBase64, parseBase64 } from './base64.ts';
import { parseDecimal } from './checkpoint.ts';
import { HASH_BYTES, type Hash } from './merkle.ts';

export interface TlogProof {
  /** What belongs to the entry; no signature covers it. Empty: nothing. */
  readonly extra: Uint8Array;
  readonly index: number;
  readonly hashes: readonly Hash[];
  /** The signed note. */
  readonly checkpoint: string;
}

const HEADER = 'c2sp.org/tlog-proof@v1';
/** A tree of 2^63 leaves has no longer way. */
const MAX_HASHES = 63;

export function formatProof({ extra, index, hashes, checkpoint }: TlogProof): string {
  const lines = [
    HEADER,
    ...(extra.length === 0 ? [] : [`extra ${formatBase64(extra)}`]),
    `index ${index}`,
    ...hashes.map(formatBase64),
  ];
  return `${lines.join('\n')}\n\n${checkpoint}`;
}

/** `where` is the file's name, for messages. */
export function parseProof(text: string, where: string): TlogProof {
  const cut = text.indexOf('\n\n');
  const [header, ...lines] = text.slice(0, Math.max(cut, 0)).split('\n');
  if (cut < 0 || header !== HEADER)
    refuse(where, `line 1 is not "${HEADER}", with an empty line after the hashes`);
  const extra = lines[0]?.startsWith('extra ')
    ? parseBase64(lines.shift()!.slice('extra '.length))
    : Buffer.alloc(0);
  if (extra === undefined) refuse(where, 'its extra data is not base64');
  const place = lines.shift() ?? '';
  const index = place.startsWith('index ') ? parseDecimal(place.slice('index '.length)) : undefined;
  if (index === undefined) refuse(where, `${JSON.stringify(place)} where "index <number>" was expected`);
  if (lines.length > MAX_HASHES) refuse(where, `${lines.length} hashes; at most ${MAX_HASHES} were expected`);
  const hashes = lines.map((line, at) => {
    const bytes = parseBase64(line);
    if (bytes?.length !== HASH_BYTES) refuse(where, `hash ${at + 1} is not the base64 of a sha256`);
    return bytes;
  });
  return { extra, index, hashes, checkpoint: text.slice(cut + 2) };
}

function refuse(where: string, found: string): never {
  throw new InputError(`${where} is not a proof of a transparency log: ${found}`);
}
