/** What answers for the API itself, and for who calls it. */
import type { Handlers } from './endpoints.ts';
import { openApiDocument } from './open-api.ts';
import { grantTexts, permissionsOf } from './roles.ts';

export const serviceHandlers: Required<Pick<Handlers, 'getMe' | 'getHealth' | 'getOpenApi'>> = {
  getMe: async ({ caller }) => ({
    body: {
      sub: caller.sub,
      name: caller.name,
      roles: grantTexts(caller),
      may: permissionsOf(caller),
    },
  }),
  getHealth: async () => ({ body: { status: 'ok' } }),
  getOpenApi: async () => ({
    body: { ...openApiDocument() },
    headers: { 'cache-control': 'public, max-age=300' },
  }),
};
