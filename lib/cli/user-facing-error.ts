/**
 * What an error is to the person at the terminal: a sentence and its kind. The disk that is full, the folder that may not be written
 * and the memory that is too small are theirs to put right; what is left is a defect of ours.
 */
import { CommanderError } from 'commander';
import { InputError, UsageError } from '../errors.ts';

export interface UserFacingError {
  readonly kind: 'usage' | 'input' | 'defect';
  readonly message: string;
}

export function classifyError(error: unknown): UserFacingError {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof CommanderError || error instanceof UsageError) {
    const plain = message
      .replace(/^error: /, '')
      .replace(/\n\(Did you mean (.*?)\?\)/s, '; did you mean $1?');
    return { kind: 'usage', message: plain };
  }
  if (error instanceof InputError) return { kind: 'input', message };
  const surroundings = fromSystem(error) ?? fromDatabase(message);
  if (surroundings !== null) return { kind: 'input', message: surroundings };
  return { kind: 'defect', message: `a defect in Assay, not in your input: ${message}` };
}

const systemWords: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'a file of this name is there already, and is not overwritten',
  EISDIR: 'it is a folder, a file was expected',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'no space is left on the disk',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EPERM: 'not permitted',
  EROFS: 'the disk is read-only',
};

/** An error of the operating system about a file, as Node reports it. */
function fromSystem(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code, path } = error as NodeJS.ErrnoException;
  const words = systemWords[code ?? ''];
  if (words === undefined) return null;
  return path === undefined ? words : `${path}: ${words}`;
}

/** The database's way to say that the disk or the memory did not do. */
function fromDatabase(message: string): string | null {
  const first = message.split('\n')[0]!;
  if (first.startsWith('IO Error: ')) return first.slice('IO Error: '.length);
  if (!first.startsWith('Out of Memory Error: ')) return null;
  return `this needs more than the memory limit; raise it with --memory (${first.slice('Out of Memory Error: '.length)})`;
}
