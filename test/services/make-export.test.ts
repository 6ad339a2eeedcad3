/** An export that two make at the same time: the act vouches for the file that is given. */
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { AuditAct } from '../../lib/audit/audit-entry.ts';
import type { ExportJob } from '../../lib/dossier/export-job.ts';
import { type ExportDeps, makeExport } from '../../lib/services/make-export.ts';
import { unzip } from '../helpers/unzip.ts';

const none = async () => ({ items: [], next: null });
const subjects = {
  stack: {
    models: { champion: async () => ({ pack: { domain: 'finance', record: { entity: 'account' } } }) },
    drops: { list: none },
    flags: { query: none, getAll: async () => [] },
    acts: async () => ({ live: null }),
  },
  learning: {
    cases: { get: async () => null },
    reviews: { reviewedSince: async () => [] },
    blind: { list: none },
    labels: { list: none },
  },
} as unknown as ExportDeps['subjects'];

test('is the one that the act was written for, even where another is uploaded after it', async () => {
  const files = new Map<string, Buffer>();
  const request = { kind: 'subject', subject: 'AC-7', basis: 'request 1' } as const;
  let done: { readonly file: string; readonly act: AuditAct } | undefined;
  const [isDone, end] = ((all) => [all.promise, all.resolve])(Promise.withResolvers<void>());
  /** One of the two that uploads only once the other is done. */
  const maker = (at: string, before: Promise<void> | null): ExportDeps =>
    ({
      exports: {
        begin: async () => ({ domain: 'finance', request, by: 'ann' }) as unknown as ExportJob,
        doneWrite: (_: string, made: { readonly file: string }) => made,
      },
      ...{ dossiers: {}, subjects, version: '1', now: () => new Date(at) },
      data: {
        upload: async (path: string, key: string) => {
          await before;
          files.set(key, await readFile(path));
        },
      },
      audit: {
        appendWith: async (_: string, [act]: AuditAct[], [made]: { readonly file: string }[]) => {
          if (done !== undefined) return false;
          done = { file: made!.file, act: act! };
          end();
          return true;
        },
      },
    }) as unknown as ExportDeps;
  const outcomes = await Promise.all([
    makeExport(maker('2026-03-01T00:00:00.000Z', isDone), 'e-1'),
    makeExport(maker('2026-03-02T00:00:00.000Z', null), 'e-1'),
  ]);
  expect(outcomes).toEqual([null, 'done']);
  const { exported_at } = JSON.parse(String(unzip(files.get(done!.file)!).get('subject.json')));
  expect([exported_at, done!.act.at]).toEqual(['2026-03-02T00:00:00.000Z', '2026-03-02T00:00:00.000Z']);
  expect(new Set([...files.values()].map((bytes) => hash('sha256', bytes))).size).toBe(2);
});
