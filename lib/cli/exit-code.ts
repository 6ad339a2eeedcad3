import { InputError } from '../errors.ts';

/** What a command that did its work ends with: 0, or 3 where most records were rejected. */
let code: 0 | 3 = 0;

export function endAsMostlyRejected(): void {
  code = 3;
}

/** Since it was asked for last. */
export function takeExitCode(): 0 | 3 {
  const taken = code;
  code = 0;
  return taken;
}

/** What `assay verify` ends with where a log or a run is not intact. */
export const VERDICT_EXIT_CODES = { damaged: 1, incomplete: 4, unsigned: 5 } as const;

export const VERDICT_EXIT_CODES_HELP = `Exit codes: 0 intact; 1 damaged, or it could not be checked; 4 incomplete: what is there is sound, but files
are missing; 5 unsigned: intact, without the signature that was asked for.`;

/** A verification that found something: the message is shown like that of any error, and the exit code says which verdict it is. */
export class VerdictError extends InputError {
  readonly exitCode: number;

  constructor(message: string, verdict: keyof typeof VERDICT_EXIT_CODES) {
    super(message);
    this.exitCode = VERDICT_EXIT_CODES[verdict];
  }
}
