import { readFile } from 'node:fs/promises';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, it } from 'vitest';
import { ENDPOINTS } from '../../lib/api/endpoints.ts';
import { openApiDocument } from '../../lib/api/open-api.ts';
import { formatJson } from '../../operations/write-json.ts';

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
    // Byte for byte: what it writes needs no formatting.
    expect(formatJson(document)).toBe(written);
  });

  it('lists each endpoint, and a token for all but the open ones', () => {
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

  it('requires the parameters without which a request is refused, and no other', () => {
    for (const [name, { method, path, params, query }] of Object.entries(ENDPOINTS)) {
      const { parameters = [] } = document.paths[path]![method.toLowerCase()]!;
      for (const [schema, place] of [[params, 'path'] as const, [query, 'query'] as const]) {
        const missing = schema.safeParse({}).error?.issues.map((issue) => issue.path.join('.')) ?? [];
        const required = parameters.filter((one) => one.in === place && one.required);
        expect([name, required.map((one) => one.name)]).toEqual([name, missing]);
      }
    }
  });

  it('closes what a request may hold, and leaves answers open to what later versions add', () => {
    const { ReviewRequest, ScoreRequest, Flag, Drop, Problem } = schemasOf(document);
    for (const one of [ReviewRequest, ScoreRequest]) expect(one!.additionalProperties).toBe(false);
    for (const one of [Flag, Drop, Problem]) expect(one).not.toHaveProperty('additionalProperties');
    expect(schemasOf(openApiDocument({ exact: true })).Flag!.additionalProperties).toBe(false);
  });

  it('shows the body of the gateway beside that of a problem, where the gateway may end a request', () => {
    const { responses } = document.paths['/v1/flags']!.get! as unknown as {
      readonly responses: Readonly<Record<string, { readonly content: object }>>;
    };
    const types = (status: string) => Object.keys(responses[status]!.content).sort();
    for (const status of ['401', '413', '429', '500'])
      expect(types(status)).toEqual(['application/json', 'application/problem+json']);
    expect(types('403')).toEqual(['application/problem+json']);
    expect(types('503')).toEqual(['application/json']);
  });
});

type Schemas = Readonly<Record<string, { readonly additionalProperties?: unknown }>>;

function schemasOf(of: object): Schemas {
  return (of as { readonly components: { readonly schemas: Schemas } }).components.schemas;
}

describe('what a schema says is what is checked', () => {
  const limit = ENDPOINTS.listFlags.query.shape.limit;

  it.each(['0x10', '1e999', ' 5', '5 ', '', 'Infinity', '٣', '1_0', '501', '0', '1.5'])(
    'no number of a query: %j',
    (text) => expect(limit.safeParse(text).success).toBe(false),
  );

  it('numbers of a query in decimal notation', () => {
    expect(['1', '500', '1e2', '5.0'].map((text) => limit.parse(text))).toEqual([1, 500, 100, 5]);
    const score = ENDPOINTS.listFlags.query.shape.min_score;
    expect(['0', '0.25', '1', '2.5e-1'].map((text) => score.parse(text))).toEqual([0, 0.25, 1, 0.25]);
  });

  it('counts characters as JSON Schema does, by code points', () => {
    const reason = ENDPOINTS.reviewFlag.body.shape.reason;
    expect(reason.safeParse('😀'.repeat(2_000)).success).toBe(true);
    for (const text of ['😀'.repeat(2_001), '😀😀', ' a ', '    '])
      expect(reason.safeParse(text).success).toBe(false);
    expect(reason.parse('  three ')).toBe('three');
  });

  it.each(['cursor', 'record', 'entity'] as const)('no white space alone: %s', (name) => {
    const shape = { ...ENDPOINTS.listFlags.query.shape, ...ENDPOINTS.getAudit.query.shape };
    expect(shape[name].safeParse('  ').success).toBe(false);
  });
});
