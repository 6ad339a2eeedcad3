/** Reads the body of a request as JSON. Type, size and depth are looked at before anything is parsed. */
import { plainNumber } from '../packs/plain-number.ts';
import { pointerToken } from './check-input.ts';
import { Problem } from './problem.ts';

const MAX_DEPTH = 16;
/** A double holds any decimal of so many digits exactly enough to give it back. */
const exactDigits = 15;

export interface RawBody {
  readonly contentType: string | undefined;
  readonly text: string | undefined;
  readonly isBase64: boolean;
}

/**
 * `holdsRecords`: numbers of more digits than a double holds stay the texts that they were, as records of money need it, and half a
 * character is left to the check of each record: the one that has it is rejected, as in a file, and the others are scored.
 */
export function readJsonBody(
  { contentType, text = '', isBase64 }: RawBody,
  maxBytes: number,
  { holdsRecords = false }: { readonly holdsRecords?: boolean } = {},
): unknown {
  if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(contentType ?? '')) {
    throw new Problem(415, `The content type is ${contentType ?? 'not given'}; expected application/json.`);
  }
  const bytes = isBase64 ? Math.floor((text.length * 3) / 4) - 2 : Buffer.byteLength(text);
  const json = bytes <= maxBytes && isBase64 ? Buffer.from(text, 'base64').toString('utf8') : text;
  if (bytes > maxBytes || Buffer.byteLength(json) > maxBytes) {
    throw new Problem(413, `The body has more than ${maxBytes} bytes.`);
  }
  const depth = depthOf(json);
  if (depth > MAX_DEPTH) throw new Problem(422, `The body nests more than ${MAX_DEPTH} levels deep.`);
  let value: unknown;
  try {
    value = holdsRecords ? JSON.parse(json, parseDigits) : JSON.parse(json);
  } catch {
    throw new Problem(400, 'The body is not valid JSON.');
  }
  const broken = holdsRecords ? null : illFormed(value);
  if (broken !== null)
    throw new Problem(
      400,
      'The body holds half of a character (a lone surrogate), which UTF-8 does not have.',
      {
        faults: [{ at: broken, detail: 'expected a text of whole characters' }],
      },
    );
  const repeated = repeatedKey(json);
  if (repeated === null) return value;
  const faults = [{ at: repeated, detail: 'is there twice: which one counts is not for us to say' }];
  throw new Problem(422, 'The body is not as expected.', { faults });
}

/** The JSON Pointer of a key that an object holds twice, of which a parser keeps the last; null: none. The text is valid JSON. */
export function repeatedKey(json: string): string | null {
  /** Of each object or list around: the keys so far, and where the reader is. Of a list: how many items. */
  const around: { readonly keys: Set<string> | null; at: string | number }[] = [];
  for (const [token, text] of json.matchAll(TOKENS)) {
    const last = around.at(-1);
    if (token === '{') around.push({ keys: new Set(), at: '' });
    else if (token === '[') around.push({ keys: null, at: 0 });
    else if (token === '}' || token === ']') around.pop();
    else if (token === ',') {
      if (typeof last?.at === 'number') last.at++;
    } else if (text !== undefined && last !== undefined && last.keys !== null) {
      last.at = JSON.parse(text) as string;
      if (last.keys.has(last.at)) return around.map(({ at }) => `/${pointerToken(String(at))}`).join('');
      last.keys.add(last.at);
    }
  }
  return null;
}

/**
 * The JSON Pointer of a text or key that is no well-formed Unicode; null: none. What is stored as UTF-8 would not be what was sent, nor
 * have its hash.
 */
function illFormed(value: unknown, at = ''): string | null {
  if (typeof value === 'string') return value.isWellFormed() ? null : at;
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, member] of Object.entries(value)) {
    if (!key.isWellFormed()) return at;
    const found = illFormed(member, `${at}/${pointerToken(key)}`);
    if (found !== null) return found;
  }
  return null;
}

/** A key with its colon, with the key as a group; any other text; what makes up objects and lists. */
const TOKENS = /("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}[\],]/gs;

/** Levels of brackets, without parsing: a parser may run out of stack on what this refuses. */
export function depthOf(json: string): number {
  let depth = 0;
  let maxDepth = 0;
  let inText = false;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (inText) {
      if (code === 0x5c) at++;
      else if (code === 0x22) inText = false;
    } else if (code === 0x22) inText = true;
    else if (code === 0x5b || code === 0x7b) maxDepth = Math.max(maxDepth, ++depth);
    else if (code === 0x5d || code === 0x7d) depth--;
  }
  return maxDepth;
}

/** A number with more digits than a double holds stays the text that it was: money is not rounded on its way in. */
function parseDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined) return value;
  const digits = source
    .replace(/[eE].*$/, '')
    .replace(/\D/g, '')
    .replace(/^0+/, '');
  return digits.length > exactDigits ? plainNumber(source) : value;
}
