/** What a page asks for first, asked for while its scripts are still being read. Each answer is for one request, of the same token. */
const begun = new Map<string, Promise<Response>>();

export function askAhead(token: string, paths: readonly string[]): void {
  for (const path of paths) {
    const answer = fetch(path, { headers: bearing(token) });
    // A failure is for the request that takes it.
    answer.catch(() => undefined);
    begun.set(`${token} ${path}`, answer);
  }
}

export function takeAhead(token: string | null, path: string): Promise<Response> | undefined {
  const key = `${token} ${path}`;
  const found = begun.get(key);
  begun.delete(key);
  return found;
}

export function bearing(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}
