/**
 * Everywhere that a text can be read in a folder: bytes as they are, what a base64 field or a gzip holds, and the values of Parquet
 * files. Names of files count too.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';

/** How often each text is readable, by `<text> in <file>`; without those that are not. */
export async function findReadable(
  folders: readonly string[],
  texts: readonly string[],
): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const folder of folders) {
    for (const file of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const path = join(file.parentPath, file.name);
      for (const content of [file.name, ...(await contentsOf(path))])
        for (const text of texts) {
          const count = content.split(text).length - 1;
          if (count > 0) found[`${text} in ${path}`] = (found[`${text} in ${path}`] ?? 0) + count;
        }
    }
  }
  return found;
}

async function contentsOf(path: string): Promise<string[]> {
  const bytes = await readFile(path);
  const texts = opened(bytes);
  if (path.endsWith('.parquet')) texts.push(...decoded(await parquetText(path)));
  return texts;
}

/** As it stands, unpacked, and in the encodings that a text may be hidden by. */
function opened(bytes: Buffer): string[] {
  const inside: Buffer[] = [];
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) inside.push(gunzipSync(bytes));
  if (bytes.length > 4 && bytes.readUInt32LE(0) === 0xfd2fb528) inside.push(zstdDecompressSync(bytes));
  return [bytes, ...inside].flatMap((one) => [...decoded(one.toString('latin1')), one.toString('utf16le')]);
}

function decoded(text: string): string[] {
  const fields = text.match(/[A-Za-z0-9+/_-]{12,}={0,2}/g) ?? [];
  const base64 = fields.map((field) => Buffer.from(field, 'base64').toString('latin1'));
  const hex = (text.match(/(?:[0-9a-f]{2}){6,}/g) ?? []).map((field) =>
    Buffer.from(field, 'hex').toString('latin1'),
  );
  return [text, base64.join('\n'), hex.join('\n')];
}

async function parquetText(path: string): Promise<string> {
  const connection = await (await DuckDBInstance.create()).connect();
  const reader = await connection.runAndReadAll(
    `SELECT * FROM read_parquet('${path.replaceAll("'", "''")}')`,
  );
  return reader
    .getRowsJS()
    .map((row) => row.map(String).join('\n'))
    .join('\n');
}
