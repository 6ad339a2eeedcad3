import fc from 'fast-check';
import { beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';

vi.hoisted(() => {
  // The log goes to the console that a test can listen to, and metrics have their names.
  process.env.POWERTOOLS_DEV = 'true';
  process.env.POWERTOOLS_METRICS_NAMESPACE = 'Assay';
  process.env.POWERTOOLS_METRICS_DISABLED = 'false';
  process.env.POWERTOOLS_SERVICE_NAME = 'assay';
});

import { Session } from '../../lib/engine/session.ts';
import { InputError } from '../../lib/errors.ts';
import { errorFields, log, powertoolsLogger } from '../../lib/observe/logger.ts';
import { countRows, measureScoring } from '../../lib/observe/metrics.ts';
import { observe } from '../../lib/observe/observe.ts';
import { safeError, safeText } from '../../lib/observe/safe-error.ts';
import { loadPack } from '../../lib/packs/load-pack.ts';
import { lambdaContext } from '../helpers/api-event.ts';

const secret = 'Jane Q. Doe';
let spies: MockInstance[];
beforeEach(() => {
  vi.restoreAllMocks();
  spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation(() => {}),
  );
});

function written(): string {
  return spies.flatMap((spy) => spy.mock.calls.map((call) => call.map(String).join(' '))).join('\n');
}

/** A record with a secret in each column that a shipped pack marks as personal. */
async function personalRecord(): Promise<Record<string, string>> {
  const packs = await Promise.all(['finance', 'pharma'].map((name) => loadPack(name)));
  const columns = packs.flatMap((pack) => pack.columns.filter((column) => column.pii));
  expect(columns.length).toBeGreaterThan(0);
  return Object.fromEntries(columns.map((column) => [column.name, secret]));
}

describe('personal data', () => {
  it('reaches no log, under whatever name a record is logged', async () => {
    const record = await personalRecord();
    powertoolsLogger.info('a record', record);
    powertoolsLogger.info('a record', { record, event: record, data: JSON.stringify(record), drop: record });
    powertoolsLogger.appendKeys({ ...record, record });
    powertoolsLogger.error('with keys that stay', { domain: 'finance' });
    powertoolsLogger.resetKeys();
    log.info('typed', { domain: 'finance', ...record } as never);
    expect(written()).toContain('"domain": "finance"');
    expect(written()).not.toContain('Jane');
  });

  it('reaches no log by the errors of DuckDB, JSON and our own intake', async () => {
    const session = await Session.open();
    const thrown: unknown[] = [];
    const attempts: (() => unknown)[] = [
      () => session.run(`SELECT CAST('${secret}' AS DOUBLE)`),
      () => session.run(`SELECT CAST('${secret}' AS TIMESTAMP)`),
      () => session.run(`SELECT strptime('${secret}', '%Y-%m-%d')`),
      () => session.run(`SELECT "${secret}" FROM range(1)`),
      () => JSON.parse(`{"name": "${secret}", ${secret}}`),
      () => JSON.parse(secret),
      () => {
        throw new InputError(`payments.csv, line 3, customer_name: found "${secret}", expected nothing`);
      },
      () => {
        throw new Error(`CSV Error on Line: 3\nOriginal Line: 1,${secret},2`);
      },
    ];
    for (const attempt of attempts) {
      try {
        await attempt();
      } catch (error) {
        thrown.push(error);
      }
    }
    await session.close();
    expect(thrown).toHaveLength(attempts.length);
    expect(thrown.map(String).join()).toContain('Jane');
    for (const error of thrown) {
      log.error('not done', errorFields(error));
      powertoolsLogger.error('not done', error as Error);
      powertoolsLogger.error('not done', { error: error as Error });
      const fail = observe(async () => Promise.reject(error));
      const rethrown = await fail({}, lambdaContext()).catch((one: unknown) => one as Error);
      expect(`${rethrown} ${(rethrown as Error).stack} ${JSON.stringify(rethrown)}`).not.toContain('Jane');
      expect((rethrown as Error).name).toBe((error as Error).name);
    }
    expect(written()).toContain('"error_name": "InputError"');
    expect(written()).toContain('payments.csv, line 3, customer_name: found …, expected nothing');
    expect(written()).not.toContain('Jane');
  });

  it('reaches no metric: names, dimensions and values are all known beforehand', () => {
    countRows('finance', { received: 5, scored: 4, rejected: 1, flagged: 2, unexplained: 0 });
    measureScoring('finance', 12.5);
    const lines = spies.flatMap((spy) => spy.mock.calls).map(([line]) => JSON.parse(String(line)));
    expect(lines).toHaveLength(4);
    const [overall, byDomain] = lines;
    expect(overall._aws.CloudWatchMetrics[0].Dimensions).toEqual([['service']]);
    expect(byDomain._aws.CloudWatchMetrics[0].Dimensions).toEqual([['service', 'domain']]);
    expect(Object.keys(overall).filter((key) => key !== '_aws')).toEqual([
      ...['service', 'RowsReceived', 'RowsScored', 'RowsRejected', 'RowsFlagged', 'RowsUnexplained'],
    ]);
    expect(byDomain).toMatchObject({ service: 'assay', domain: 'finance', RowsScored: 4, RowsFlagged: 2 });
  });
});

describe('safeText', () => {
  it('lets nothing through that stood between quotation marks', () => {
    const mark = fc.constantFrom('"', "'", '`', '“', '”', '«', '’');
    const word = fc.stringMatching(/^[a-z ]{0,12}$/);
    fc.assert(
      fc.property(word, mark, word, mark, word, (before, open, inner, close, after) => {
        const reported = safeText(`${before}${open}SECRET ${inner}${close}${after}`);
        expect(reported).not.toContain('SECRET');
        expect(reported).toBe(`${before}…${after}`);
      }),
    );
  });

  it('cuts to the end where a quotation was never closed, and at the first line end', () => {
    expect(safeText('found "Jane Doe" and "Jane')).toBe('found …');
    expect(safeText('found\nJane')).toBe('found');
    expect(safeText('nothing quoted')).toBe('nothing quoted');
    expect(safeText('x'.repeat(1_000))).toHaveLength(300);
  });
});

describe('safeError', () => {
  it('says name, message and where it was thrown', () => {
    const reported = safeError(new TypeError('it is not so'));
    expect(reported).toMatchObject({ name: 'TypeError', message: 'it is not so' });
    expect(reported.at).toMatch(/^observe\/personal-data\.test\.ts:\d+:\d+$/);
  });

  it('says nothing of what is thrown and is no error', () => {
    expect(safeError('Jane').message).not.toContain('Jane');
    expect(safeError({ message: 'Jane' }).message).not.toContain('Jane');
  });
});
