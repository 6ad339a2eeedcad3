/** What is written into the log of acts stays there for good, also when the subject is erased: no text of it may name one. */
import { InputError } from '../errors.ts';
import type { KeyFolder } from './key-folder.ts';

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

function refuse(option: string, id: string): never {
  throw new InputError(
    `${option} names the subject "${id}", and stays in the log for good: name the request or the file instead`,
  );
}

/** Upper case last: "ß" and "SS" are the same word. */
function fold(text: string): string {
  return text.toLowerCase().toUpperCase().normalize('NFC');
}
