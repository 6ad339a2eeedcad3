/** Cases over the API: lists, the next one, what people do with them, and what is around them. */
import { describe, expect, it } from 'vitest';
import { flagOf } from '../helpers/flags.ts';
import { api, call, callFully, putEarlierActs, useLocalApi } from './local-api.ts';
import { groups, list, putFlags } from './local-cases.ts';

useLocalApi();

describe('lists of cases', () => {
  it('show the flags of an entity as one case, the most severe rule first, then the score', async () => {
    await putFlags('grouped', [
      ['A1', 0.9, null],
      ['A2', 0.6, 'high'],
      ['A1', 0.7, 'medium'],
      ['A3', 0.8, 'high'],
      ['A4', 0.99, 'low'],
    ]);
    const act = await list('domain=grouped');
    expect(act.items.map((one: { entity: string; flags: object }) => [one.entity, one.flags])).toEqual([
      ['A3', { open: 1, total: 1 }],
      ['A2', { open: 1, total: 1 }],
      ['A1', { open: 2, total: 2 }],
    ]);
    expect(act.items[2]).toMatchObject({
      ...{ status: 'open', severity: 'medium', score: 0.7, tier: 'act', hold: null, assignee: null },
      ...{ rules: ['rule-medium'], opened_at: '2026-02-01T00:00:00.000Z', version: 1 },
      top_flag: { rules: [{ id: 'rule-medium', severity: 'medium' }], groups: [{ contribution: 0.65 }] },
    });
    expect(act.counts).toEqual({ act: 3, look: 1, mine: 0, mentioned: 0, snoozed: 0, decided: 0 });
    expect((await list('domain=grouped&view=look')).items).toMatchObject([{ entity: 'A4', tier: 'look' }]);
  });

  it('are due by the severity of their most severe rule', async () => {
    await putFlags('due', [['A1', 0.9, 'critical']]);
    const { items } = await list('domain=due');
    expect(items).toMatchObject([{ due_at: '2026-02-02T00:00:00.000Z', overdue: true }]);
  });

  it('find a case by its entity or by the id of a record, whichever view it stands in', async () => {
    const [flag] = await putFlags('found', [['A-77', 0.6, null]]);
    for (const q of ['A-77', flag!.record_id])
      expect((await list(`domain=found&q=${q}`)).items).toMatchObject([{ entity: 'A-77' }]);
    expect((await list('domain=found&q=A-7')).items).toEqual([]);
    expect((await list('q=A-77', { groups: ['officer:other', 'read_pii'] })).items).toEqual([]);
  });

  it('go on page by page, by filters too, each case once', async () => {
    await putFlags(
      'pages',
      Array.from(
        { length: 23 },
        (_, n) => [`A${n}`, 0.5 + n / 100, n % 2 === 0 ? 'high' : 'medium'] as const,
      ),
    );
    for (const [filter, count] of [
      ['', 23],
      ['&rule=rule-high', 12],
      ['&severity=medium', 11],
    ] as const) {
      const seen: string[] = [];
      let next: string | null = null;
      do {
        const at: string = next === null ? '' : `&cursor=${next}`;
        const page = await list(`domain=pages&limit=5${filter}${at}`);
        seen.push(...page.items.map(({ entity }: { entity: string }) => entity));
        ({ next } = page);
      } while (next !== null);
      expect([filter, new Set(seen).size, seen.length]).toEqual([filter, count, count]);
    }
  });
});

describe('the next case', () => {
  it('is the most urgent free one, held for who asks, and each case goes to one person', async () => {
    await putFlags(
      'next',
      Array.from({ length: 12 }, (_, n) => [`A${n}`, 0.5 + n / 100, 'high'] as const),
    );
    const take = (sub: string) =>
      call('POST /v1/cases/next', { body: { domain: 'next', pii: true }, sub, groups });
    const first = await take('ann');
    expect(first.json.case).toMatchObject({ entity: 'A11', status: 'in_review', hold: { by: 'ann' } });
    const others = await Promise.all(Array.from({ length: 11 }, (_, n) => take(`p${n % 4}`)));
    const taken = [first, ...others].map(({ json }) => json.case?.entity);
    expect(new Set(taken).size).toBe(12);
    expect((await take('ben')).json.case).toBeNull();
    expect((await list('domain=next&view=mine', { sub: 'ann' })).items).toMatchObject([{ entity: 'A11' }]);
  });

  it('leaves out what is assigned to others, escalated or snoozed, and comes back when a hold is given up', async () => {
    await putFlags('free', [
      ['A1', 0.9, 'critical'],
      ['A2', 0.8, 'critical'],
      ['A3', 0.7, 'critical'],
      ['A4', 0.6, 'critical'],
    ]);
    const { items } = await list('domain=free');
    const act = (n: number, what: string, body: object) =>
      call(`POST /v1/cases/${items[n].id}/${what}`, { body, sub: 'ann' });
    expect(await act(0, 'assign', { assignee: 'ben' })).toMatchObject({
      status: 200,
      json: { assignee: 'ben' },
    });
    await act(1, 'escalate', { reason: 'A politically exposed person' });
    await act(2, 'snooze', { until: '2027-01-01T00:00:00Z', reason: 'Papers are asked for' });
    const take = async (sub: string) =>
      (await call('POST /v1/cases/next', { body: { domain: 'free', pii: true }, sub, groups })).json.case
        ?.entity;
    expect([await take('cat'), await take('dan'), await take('ben')]).toEqual(['A4', undefined, 'A1']);
    await call(`POST /v1/cases/${items[3].id}/release`, { body: {}, sub: 'cat' });
    expect(await take('dan')).toBe('A4');
    expect((await list('domain=free')).counts).toMatchObject({ act: 3, snoozed: 1 });
    await act(2, 'reopen', { reason: 'Papers came' });
    expect(await take('eve')).toBe('A3');
  });
});

