import { readFile } from 'node:fs/promises';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, it } from 'vitest';
import { ENDPOINTS } from '../../lib/api/endpoints.ts';
import { openApiDocument } from '../../lib/api/open-api.ts';

type Operation = {
  security: unknown[];
  responses: Record<string, unknown>;
  parameters?: { name: string; in: string; required: boolean }[];
};
const document = openApiDocument() as { paths: Record<string, Record<string, Operation>> };

describe('the OpenAPI document', () => {
  it('has no problem that Redocly’s recommended rules find', async () => {
    const source = JSON.stringify(document);
    const config = await createConfig({ extends: ['recommended'] });
    const problems = await lintFromString({ source, absoluteRef: 'openapi.json', config });
    expect(problems.map(({ message, location }) => `${message} ${location[0]?.pointer}`)).toEqual([]);
  });

  it('is the one in docs/, which `node bin/openapi.ts` writes', async () => {
    const written = await readFile(new URL('../../docs/openapi.json', import.meta.url), 'utf8');
    expect(JSON.parse(written)).toEqual(document);
  });

  it('tells each endpoint, and a token for all but the open ones', () => {
    for (const [name, { method, path, permission }] of Object.entries(ENDPOINTS)) {
      const operation = document.paths[path]?.[method.toLowerCase()];
      expect(operation, name).toBeDefined();
      expect(operation!.security).toEqual(permission === null ? [] : [{ token: [] }]);
      expect(Object.keys(operation!.responses)).toEqual(
        expect.arrayContaining(permission === null ? ['200', '500'] : ['401', '403', '429']),
      );
    }
  });

  it('names the filters of the list of flags', () => {
    const { parameters = [] } = document.paths['/v1/flags']!.get!;
    expect(parameters.map(({ name }) => name)).toEqual([
      ...['domain', 'status', 'min_score', 'max_score', 'severity', 'from', 'to', 'entity', 'drop'],
      ...['limit', 'cursor', 'pii'],
    ]);
    expect(parameters.every(({ required }) => !required)).toBe(true);
  });
});
