/** What is written into the log of acts stays there for good, also when the subject is erased: no text of it may name one. */
import { InputError } from '../errors.ts';
import type { KeyFolder } from './key-folder.ts';
import type { SubjectKeys } from './subject-keys.ts';

/** "77" is also an article of a law: a text about no one subject may hold an id that is shorter. */
const MIN_ID_LENGTH = 5;
const IN_WORD = '[\\p{L}\\p{M}\\p{N}]';

/** Whether an id stands in the text as a whole word, in whatever case: "12" is not in "2026-112". */
export function namesIn(text: string): (id: string) => boolean {
  const folded = fold(text);
  return (id) => {
    const own = fold(id);
    if (own === '' || !folded.includes(own)) return false;
    return new RegExp(`(?<!${IN_WORD})${RegExp.escape(own)}(?!${IN_WORD})`, 'u').test(folded);
  };
}

/** `texts` by the option that they come from. */
export function expectNotNamed(texts: Readonly<Record<string, string>>, subject: string): void {
  for (const [option, text] of Object.entries(texts)) if (namesIn(text)(subject)) refuse(option, subject);
}

/** Of a text that is about no subject: looks through all of them. */
export async function expectNoneNamed(keys: KeyFolder, option: string, text: string): Promise<void> {
  const isNamed = namesIn(text);
  const named = await keys.findWhere(({ id }) => [...id].length >= MIN_ID_LENGTH && isNamed(id));
  if (named !== null) refuse(option, named.id);
}

const TOKEN = new RegExp(`${IN_WORD}+`, 'gu');
/** An id of more parts, such as "a-b-c-d-e", is found where the record is known whose text it is. */
const MAX_TOKENS = 4;
const MAX_ID_LENGTH = 128;

/**
 * A subject that the text names, where rows of keys are found by the id alone: each sequence of up to four words or numbers of it is
 * looked up as it stands, in upper and in lower case. Null: none is found.
 */
export async function findNamed(keys: Pick<SubjectKeys, 'find'>, text: string): Promise<string | null> {
  const found = await keys.find(idsThatMayBeIn(text));
  const isNamed = namesIn(text);
  return [...found.keys()].find(isNamed) ?? null;
}

function idsThatMayBeIn(text: string): string[] {
  const tokens = [...text.normalize('NFC').matchAll(TOKEN)].map(
    ({ 0: token, index }) => [index, index + token.length] as const,
  );
  const ids = new Set<string>();
  for (const [n, [from]] of tokens.entries())
    for (const [, to] of tokens.slice(n, n + MAX_TOKENS)) {
      const id = text.normalize('NFC').slice(from, to);
      if (id.length < MIN_ID_LENGTH || id.length > MAX_ID_LENGTH) continue;
      for (const one of [id, id.toUpperCase(), id.toLowerCase()]) ids.add(one);
    }
  return [...ids];
}

/** Of texts, by what they come from. Throws an InputError where one names a subject of the keys, or the one given. */
export async function expectNamesNone(
  keys: Pick<SubjectKeys, 'find'>,
  texts: Readonly<Record<string, string>>,
  known: string | null = null,
): Promise<void> {
  for (const [option, text] of Object.entries(texts)) {
    if (known !== null && namesIn(text)(known)) refuse(option, known);
    const named = await findNamed(keys, text);
    if (named !== null) refuse(option, named);
  }
}

function refuse(option: string, id: string): never {
  throw new InputError(
    `${option} names the subject "${id}", and stays in the log for good: name the request or the file instead`,
  );
}

/** Upper case last: "ß" and "SS" are the same word. */
function fold(text: string): string {
  return text.toLowerCase().toUpperCase().normalize('NFC');
}
