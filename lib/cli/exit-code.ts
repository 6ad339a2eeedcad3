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
