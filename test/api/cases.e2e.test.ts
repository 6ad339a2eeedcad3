/** Cases over the API: lists, the next one, what people do with them, and what the log says of it. */
import { describe, expect, it } from 'vitest';
import type { Severity } from '../../lib/packs/pack.ts';
import { claimsOfReviews } from '../../lib/reviews/claims-of-reviews.ts';
import { isSignatureOf } from '../../lib/reviews/signature.ts';
import { flagOf } from '../helpers/flags.ts';
import { api, call, callFully, useLocalApi } from './local-api.ts';

useLocalApi();

/** Domains of tests have no packs, so that all of a record counts as personal. */
const groups = '[officer read_pii]';
let made = 0;

/** `[entity, score, severity]` of each. */
async function putFlags(domain: string, specs: readonly (readonly [string, number, Severity | null])[]) {
  const flags = specs.map(([entity, score, severity]) => flagOf(made++, { domain, entity, score, severity }));
  await api.flags.putFlags(flags);
  return flags;
}

const list = async (query: string, spec = {}) =>
  (await call(`GET /v1/cases?${query}&pii=true`, { groups, ...spec })).json;

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
    expect(act.counts).toEqual({ act: 3, look: 1, mine: 0, snoozed: 0, decided: 0 });
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

describe('verdicts', () => {
  const decide = (flag: string, version = 1) =>
    call(`POST /v1/flags/${flag}/reviews`, {
      body: { verdict: 'false_positive', reason: 'A salary, as every month', version },
      sub: 'ann',
    });

  it('leave the case open with its next flag on top, close it with the last, and a later flag opens it again', async () => {
    const [first, second] = await putFlags('decided', [
      ['A1', 0.9, 'high'],
      ['A1', 0.6, null],
    ]);
    const [{ id }] = (await list('domain=decided')).items;
    await call(`POST /v1/cases/${id}/claim`, { body: {}, sub: 'ann' });
    await decide(first!.flag);
    expect((await list('domain=decided&view=look')).items).toMatchObject([
      {
        id,
        score: 0.6,
        severity: null,
        rules: [],
        flags: { open: 1, total: 2 },
        top_flag: { id: second!.flag },
      },
    ]);
    await decide(second!.flag);
    await decide(second!.flag, 2);
    const closed = await list('domain=decided&view=decided');
    expect(closed.items).toMatchObject([{ id, status: 'closed', hold: null, flags: { open: 0, total: 2 } }]);
    expect(closed.counts).toEqual({ act: 0, look: 0, mine: 0, snoozed: 0, decided: 1 });
    expect((await call(`POST /v1/cases/${id}/claim`, { body: {} })).status).toBe(409);
    await putFlags('decided', [['A1', 0.7, 'medium']]);
    expect((await list('domain=decided')).items).toMatchObject([
      {
        id,
        status: 'open',
        opening: 2,
        closed_at: null,
        flags: { open: 1, total: 3 },
        rules: ['rule-medium'],
      },
    ]);
  });
});

