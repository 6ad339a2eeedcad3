import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Explanation } from '../../lib/decisions/explanation.ts';
import { callApi, dropFile, flags, follow, type Role, resultOf } from './deployed-stack.ts';

type Row = Readonly<Record<string, string>>;

interface Answer {
  readonly results: readonly { readonly status: string; readonly explanation: Explanation | null }[];
  readonly recorded: { readonly drop: string; readonly flags: { readonly new: number } } | null;
}

const samples = join(import.meta.dirname, '..', '..', 'samples');
const rows = new Map<string, Row>();
let explained: string[];

/** The sample's cells hold neither quotes nor commas. */
async function readRows(path: string): Promise<void> {
  const [header, ...lines] = (await readFile(path, 'utf8')).trimEnd().split('\n');
  const names = header!.split(',');
  for (const line of lines.filter((text) => !text.includes('"'))) {
    const cells = line.split(',').map((cell, at) => [names[at]!, cell] as const);
    const row = Object.fromEntries(cells.filter(([, cell]) => cell !== ''));
    rows.set(row.transaction_id!, row);
  }
}

async function scoreOnline(records: readonly Row[], record = false, role: Role = 'officer'): Promise<Answer> {
  const { status, body } = await callApi(role, 'POST', '/v1/score', { domain: 'finance', records, record });
  expect({ status, body }).toMatchObject({ status: 200 });
  return body as Answer;
}

/** The labelled sample's last records, which the windows of the new ones reach into: enough for two partitions. */
async function past(records: number): Promise<Buffer> {
  const file = gunzipSync(await readFile(join(samples, 'finance', 'labelled.csv.gz'))).toString();
  const [header, ...lines] = file.trimEnd().split('\n');
  return gzipSync([header, ...lines.slice(-records), ''].join('\n'));
}

beforeAll(async () => {
  const earlier = await follow(await dropFile('finance', 'api-past.csv.gz', await past(25_000)));
  expect(earlier).toMatchObject({ state: 'done', progress: { of: 2 }, summary: { rejected: 0 } });
  const drop = await follow(await dropFile('finance', 'api.csv', join(samples, 'finance', 'new.csv')));
  explained = (await resultOf(drop, 'explanations.jsonl')).trimEnd().split('\n');
  await readRows(join(samples, 'finance', 'new.csv'));
});

describe('scoring online', () => {
  test('gives a record the score and the reasons that it has in a drop, window history included', async () => {
    const wanted = explained
      .map((line) => JSON.parse(line) as Explanation)
      .filter(({ record_id }) => rows.has(record_id));
    expect(wanted.length).toBeGreaterThan(20);
    for (const explanation of wanted.slice(0, 10)) {
      const answer = await scoreOnline([rows.get(explanation.record_id)!]);
      expect(answer.results[0]!.explanation).toEqual(explanation);
    }
    const together = await scoreOnline(wanted.map(({ record_id }) => rows.get(record_id)!));
    expect(together.results.map((result) => result.explanation)).toEqual(wanted);
  });

  test('takes 1,000 records, and rejects what is wrong with each in words', async () => {
    const thousand = [...rows.values()].slice(0, 999);
    const answer = await scoreOnline([
      ...thousand,
      { ...thousand[0]!, transaction_id: 'odd', amount: 'much' },
    ]);
    expect(answer.results).toHaveLength(1_000);
    expect(answer.results[999]).toEqual({
      status: 'rejected',
      column: 'amount',
      reason: 'expected decimal(18,2), found "much"',
    });
    const tooMany = await callApi('officer', 'POST', '/v1/score', {
      domain: 'finance',
      records: Array.from({ length: 1_001 }, () => thousand[0]),
    });
    expect(tooMany.status).toBe(422);
  });

  test('keeps the decision where it is asked to: the flag is there, and the record is past for the next', async () => {
    // By a rule that flags whatever the score: of the same payment once more, the model may think less.
    const flagged = explained
      .map((line) => JSON.parse(line) as Explanation)
      .filter(({ record_id }) => rows.has(record_id))
      .find(({ rules }) => rules.some(({ severity }) => severity === 'high' || severity === 'critical'));
    const like = { ...rows.get(flagged!.record_id)!, transaction_id: `online-${Date.now()}` };
    const first = await scoreOnline([like], true);
    expect(first.recorded).toMatchObject({ flags: { new: 1 } });
    const again = await scoreOnline([like], true);
    expect(again.recorded).toMatchObject({ drop: first.recorded!.drop, flags: { new: 0 } });
    const { status, body } = await callApi('viewer', 'GET', `/v1/drops/${first.recorded!.drop}`);
    expect({ status, body }).toMatchObject({ status: 200, body: { state: 'done', summary: { scored: 1 } } });
    const { decision_id } = first.results[0]!.explanation!;
    expect((await flags.get(decision_id))?.drop).toBe(first.recorded!.drop);
  });
});

describe('who may what', () => {
  const record = { transaction_id: 'r' };
  const asked = [
    ['GET', '/v1/drops', undefined],
    ['GET', '/v1/flags?domain=finance&limit=2', undefined],
    ['GET', '/v1/models', undefined],
    ['POST', '/v1/score', { domain: 'finance', records: [record] }],
    ['POST', '/v1/drops', { domain: 'finance', name: 'up.csv' }],
  ] as const;
  const may: Readonly<Record<Role, readonly boolean[]>> = {
    viewer: [true, true, true, false, false],
    officer: [true, true, true, true, true],
    approver: [true, true, true, false, false],
    admin: [true, true, true, true, true],
  };

  test.each(Object.entries(may))('%s', async (role, allowed) => {
    for (const [at, [method, path, body]] of asked.entries()) {
      const { status, body: answer } = await callApi(role, method, path, body);
      expect([method, path, status < 300]).toEqual([method, path, allowed[at]]);
      if (!allowed[at]) {
        expect(status).toBe(403);
        expect(answer).toMatchObject({ status: 403, title: expect.any(String), detail: expect.any(String) });
      }
    }
  });

  test('no one without a token gets past the door; what is open to all is open', async () => {
    for (const [method, path, body] of asked)
      expect((await callApi(null, method, path, body)).status).toBe(401);
    expect((await callApi(null, 'GET', '/v1/health')).status).toBe(200);
    const document = await callApi(null, 'GET', '/openapi.json');
    expect(document.body).toMatchObject({ openapi: expect.stringMatching(/^3\.1/) });
  });
});

test('flags come sorted by priority, a page at a time, none twice and none left out', async () => {
  const seen: string[] = [];
  const ranks: number[] = [];
  let cursor = '';
  do {
    const { body } = await callApi(
      'viewer',
      'GET',
      `/v1/flags?domain=finance&status=open&limit=100${cursor}`,
    );
    const page = body as {
      flags?: unknown;
      items?: readonly { flag: string; severityRank: number; score: number }[];
      next: string | null;
    };
    for (const { flag, severityRank, score } of page.items ?? []) {
      seen.push(flag);
      ranks.push(severityRank + score);
    }
    cursor = page.next === null ? '' : `&cursor=${encodeURIComponent(page.next)}`;
  } while (cursor !== '');
  expect(new Set(seen).size).toBe(seen.length);
  expect(ranks).toEqual(ranks.toSorted((a, b) => b - a));
  expect(seen.length).toBeGreaterThan(300);
});
