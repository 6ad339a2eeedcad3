/** The commands of a block: what a reader would type, and what the page shows them to print. */
import type { Block } from './blocks.ts';

export interface Command {
  /** As it is typed, without comment; a line that ends in a backslash goes on. */
  readonly line: string;
  /** Null: the page shows none. */
  readonly output: string | null;
}

/**
 * The words of each command of a line that `&&`, `;` and `|` separate; a redirection is left in its command's words, and
 * `NAME=$(…)` is one word as it is written.
 */
export function splitWords(line: string): string[][] {
  const commands: string[][] = [[]];
  const token =
    /\s*(?:(&&|;|\|)|((?:'[^']*'|"(?:\\.|[^"\\])*"|\$\([^()]*(?:\([^()]*\)[^()]*)*\)|\\.|[^\s;|&'"])+))/gy;
  for (const [, separator, word] of line.trim().matchAll(token)) {
    if (separator !== undefined) commands.push([]);
    else if (word!.includes('=$(')) commands.at(-1)!.push(word!);
    else commands.at(-1)!.push(word!.replaceAll(/'([^']*)'|"((?:\\.|[^"\\])*)"/g, '$1$2'));
  }
  return commands;
}

/** Of `sh`: every line is a command. Of `console`: what stands after `$ `; the lines up to the next one are its output. */
export function readCommands({ language, text }: Block): Command[] {
  const joined = text.replaceAll(/\\\n\s*/g, '');
  if (language === 'console') {
    return joined.split(/^\$ /m).flatMap((part) => {
      if (part.trim() === '') return [];
      const [line = '', ...output] = part.split('\n');
      return [{ line: withoutComment(line), output: output.join('\n').trimEnd() || null }];
    });
  }
  return joinQuoted(joined.split('\n'))
    .filter((line) => line !== '')
    .map((line) => ({ line, output: null }));
}

const withoutComment = (line: string): string => line.replace(/(?:^|\s)#(?:\s.*)?$/, '').trim();

/** A single quote that a line leaves open is closed by a later one; comments are left out. */
function joinQuoted(lines: readonly string[]): string[] {
  const joined: string[] = [];
  let open = false;
  for (const text of lines) {
    const line = open ? text : withoutComment(text);
    if (open) joined.push(`${joined.pop()}\n${line}`);
    else joined.push(line);
    if ((line.match(/'/g) ?? []).length % 2 === 1) open = !open;
  }
  return joined;
}

/** The words after `assay`, as it is called in a repository, as a package, or by itself; null: another program. */
export function assayWords(words: readonly string[]): string[] | null {
  const [first, second, third, fourth] = words;
  const skip =
    first === 'assay'
      ? 1
      : first === 'npx' && second === 'assay'
        ? 2
        : first === 'npm' && second === 'run' && third === 'assay' && fourth === '--'
          ? 4
          : 0;
  if (skip === 0) return null;
  const redirected = words.findIndex((word) => word.startsWith('>'));
  return words.slice(skip, redirected < 0 ? undefined : redirected);
}
