/** JSON as it stands in the repository: in the form that Biome's check asks for. */
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './places.ts';

/** Throws an Error where Biome does not take it. */
export function formatJson(value: unknown): string {
  const biome = join(root, 'node_modules/.bin/biome');
  const { status, stdout, stderr } = spawnSync(biome, ['format', '--stdin-file-path=any.json'], {
    cwd: root,
    encoding: 'utf8',
    input: JSON.stringify(value, null, 2),
  });
  if (status !== 0) throw new Error(`biome format ended with ${status}: ${stderr}`);
  return stdout;
}

export async function writeJson(file: URL, value: unknown): Promise<void> {
  await writeFile(file, formatJson(value));
}
