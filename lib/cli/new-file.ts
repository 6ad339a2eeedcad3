import { writeFile } from 'node:fs/promises';

/** Fails where there is a file already: its mode would stay, and what it holds would be gone. */
export async function writeNew(path: string, text: string, mode = 0o644): Promise<void> {
  await writeFile(path, text, { flag: 'wx', mode });
}
