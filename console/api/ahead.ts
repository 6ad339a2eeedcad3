/** What a page asks for first, asked for while its scripts are still being read. Each answer is for one request, of the same token. */
const begun = new Map<string, { readonly answer: Promise<Response>; readonly at: number }>();
/** In milliseconds. An answer that no one took by then may have been overtaken. */
const MAX_AGE = 10_000;

export function askAhead(token: string, paths: readonly string[]): void {
  for (const path of paths) {
    const answer = fetch(path, { headers: bearing(token) });
    // A failure is for the request that takes it.
    answer.catch(() => undefined);
    begun.set(`${token} ${path}`, { answer, at: performance.now() });
  }
}

export function takeAhead(token: string | null, path: string): Promise<Response> | undefined {
  const key = `${token} ${path}`;
  const found = begun.get(key);
  begun.delete(key);
  return found !== undefined && performance.now() - found.at < MAX_AGE ? found.answer : undefined;
}

export function bearing(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}