describe('acts on a case', () => {
  it('are refused where another holds it, or where it has changed since', async () => {
    await putFlags('refused', [['A1', 0.9, 'high']]);
    const [{ id }] = (await list('domain=refused')).items;
    const claim = (sub: string, body = {}) => call(`POST /v1/cases/${id}/claim`, { body, sub });
    expect((await claim('ann', { version: 1 })).json).toMatchObject({ hold: { by: 'ann' }, version: 2 });
    expect(await claim('ben')).toMatchObject({ status: 409 });
    expect(await claim('ann', { version: 1 })).toMatchObject({ status: 409 });
    expect(await claim('ann')).toMatchObject({ status: 200, json: { version: 3 } });
    expect(await call(`POST /v1/cases/${id}/release`, { body: {}, sub: 'ben' })).toMatchObject({
      status: 409,
    });
    expect(await call(`POST /v1/cases/${'0'.repeat(32)}/claim`, { body: {} })).toMatchObject({ status: 404 });
  });

  it('stand in the history of the case with their reasons, and in the audit log without', async () => {
    await putFlags('history', [['A1', 0.9, 'high']]);
    const [{ id }] = (await list('domain=history')).items;
    await call(`POST /v1/cases/${id}/claim`, { body: {}, sub: 'ann', name: 'Ann Lee' });
    await call(`POST /v1/cases/${id}/escalate`, { body: { reason: 'Asked by Mr Roe' }, sub: 'ann' });
    const { json } = await call(`GET /v1/cases/${id}`);
    expect(json.history).toMatchObject([
      { act: 'escalate', by: 'ann', by_name: 'Ann Lee', reason: 'Asked by Mr Roe', version: 3 },
      { act: 'claim', by: 'ann', reason: null, version: 2 },
    ]);
    const entries = (await api.audit.about(id)).map(({ entry }) => entry);
    expect(entries.map(({ event }) => event)).toEqual(['case_claimed', 'case_escalated']);
    expect(JSON.stringify(entries)).not.toContain('Roe');
    expect((await api.bus.heard(2)).map(({ type, detail }) => [type, detail.act])).toContainEqual([
      'CaseChanged',
      'claim',
    ]);
  });
});

describe('the acts on a case', () => {
  it('are read in pages, and a case says where those begin that it does not show', async () => {
    await putFlags('acts', [['A1', 0.9, 'high']]);
    const [{ id }] = (await list('domain=acts')).items;
    await call(`POST /v1/cases/${id}/claim`, { body: {}, sub: 'ann', name: 'Ann Lee' });
    await call(`POST /v1/cases/${id}/release`, { body: {}, sub: 'ann' });
    expect((await call(`GET /v1/cases/${id}`)).json).toMatchObject({
      history: [{ act: 'release' }, { act: 'claim' }],
      history_next: null,
    });
    await putEarlierActs(id, 120);
    const { json } = await callFully(`GET /v1/cases/${id}`);
    expect(json.history).toHaveLength(100);
    const versions: number[] = json.history.map(({ version }: { version: number }) => version);
    for (let next = json.history_next; next !== null; ) {
      const page = await callFully(`GET /v1/cases/${id}/acts?limit=15&cursor=${next}`);
      expect(page.json.items.every(({ by_name }: { by_name: string }) => by_name === 'Ann Lee')).toBe(true);
      versions.push(...page.json.items.map(({ version }: { version: number }) => version));
      next = page.json.next;
    }
    expect(versions).toEqual([3, 2, ...Array.from({ length: 120 }, (_, n) => 119 - n)]);
    expect((await call(`GET /v1/cases/${id}/acts`)).json).toMatchObject({ items: { length: 100 } });
    // Another case's place is none of this one.
    await putFlags('acts', [['A2', 0.9, 'high']]);
    const other = (await list('domain=acts')).items.find((one: { id: string }) => one.id !== id);
    expect(await call(`GET /v1/cases/${other.id}/acts?cursor=${json.history_next}`)).toMatchObject({
      status: 422,
    });
  });
});

