import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENDPOINTS } from '../../lib/api/endpoints.ts';
import type { Problem } from '../../lib/api/problem.ts';
import { findEndpoint, matchPath } from '../../lib/api/router.ts';

function problemOf(method: string, path: string): Problem {
  try {
    findEndpoint(method, path);
  } catch (error) {
    return error as Problem;
  }
  throw new Error(`${method} ${path} was found`);
}

describe('findEndpoint', () => {
  it('finds every endpoint of the table by its own method and path', () => {
    for (const [name, { method, path }] of Object.entries(ENDPOINTS)) {
      expect(findEndpoint(method, path.replace('{id}', 'abc'))).toMatchObject({ name });
    }
  });

  it('gives the parameters of the path, decoded', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (id) => {
        const { params } = findEndpoint('GET', `/v1/flags/${encodeURIComponent(id)}`);
        expect(params).toEqual({ id });
      }),
    );
    expect(matchPath('/v1/flags/{id}', '/v1/flags/%E0%A4')).toEqual({ id: '%E0%A4' });
  });

  it('says 404 for a path that is not there, and 405 with what is allowed for a method that is not', () => {
    for (const path of [
      '/',
      '/v1',
      '/v1/flags/',
      '/v1/flags/a/b',
      '/V1/flags',
      '/v1/flags//',
      '//v1/flags',
    ]) {
      expect(problemOf('GET', path).status).toBe(404);
    }
    expect(problemOf('DELETE', '/v1/drops')).toMatchObject({ status: 405, headers: { allow: 'GET, POST' } });
    expect(problemOf('GET', '/v1/models/finance/rollback')).toMatchObject({
      status: 405,
      headers: { allow: 'POST' },
    });
    expect(problemOf('GET', '/v1/score')).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });
});
