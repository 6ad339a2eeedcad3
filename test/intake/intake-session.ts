/** A session and a folder of files for one test file, and the tables that intake makes as plain rows. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { type IntakeOptions, type IntakeResult, readRecords } from '../../lib/intake/read-records.ts';
import type { Pack } from '../../lib/packs/pack.ts';

interface Reject {
  readonly file: number;
  readonly line: number;
  readonly column: string | null;
  readonly reason: string;
  readonly text: string;
}

export interface Intake {
  readonly result: IntakeResult;
  readonly records: Record<string, unknown>[];
  readonly rejects: Reject[];
}

export class IntakeBench {
  session!: Session;
  folder!: string;

  file(name: string, content: string | Uint8Array): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  async read(pack: Pack, paths: string | readonly string[], options: IntakeOptions = {}): Promise<Intake> {
    const inputs = (typeof paths === 'string' ? [paths] : paths).map((path) => ({ path }));
    return this.tables(await readRecords(this.session, pack, inputs, options));
  }

  async tables(result: IntakeResult): Promise<Intake> {
    const plain = (sql: string) =>
      this.session.connection.runAndReadAll(sql).then((reader) => reader.getRowObjectsJson());
    const records = await plain(`SELECT * FROM ${result.records} ORDER BY seq`);
    const rejects = await plain(`SELECT * REPLACE (line::INTEGER AS line) FROM ${result.rejects}`);
    return { result, records, rejects: rejects as unknown as Reject[] };
  }
}

export function intakeBench(): IntakeBench {
  const bench = new IntakeBench();
  beforeAll(async () => {
    bench.session = await Session.open({ threads: 2 });
    bench.folder = mkdtempSync(join(tmpdir(), 'assay-intake-test-'));
  });
  afterAll(async () => {
    await bench.session.close();
    rmSync(bench.folder, { recursive: true, force: true });
  });
  return bench;
}
