import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSample } from '../../samples/generators/write-sample.ts';

describe('writeSample', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assay-sample-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  function* lines(count: number) {
    for (let i = 0; i < count; i++) yield { cells: `${i},x`, label: String(i % 2) };
  }
  const header = 'id,text,label';

  it('writes the header and a line a record, the label last', async () => {
    const path = join(folder, 'labelled.csv');
    expect(await writeSample({ path, header, labelled: true }, lines(2))).toEqual({ records: 2 });
    expect(await readFile(path, 'utf8')).toBe('id,text,label\n0,x,0\n1,x,1\n');
  });

  it('leaves the label empty in an unlabelled file, its column being there', async () => {
    const path = join(folder, 'new.csv');
    await writeSample({ path, header, labelled: false }, lines(2));
    expect(await readFile(path, 'utf8')).toBe('id,text,label\n0,x,\n1,x,\n');
  });

  it('loses and repeats nothing at the edges of its chunks, and says how far it is', async () => {
    const path = join(folder, 'long.csv');
    const reported: number[] = [];
    await writeSample(
      { path, header, labelled: true, onProgress: (done) => reported.push(done) },
      lines(4001),
    );
    const written = (await readFile(path, 'utf8')).trimEnd().split('\n').slice(1);
    expect(written).toEqual([...lines(4001)].map(({ cells, label }) => `${cells},${label}`));
    expect(reported).toEqual([2000, 4000]);
  });

  it('compresses a file whose name ends in .gz', async () => {
    const path = join(folder, 'small.csv.gz');
    await writeSample({ path, header, labelled: true }, lines(1));
    expect(gunzipSync(await readFile(path)).toString()).toBe('id,text,label\n0,x,0\n');
  });
});
