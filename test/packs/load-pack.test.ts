import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkPack } from '../../lib/features/check-pack.ts';
import { loadPack } from '../../lib/packs/load-pack.ts';

describe('loadPack', () => {
  test.each(['finance', 'pharma'])('the shipped pack %s is sound', async (name) => {
    const pack = await loadPack(name);
    await checkPack(pack, name);
    expect(pack.domain).toBe(name);
  });

  test('an unknown name is reported with the shipped ones and the nearest', async () => {
    await expect(loadPack('finanse')).rejects.toThrow(
      'there is no pack finanse: expected a shipped domain (finance, pharma) or the path of a pack (did you mean "finance"?)',
    );
  });

  test('a path is read, keeps its text and a hash of it, and its problems name the file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'assay-pack-'));
    try {
      const file = join(folder, 'loans.yaml');
      const yaml = 'domain: loans\ncolumns: { "2": integer, "1": integer }\nfeatures: { one: 1 }\n';
      await writeFile(file, yaml);
      const pack = await loadPack(file);
      expect(pack).toMatchObject({
        domain: 'loans',
        version: 1,
        title: 'loans',
        source: yaml,
        threshold: { policy: 'max_f1' },
      });
      expect(pack.columns.map(({ name }) => name)).toEqual(['2', '1']);
      expect(pack.hash).toBe(createHash('sha256').update(yaml).digest('hex'));
      await writeFile(file, 'domain: 5\n');
      await expect(loadPack(file)).rejects.toThrow(`${file}:1: domain: found 5, expected text`);
      await expect(loadPack(folder)).rejects.toThrow(`${folder} cannot be read as a pack (EISDIR)`);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
