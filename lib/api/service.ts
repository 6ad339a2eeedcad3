/** What answers for the API itself. */
import type { Answerers } from './endpoints.ts';
import { openApiDocument } from './open-api.ts';

export const serviceAnswerers: Required<Pick<Answerers, 'getHealth' | 'getOpenApi'>> = {
  getHealth: async () => ({ body: { status: 'ok' } }),
  getOpenApi: async () => ({
    body: { ...openApiDocument() },
    headers: { 'cache-control': 'public, max-age=300' },
  }),
};
