import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { zipFolder } from '../../lib/services/zip-folder.ts';
import { unzip } from '../../lib/tasks/unzip.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-unzip-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function archive(files: Readonly<Record<string, string>>): Promise<Buffer> {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, 'in', name, '..'), { recursive: true });
    writeFileSync(join(folder, 'in', name), text);
  }
  await zipFolder(join(folder, 'in'), join(folder, 'packed.zip'));
  return readFileSync(join(folder, 'packed.zip'));
}

test('files come out as they went in', async () => {
  const files = { 'app/functions/plan.js': 'x'.repeat(100_000), 'a b/ü.txt': 'kept', empty: '' };
  unzip(await archive(files), join(folder, 'out'));
  const found = Object.keys(files).map((name) => [name, readFileSync(join(folder, 'out', name), 'utf8')]);
  expect(Object.fromEntries(found)).toEqual(files);
  expect(statSync(join(folder, 'out', 'empty')).mode & 0o111).toBe(0);
});

test('what may be run stays so', async () => {
  const packed = await archive({ 'bin/tool': '#!/bin/sh' });
  packed.writeUInt32LE((0o100755 << 16) >>> 0, packed.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1')) + 38);
  unzip(packed, join(folder, 'out'));
  expect(statSync(join(folder, 'out', 'bin/tool')).mode & 0o111).not.toBe(0);
});

test('an entry that would lie elsewhere is refused', async () => {
  const packed = await archive({ 'aa/bb': 'x' });
  for (let at = packed.indexOf('aa/bb'); at >= 0; at = packed.indexOf('aa/bb', at + 1))
    packed.write('../bb', at);
  expect(() => unzip(packed, join(folder, 'out'))).toThrow("the archive's entry ../bb lies outside of it");
});

test('an entry of which a byte changed is refused', async () => {
  const packed = await archive({ 'bin/tool': '' });
  // The checksum that the directory has of it.
  const at = packed.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1')) + 16;
  packed.writeUInt32LE((packed.readUInt32LE(at) ^ 1) >>> 0, at);
  expect(() => unzip(packed, join(folder, 'out'))).toThrow(
    "the archive's entry bin/tool is not what was packed",
  );
});

test('what is no archive is said to be none', () => {
  expect(() => unzip(Buffer.from('<Error>AccessDenied</Error>'), folder)).toThrow(
    'expected a ZIP archive, found 27 bytes without its end record',
  );
});
