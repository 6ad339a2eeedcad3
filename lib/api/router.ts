/** Finds the endpoint that a method and a path name, with the parameters in the path. */
import type { Endpoint } from './endpoint.ts';
import { ENDPOINTS, type EndpointName } from './endpoints.ts';
import { Problem } from './problem.ts';

export interface Match {
  readonly name: EndpointName;
  readonly endpoint: Endpoint;
  readonly params: Readonly<Record<string, string>>;
}

const NAMES = Object.keys(ENDPOINTS) as EndpointName[];

/** Throws a Problem: 404 for a path that is none of ours, 405 for a method that it does not have. */
export function findEndpoint(method: string, path: string): Match {
  const matching = NAMES.flatMap((name) => {
    const params = matchPath(ENDPOINTS[name].path, path);
    return params === null ? [] : [{ name, endpoint: ENDPOINTS[name], params }];
  });
  // A path that names a part is another than the one that takes any there: `/rollback` is no version.
  const fewest = Math.min(...matching.map(({ params }) => Object.keys(params).length));
  const here = matching.filter(({ params }) => Object.keys(params).length === fewest);
  const match = here.find(({ endpoint }) => endpoint.method === method);
  if (match !== undefined) return match;
  if (here.length === 0) throw new Problem(404, 'There is no such path.');
  const allowed = here.map(({ endpoint }) => endpoint.method).join(', ');
  throw new Problem(405, `This path knows ${allowed}.`, { headers: { allow: allowed } });
}

/** `/v1/flags/{id}` against `/v1/flags/abc`: { id: 'abc' }; null where they differ. */
export function matchPath(pattern: string, path: string): Record<string, string> | null {
  const expected = pattern.split('/');
  const found = path.split('/');
  if (expected.length !== found.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of expected.entries()) {
    const text = found[index]!;
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined ? part !== text : text === '') return null;
    if (name !== undefined) params[name] = decoded(text);
  }
  return params;
}

/** What is no valid percent-encoding stands for itself, and then is no valid id either. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
