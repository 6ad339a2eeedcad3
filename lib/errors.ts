/**
 * The errors that a person is meant to read. Whatever is thrown as one of these is shown as its message alone,
 * never with a stack; anything else that reaches the edge is a defect of ours.
 */

/** The input (a file, a pack, a model) is not what it should be. The message says what was found, what was expected, and where. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** The command was called wrongly: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The name of errors for want of disk or memory: the same again will fail again where there is no more of it. */
export const OUT_OF_SPACE = 'OutOfSpace';

/** Whether the disk was full, or DuckDB had no more memory and could not spill. */
export function isOutOfSpace(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || /^Out of Memory Error|No space left on device/.test(error.message);
}
