/**
 * Writing on the condition that no one else wrote since it was read: a writer who was overtaken reads again, and decides anew on what
 * is there by then.
 */

/**
 * What `attempt` gives; undefined says that it was overtaken, and it is asked again, `maxAttempts` times in all. Throws what
 * `overtaken` makes after the last.
 */
export async function untilWritten<Result>(
  maxAttempts: number,
  attempt: () => Promise<Result | undefined>,
  overtaken: () => Error,
): Promise<Result> {
  for (let n = 0; n < maxAttempts; n++) {
    const result = await attempt();
    if (result !== undefined) return result;
  }
  throw overtaken();
}
