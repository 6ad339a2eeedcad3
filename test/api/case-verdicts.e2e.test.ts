/** Verdicts on cases over the API: on one flag or several, withdrawn, signed, by two people, counted. */
import { describe, expect, it } from 'vitest';
import { claimsOfReviews } from '../../lib/reviews/claims-of-reviews.ts';
import { isSignatureOf } from '../../lib/reviews/signature.ts';
import { flagOf } from '../helpers/flags.ts';
import { api, call, callFully, heardOf, useLocalApi } from './local-api.ts';
import { list, putFlags } from './local-cases.ts';

useLocalApi();

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
    expect(closed.counts).toEqual({ act: 0, look: 0, mine: 0, mentioned: 0, snoozed: 0, decided: 1 });
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

  it('are on as many as a case is read with', async () => {
    await putFlags('hundred', Array<[string, number, 'high']>(100).fill(['A1', 0.9, 'high']));
    const [{ id }] = (await list('domain=hundred')).items;
    const read = (await call(`GET /v1/cases/${id}?flags=100`)).json;
    expect([read.flag_list.length, read.more_flags]).toEqual([100, false]);
    expect((await review(id, read.flag_list)).json.case).toMatchObject({ status: 'closed' });
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

describe('people whom a note speaks to', () => {
  const ben = { groups: '[officer:mentions]', sub: 'ben', name: 'Ben Roth' };
  const mentioned = async (person: typeof ben) =>
    (await call('GET /v1/cases?domain=mentions&view=mentioned', person)).json;

  it('find the case among their mentions until they are done with it, and others hear that they are to be notified', async () => {
    const flags = await putFlags('mentions', [
      ['A1', 0.9, 'high'],
      ['A1', 0.8, 'high'],
    ]);
    for (const [groups, sub, name] of [
      ['[officer:mentions]', 'ben', 'Ben Roth'],
      ['[viewer:mentions]', 'amy', 'Amy Pond'],
      ['[inspector]', 'ines', 'Ines Pohl'],
      ['[officer:finance]', 'zoe', 'Zoe Orr'],
    ] as const)
      await call('GET /v1/me', { groups, sub, name });
    const { json: people } = await call('GET /v1/people/mentions', ben);
    expect(people.items).toEqual([
      { person: 'amy', person_name: 'Amy Pond' },
      { person: 'ben', person_name: 'Ben Roth' },
    ]);
    const [{ id }] = (await list('domain=mentions')).items;
    const review = (mentions: readonly string[], flag = flags[0]!) =>
      call(`POST /v1/cases/${id}/reviews`, {
        body: {
          flags: [{ id: flag.flag, version: 1 }],
          ...{ verdict: 'false_positive', reason: '@Ben Roth, as you said', mentions },
        },
        ...{ sub: 'ann', name: 'Ann Lee' },
      });
    // Of another domain, or one that only looks on: no one is notified.
    for (const stranger of ['zoe', 'ines', 'nobody']) {
      const { status, json } = await review(['ben', stranger]);
      expect([status, json.errors]).toEqual([
        422,
        [
          {
            at: '/mentions/1',
            detail: 'is no one who reads in mentions: GET /v1/people/mentions lists them',
          },
        ],
      ]);
    }
    expect((await mentioned(ben)).items).toEqual([]);
    expect((await review(['ben', 'ben'])).status).toBe(201);
    expect(await heardOf('PersonMentioned')).toMatchObject({ domain: 'mentions', case: id, person: 'ben' });
    expect(await mentioned(ben)).toMatchObject({ items: [{ id }], counts: { mentioned: 1 } });
    const { json: seen } = await call(`GET /v1/cases/${id}`, ben);
    expect(seen.mention).toMatchObject({ by: 'ann', by_name: 'Ann Lee' });
    const said = seen.flag_list.flatMap(({ reviews }: { reviews: { mentions: object[] }[] }) => reviews);
    expect(said.map(({ mentions }: { mentions: object[] }) => mentions)).toEqual([
      [{ person: 'ben', person_name: 'Ben Roth' }],
    ]);
    // What is said after that was read stays, and the case is there once.
    await call(`POST /v1/cases/${id}/escalate`, {
      body: { reason: '@Ben Roth please look', mentions: ['ben'] },
      sub: 'cy',
    });
    const done = (at: string) => call(`POST /v1/cases/${id}/mention/done`, { ...ben, body: { at } });
    expect((await done(seen.mention.at)).status).toBe(409);
    const { items } = await mentioned(ben);
    expect(items).toMatchObject([{ id }]);
    const { json: later } = await call(`GET /v1/cases/${id}`, ben);
    expect(later.mention.by).toBe('cy');
    expect((await done(later.mention.at)).json).toEqual({ case: id, done: true });
    expect((await done(later.mention.at)).json).toEqual({ case: id, done: false });
    expect(await mentioned(ben)).toMatchObject({ items: [], counts: { mentioned: 0 } });
    expect((await call(`GET /v1/cases/${id}`, ben)).json.mention).toBe(null);
    // The last first, page by page.
    await putFlags('mentions', [['B2', 0.1, 'low']]);
    const [{ id: second }] = (await list('domain=mentions&q=B2')).items;
    const body = { reason: '@Ben Roth once more', mentions: ['ben'] };
    for (const path of [`${second}/escalate`, `${id}/reopen`])
      expect((await call(`POST /v1/cases/${path}`, { body, sub: 'cy' })).status).toBe(200);
    const page = (cursor = '') =>
      call(`GET /v1/cases?domain=mentions&view=mentioned&limit=1${cursor}`, ben).then(({ json }) => json);
    const top = await page();
    const rest = await page(`&cursor=${top.next}`);
    expect([top, rest].map((one) => one.items[0].id)).toEqual([id, second]);
    expect(rest.next).toBe(null);
  });
});