describe('verdicts on several flags', () => {
  const review = (id: string, flags: readonly { flag: string; version: number }[], body = {}, sub = 'ann') =>
    call(`POST /v1/cases/${id}/reviews`, {
      body: {
        flags: flags.map(({ flag, version }) => ({ id: flag, version })),
        ...{ verdict: 'false_positive', reason: 'A salary, as every month', ...body },
      },
      sub,
    });
  const three = (domain: string) =>
    putFlags(domain, [
      ['A1', 0.9, 'high'],
      ['A1', 0.8, null],
      ['A1', 0.7, 'low'],
    ]);

  it('are one write: all flags, one entry in the log found by each record, an event each', async () => {
    const flags = await three('bulk');
    const [{ id }] = (await list('domain=bulk')).items;
    const { status, json } = await review(id, flags.slice(0, 2));
    expect([status, json]).toMatchObject([
      201,
      {
        review: `${flags[0]!.flag}-1`,
        flags: flags.slice(0, 2).map(({ flag }) => ({ id: flag, status: 'false_positive', version: 2 })),
        case: { id, flags: { open: 1, total: 3 }, top_flag: { id: flags[2]!.flag } },
      },
    ]);
    for (const { record_id, flag } of flags.slice(0, 2)) {
      const entry = (await api.audit.about(record_id))[0]!.entry;
      expect(entry).toMatchObject({
        event: 'case_reviewed',
        actor: 'ann',
        data: { verdict: 'false_positive' },
      });
      expect(JSON.stringify(entry.data)).toContain(flag);
    }
    const written = (await api.audit.lines('bulk')).filter(({ line }) => line.includes('case_reviewed'));
    expect(written).toHaveLength(1);
    const { history } = (await call(`GET /v1/cases/${id}`)).json;
    expect(history).toMatchObject([
      { act: 'review', reason: 'A salary, as every month', flags: flags.slice(0, 2).map(({ flag }) => flag) },
    ]);
  });

  it('are all refused where one flag has changed, and say which, by whom', async () => {
    const flags = await three('stale');
    const [{ id }] = (await list('domain=stale')).items;
    await call(`POST /v1/flags/${flags[1]!.flag}/reviews`, {
      body: { verdict: 'true_positive', reason: 'Not explained', version: 1 },
      ...{ sub: 'ben', name: 'Ben Lee' },
    });
    const { status, json } = await review(id, flags);
    expect([status, json.errors]).toEqual([
      409,
      [
        {
          at: '/flags/1',
          detail: expect.stringMatching(/changed by Ben Lee \(ben\) at .*: it is at version 2, not 1/),
        },
      ],
    ]);
    expect((await call(`GET /v1/flags/${flags[0]!.flag}`)).json).toMatchObject({
      status: 'open',
      version: 1,
    });
    const [other] = await putFlags('stale', [['A2', 0.5, null]]);
    expect((await review(id, [other!])).json.errors).toMatchObject([
      { detail: expect.stringContaining('not one of this case') },
    ]);
    expect((await review(id, [flags[0]!, flags[0]!])).status).toBe(422);
  });

  it('are withdrawn by who gave them, and leave their flags, the case and labels as before', async () => {
    const flags = await three('undo');
    const [{ id }] = (await list('domain=undo')).items;
    const { json: made } = await review(id, flags);
    expect(made.case).toMatchObject({ status: 'closed' });
    const withdraw = (sub: string) => call(`POST /v1/reviews/${made.review}/withdraw`, { body: {}, sub });
    expect((await withdraw('ben')).status).toBe(403);
    expect(await withdraw('ann')).toMatchObject({
      status: 200,
      json: {
        case: { status: 'open', opening: 1, flags: { open: 3, total: 3 }, top_flag: { id: flags[0]!.flag } },
      },
    });
    expect((await withdraw('ann')).status).toBe(403);
    const { json } = await call(`GET /v1/flags/${flags[2]!.flag}`);
    expect(json).toMatchObject({
      status: 'open',
      version: 3,
      reviews: [{ withdrawn_at: expect.any(String) }],
    });
    const stored = await api.reviews.reviewedSince('undo', '2000');
    expect(claimsOfReviews(stored, '2100-01-01T00:00:00.000Z')).toEqual([]);
    expect(
      (
        await review(
          id,
          flags.map(({ flag }) => ({ flag, version: 3 })),
        )
      ).json.case.status,
    ).toBe('closed');
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

describe('the review policy of pharma', () => {
  const body = (n: number) => ({ verdict: 'true_positive', reason_code: 'procedure', version: n });
  const signature = { meaning: 'review' };
  const now = () => Math.floor(Date.now() / 1_000);
  const review = (flag: string, sent: object, person: { sub: string; name: string; authTime?: number }) =>
    callFully(`POST /v1/flags/${flag}/reviews`, { body: sent, groups: '[officer:pharma]', ...person });

  it('asks for a signature by a fresh sign-in, and binds it to the record', async () => {
    const [flag] = await putFlags('pharma', [['B1', 0.9, 'high']]);
    const ann = { sub: 'ann', name: 'Ann Lee' };
    expect(await review(flag!.flag, body(1), ann)).toMatchObject({
      statusCode: 422,
      json: { errors: [{ at: '/signature' }] },
    });
    for (const authTime of [undefined, now() - 3_600]) {
      const stale = await review(
        flag!.flag,
        { ...body(1), signature },
        { ...ann, ...(authTime && { authTime }) },
      );
      expect(stale.statusCode).toBe(401);
      expect(stale.headers!['www-authenticate']).toMatch(
        /error="insufficient_user_authentication".*max_age="300"/,
      );
    }
    const signed = await review(flag!.flag, { ...body(1), signature }, { ...ann, authTime: now() - 60 });
    expect(signed.json.review).toMatchObject({
      ...{ reason: 'The procedure was not followed', reason_code: 'procedure' },
      signature: { name: 'Ann Lee', meaning: 'review' },
    });
    const entry = (await api.audit.about(flag!.record_id))[0]!.entry;
    expect(entry.data).toMatchObject({ signature: { name: 'Ann Lee', meaning: 'review' } });
    const [made] = await api.reviews.reviewsOf(flag!.flag);
    expect(isSignatureOf(flag!, made!, String(entry.data.signed))).toBe(true);
    expect(isSignatureOf(flagOf(9_999), made!, String(entry.data.signed))).toBe(false);
    const { json } = await call(`GET /v1/flags/${flag!.flag}`);
    expect(json.reviews[0].signature).toMatchObject({ name: 'Ann Lee', hash: entry.data.signed });
  });

  it('closes a critical flag by two people only', async () => {
    const [flag] = await putFlags('pharma', [['B2', 0.9, 'critical']]);
    const by = (sub: string, sent: object) =>
      review(flag!.flag, { ...sent, signature }, { sub, name: `${sub} Lee`, authTime: now() });
    expect((await by('ann', body(1))).json).toMatchObject({
      status: 'open',
      version: 2,
      review: { unconfirmed: true },
    });
    expect((await call(`GET /v1/flags/${flag!.flag}`)).json.pending).toMatchObject({
      by: 'ann',
      verdict: 'true_positive',
    });
    expect(claimsOfReviews(await api.reviews.reviewsOf(flag!.flag), '2100-01-01T00:00:00.000Z')).toEqual([]);
    expect((await by('ann', body(2))).statusCode).toBe(403);
    const next = (sub: string) =>
      call('POST /v1/cases/next', { body: { domain: 'pharma' }, groups: '[officer:pharma]', sub });
    expect((await next('ann')).json.case?.top_flag.id).not.toBe(flag!.flag);
    const offered = (await next('cleo')).json.case;
    expect(offered.top_flag.id).toBe(flag!.flag);
    await call(`POST /v1/cases/${offered.id}/release`, {
      ...{ body: {}, groups: '[officer:pharma]', sub: 'cleo' },
    });
    expect(
      (await by('ben', { ...body(2), verdict: 'false_positive', reason_code: 'data_error' })).json.status,
    ).toBe('open');
    expect(
      (await by('ann', { ...body(3), verdict: 'false_positive', reason_code: 'data_error' })).json,
    ).toMatchObject({
      ...{ status: 'false_positive', version: 4, review: { unconfirmed: false } },
    });
    expect((await call(`GET /v1/flags/${flag!.flag}`)).json.pending).toBeNull();
  });

  it('takes a listed reason of the verdict or a written one, and nothing else', async () => {
    const [flag] = await putFlags('finance', [['F1', 0.9, 'high']]);
    const sent = (more: object) =>
      call(`POST /v1/flags/${flag!.flag}/reviews`, {
        body: { verdict: 'true_positive', version: 1, ...more },
      });
    expect(await sent({})).toMatchObject({ status: 422, json: { errors: [{ at: '/reason' }] } });
    expect((await sent({ reason_code: 'usual_for_customer' })).json.errors).toMatchObject([
      { at: '/reason_code', detail: expect.stringContaining('expected structuring, ') },
    ]);
    expect((await sent({ reason_code: 'structuring' })).status).toBe(201);
    const { json } = await call('GET /v1/review-rules?domain=finance');
    expect(json.reasons.true_positive[0].code).toBe('structuring');
  });
});

describe('counts of verdicts', () => {
  it('are by rule and by reason, of flags that are decided', async () => {
    const [one, other] = await putFlags('finance', [
      ['C1', 0.9, 'medium'],
      ['C2', 0.8, 'medium'],
    ]);
    for (const [flag, reason_code] of [
      [one, 'own_accounts'],
      [other, 'own_accounts'],
    ] as const)
      await call(`POST /v1/flags/${flag!.flag}/reviews`, {
        body: { verdict: 'false_positive', reason_code, version: 1 },
      });
    const { json } = await call('GET /v1/review-counts?domain=finance');
    expect(json.rules).toContainEqual({
      ...{ rule: 'rule-medium', true_positive: 0, false_positive: 2, inconclusive: 0 },
      reasons: [{ reason_code: 'own_accounts', count: 2 }],
    });
    expect(json.reasons).toContainEqual({ verdict: 'false_positive', reason_code: 'own_accounts', count: 2 });
    // No more than 400 days are counted, and the answer says since when.
    const long = await call('GET /v1/review-counts?domain=finance&from=2001-01-01');
    expect([long.status, long.json.flags]).toEqual([200, json.flags]);
    expect(Date.now() - Date.parse(long.json.from)).toBeLessThan(402 * 86_400_000);
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
