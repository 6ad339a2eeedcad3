/**
 * Folders for files of one piece of work. Each is named by the process that made it, since a process that Lambda kills leaves its
 * folders on a disk that the next process of the same function gets.
 */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NAME = /^assay-[a-z]+-(\d+)-[^/]+$/;

/** A new folder; the caller removes it. */
export async function temporaryFolder(use: 'session' | 'work' | 'model' | 'acts'): Promise<string> {
  return await mkdtemp(join(tmpdir(), `assay-${use}-${process.pid}-`));
}

/** One for as long as the process runs; not there yet. */
export function processFolder(use: 'history'): string {
  return join(tmpdir(), `assay-${use}-${process.pid}-files`);
}

/**
 * Removes the folders of processes that are no more. `startedAt` is when this one began, in milliseconds since 1970: the one
 * before may have had the same number.
 */
export function sweepTemporaryFolders(startedAt: number): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(NAME.exec(name)?.[1]);
    if (Number.isNaN(pid)) continue;
    const folder = join(tmpdir(), name);
    // A machine may have several users, and what is another's is not for this one to remove.
    if (statSync(folder, { throwIfNoEntry: false })?.uid !== process.getuid?.()) continue;
    const isLeft = pid === process.pid ? madeAt(folder) < startedAt : !isRunning(pid);
    if (isLeft) rmSync(folder, { recursive: true, force: true });
  }
}

function madeAt(folder: string): number {
  return statSync(folder, { throwIfNoEntry: false })?.birthtimeMs ?? 0;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Someone else's process.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
