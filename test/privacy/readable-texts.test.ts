/** The search that erasure is shown by finds each way in which a store may hold a text, or it shows nothing. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { zipFolder } from '../../lib/services/zip-folder.ts';
import { findReadings } from '../helpers/readable-texts.ts';

const text = 'Zoë "Ångström" GmbH';
const id = 'AC000381';
const random = Buffer.from(Array.from({ length: 90 }, (_, at) => (at * 89 + 7) % 256));

async function howRead(bytes: Buffer, wanted = text): Promise<string[]> {
  return (await findReadings([{ where: 'here', bytes }], [wanted])).map(({ as }) => as);
}

const utf8 = (content: string) => Buffer.from(content);

describe('a text is found', () => {
  test.each<[string, Buffer]>([
    ['plain', utf8(`a,${text},b`)],
    ['plain', utf8(`a,${text.toLowerCase()},b`)],
    ['plain', Buffer.from(`a,${text},b`, 'latin1')],
    ['UTF-16', Buffer.from(`x${text}`, 'utf16le')],
    ['UTF-16', Buffer.from(`x${text}`, 'utf16le').swap16()],
    ['JSON', utf8(JSON.stringify({ name: text }))],
    ['JSON', utf8('{"name":"Zo\\u00eb \\"\\u00C5ngstr\\u00F6m\\" GmbH"}')],
    ['JSON', utf8(JSON.stringify(JSON.stringify({ name: text })))],
    ['URL', utf8(`/v1/x?name=${encodeURIComponent(text)}`)],
    ['hex', utf8(`0a${utf8(text).toString('hex')}ff`)],
    ['hex', utf8(utf8(text).toString('hex').toUpperCase())],
    ...[0, 1, 2].flatMap((before): [string, Buffer][] => [
      [
        'base64',
        utf8(`"${Buffer.concat([random.subarray(0, before), utf8(`${text}!`)]).toString('base64')}"`),
      ],
    ]),
    ['plain in gzip', gzipSync(text)],
    ['plain in gzip', Buffer.concat([random, gzipSync(text), random])],
    ['plain in zstd', zstdCompressSync(text)],
    ['plain in zstd', Buffer.concat([zstdCompressSync('first'), zstdCompressSync(text)])],
    ['plain in zlib', Buffer.concat([utf8('1 0 obj stream\n'), deflateSync(text), utf8('\nendstream')])],
    ['plain in gzip in base64', utf8(`{"body":"${gzipSync(text).toString('base64')}"}`)],
    ['plain in zstd in hex', utf8(zstdCompressSync(text).toString('hex'))],
    ['base64 in base64', utf8(utf8(utf8(`<${text}>`).toString('base64')).toString('base64'))],
    ['JSON in gzip in gzip', gzipSync(gzipSync(JSON.stringify([text])))],
  ])('%s', async (as, bytes) => {
    expect(await howRead(bytes)).toContain(as);
  });

  test('base64url', async () => {
    const wanted = 'a??>>~~ü??>';
    const field = Buffer.concat([Buffer.from([0xff]), utf8(wanted), random]).toString('base64url');
    expect(await howRead(utf8(`x.${field}.y`), wanted)).toEqual(['base64url']);
  });

  test('in a field of megabytes, packed', async () => {
    // Random bytes, which do not pack: the field stays as long.
    const long = Buffer.concat([randomBytes(12_000_000), utf8(text)]);
    const field = gzipSync(long, { level: 1 }).toString('base64');
    expect(await howRead(utf8(`{"code":"${field}"}`))).toContain('plain in gzip in base64');
  });

  test('in a name', async () => {
    expect(await findReadings([{ where: `drops/finance/${id}.csv`, bytes: random }], [id])).toEqual([
      { text: id, where: `drops/finance/${id}.csv`, as: 'plain in name' },
    ]);
  });

  test('in a file of a ZIP', async () => {
    expect(deflateRawSync(text).includes(text)).toBe(false);
    const folder = await mkdtemp(join(tmpdir(), 'readable-'));
    try {
      await writeFile(join(folder, 'one.txt'), `${text}\n`.repeat(20));
      const path = `${folder}.zip`;
      await zipFolder(folder, path);
      expect(await howRead(await readFile(path))).toContain('plain in ZIP');
      await rm(path);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('in a value of a Parquet file, however it is packed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'readable-'));
    const session = await Session.open();
    try {
      const path = join(folder, 'one.parquet');
      // Long and alike: in the clear nowhere in the file.
      await session.run(
        `COPY (SELECT '${id}' || n AS one, [{'inner': '${text}' || n}] AS two, encode('${id}-raw') AS three FROM range(5000) AS numbers(n)) TO '${path}' (FORMAT parquet, COMPRESSION zstd)`,
      );
      const bytes = await readFile(path);
      expect(await howRead(bytes)).toContain('plain in Parquet');
      expect(await howRead(bytes, `${id}4321`)).toContain('plain in Parquet');
      expect(await howRead(bytes, `${id}-raw`)).toContain('plain in Parquet');
      expect(await howRead(utf8(bytes.toString('base64')))).toContain('plain in Parquet in base64');
    } finally {
      await session.close();
      await rm(folder, { recursive: true });
    }
  });
});

test('what is not there is not found, in bytes of every kind', async () => {
  const bytes = Buffer.concat([
    gzipSync('AC000382'),
    utf8('AC00038 1'),
    random,
    utf8(random.toString('base64')),
  ]);
  expect(await howRead(bytes, id)).toEqual([]);
});