describe('a case', () => {
  it('is read with its flags, all their reasons and the rules of reviews', async () => {
    const flags = await putFlags('whole', [
      ['A1', 0.9, null],
      ['A1', 0.6, 'high'],
    ]);
    const [{ id }] = (await list('domain=whole')).items;
    const { json } = await callFully(`GET /v1/cases/${id}`);
    expect(json.flag_list.map(({ flag }: { flag: string }) => flag)).toEqual([
      flags[1]!.flag,
      flags[0]!.flag,
    ]);
    expect(json.flag_list[0].explanation.contributions).toHaveLength(2);
    expect(json).toMatchObject({ more_flags: false, review_rules: { signature: 'off', four_eyes: null } });
    expect((await call(`GET /v1/cases/${'0'.repeat(32)}`)).status).toBe(404);
  });
});

describe('what is around a flag', () => {
  const linked = (number: number, entity: string, payee: string) => ({
    ...flagOf(number, {
      domain: 'around',
      entity,
      time: new Date(Date.UTC(2026, 0, 40 - (number % 30))).toISOString(),
    }),
    links: [{ column: 'payee', value: payee }],
  });

  it('is the past of its entity by time, and flags of others that share the other side', async () => {
    const flags = [
      ...[linked(70_000, 'A1', 'P9'), linked(70_001, 'A1', 'P8')],
      ...[linked(70_002, 'A2', 'P9'), linked(70_003, 'A2', 'P9'), linked(70_004, 'A3', 'P7')],
    ];
    await api.flags.putFlags(flags);
    await api.flags.putFlags(flags);
    const [own] = (await list('domain=around&view=all')).items.filter(
      ({ entity }: { entity: string }) => entity === 'A1',
    );
    const path = `GET /v1/cases/${own.id}/context?flag=${flags[0]!.flag}`;
    const { status, json } = await call(`${path}&pii=true`, { groups });
    expect(status).toBe(200);
    expect(json.timeline).toMatchObject({
      more: false,
      items: [{ record_id: 'T70001' }, { record_id: 'T70000', status: 'open' }],
    });
    expect(json.related).toMatchObject([
      { column: 'payee', value: 'P9', count: 2, more: false, entities: 1 },
    ]);
    expect(json.related[0].flags.map((one: { entity: string }) => one.entity)).toEqual(['A2', 'A2']);
    expect(json.related[0].flags[0].case).toMatch(/^[0-9a-f]{32}$/);
    expect(json).toMatchObject({
      smallest_change: { found: 'not_known' },
      flagged_by_rule: null,
      compared: [],
    });
  });

  it('hides what is personal, and knows no flag of another case', async () => {
    const [own, other] = (await list('domain=around&view=all')).items;
    const { json } = await call(`GET /v1/cases/${own.id}/context`);
    expect(json.related[0].value).toBe('[masked: pii]');
    expect(json.timeline.items[0].record_id).toBe('[masked: pii]');
    expect((await call(`GET /v1/cases/${own.id}/context?flag=${other.top_flag.id}`)).status).toBe(404);
  });
});

describe('personal data on request', () => {
  const reveal = (flag: string, columns: readonly string[], roles: string) =>
    call(`POST /v1/flags/${flag}/reveal`, { body: { columns }, groups: roles, sub: 'ann' });

  it('is shown to who may read it, column by column, and logged; never to an inspector', async () => {
    const [flag] = await putFlags('reveal', [['A1', 0.9, 'high']]);
    expect(await reveal(flag!.flag, ['amount'], groups)).toMatchObject({
      status: 200,
      json: { flag: flag!.flag, values: { amount: 9_850 } },
    });
    expect(
      (await api.audit.about(flag!.record_id)).map(({ entry }) => [entry.event, entry.data.columns]),
    ).toEqual([['pii_read', ['amount']]]);
    expect((await reveal(flag!.flag, ['nothing'], groups)).status).toBe(422);
    for (const roles of ['[officer]', '[inspector read_pii]', '[officer:other read_pii]'])
      expect([roles, (await reveal(flag!.flag, ['amount'], roles)).status]).toEqual([
        roles,
        roles.includes('other') ? 404 : 403,
      ]);
  });
});
