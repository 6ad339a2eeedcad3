import { beforeAll, describe, expect, it } from 'vitest';
import type { Model } from '../../lib/models/model-folder.ts';
import type { Pack } from '../../lib/packs/pack.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { MASKED } from '../../lib/packs/personal-data.ts';
import { personalDataSource } from '../../lib/services/personal-data-source.ts';
import { flagOf } from '../helpers/flags.ts';
import { shopPack } from '../helpers/shop.ts';
import { api, call, useLocalApi } from './local-api.ts';

const NAME = 'Jane Doe';
/** Of the finance domain, whose pack marks customer_name. */
const flag = {
  ...flagOf(501, { domain: 'finance' }),
  record: JSON.stringify({ transaction_id: 'T501', customer_name: NAME, amount: 5 }),
};
const reader = { groups: ['viewer', 'read_pii:finance'], sub: 'reader-1' };

useLocalApi();
beforeAll(async () => {
  await api.flags.putFlags([flag]);
  await api.reviews.putBlind([
    {
      ...{ item: 'b'.repeat(32), domain: 'finance', decision: 'c'.repeat(32), recordId: 'T9', chance: 0.01 },
      ...{
        why: 'below_the_line',
        record: { transaction_id: 'T9', customer_name: NAME },
        drop: 'd',
        model: 'm',
      },
      queuedAt: '2026-03-01T00:00:00.000Z',
    },
  ]);
});

const reads = async () =>
  (await api.audit.lines('finance'))
    .map(({ line }) => JSON.parse(line))
    .filter(({ event }) => event === 'pii_read');

describe('personal data', () => {
  it('is masked in a flag and among the records for blind review, and nothing else is', async () => {
    const one = await call(`GET /v1/flags/${flag.flag}`, { groups: ['admin', 'officer:finance'] });
    expect(one.json.record).toEqual({ transaction_id: 'T501', customer_name: MASKED, amount: 5 });
    const { json } = await call('GET /v1/blind-reviews?domain=finance', { groups: ['officer:finance'] });
    expect(json.items[0].record).toEqual({ transaction_id: 'T9', customer_name: MASKED });
    for (const request of ['flags', 'audit?record=T501', `flags?entity=${flag.entity}`])
      expect(JSON.stringify(await call(`GET /v1/${request}`))).not.toContain(NAME);
    expect(await reads()).toEqual([]);
  });

  it('is refused to those who may not read it, whatever else they may', async () => {
    for (const groups of [['admin'], ['viewer', 'read_pii:pharma'], ['officer:finance']]) {
      const { status, json } = await call(`GET /v1/flags/${flag.flag}?pii=true`, { groups });
      expect([status, json.detail]).toEqual([
        403,
        expect.stringMatching(/^This is for: read_pii of finance\. /),
      ]);
    }
    expect(await reads()).toEqual([]);
  });

  it('is shown to a person with the right who asks for it, and each such read is in the log of acts', async () => {
    const { json } = await call(`GET /v1/flags/${flag.flag}?pii=true`, reader);
    expect(json.record.customer_name).toBe(NAME);
    await call(`GET /v1/flags/${flag.flag}`, reader);
    const blind = await call('GET /v1/blind-reviews?domain=finance&pii=true', {
      ...reader,
      groups: ['officer', 'read_pii'],
    });
    expect(blind.json.items[0].record.customer_name).toBe(NAME);
    expect(await reads()).toMatchObject([
      {
        ...{ actor: 'reader-1', subject: 'T501' },
        data: { route: 'GET /v1/flags/{id}', columns: ['customer_name'], decisions: [flag.flag] },
      },
      { actor: 'reader-1', subject: 'GET /v1/blind-reviews', data: { decisions: ['b'.repeat(32)] } },
    ]);
    const about = await call('GET /v1/audit?record=T501', { groups: ['viewer'] });
    expect(about.json.entries).toMatchObject([{ event: 'pii_read', actor: 'reader-1' }]);
  });
});

describe('the columns that are personal', () => {
  const marked = parsePack(
    shopPack.source.replace('note: string', 'note: { type: string, pii: true }'),
    'p.yaml',
  );
  const model = (pack: Pack) => ({ pack }) as Model;
  const load = async (): Promise<Model> => {
    throw new Error('gone');
  };

  it('are those of the flag’s pack and of the champion’s, and all where a pack is not to be had', async () => {
    const either = personalDataSource({
      champion: async () => model(marked),
      load: async () => model(shopPack),
    });
    expect((await either('shop', 'm')).columns).toEqual(new Set(['note']));
    const gone = personalDataSource({ champion: async () => model(shopPack), load });
    expect(await gone('shop', 'm')).toEqual({ columns: null, id: true, entity: true, time: true });
    expect((await gone('shop', null)).columns).toEqual(new Set());
  });
});
