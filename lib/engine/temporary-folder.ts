/**
 * Folders for files of one piece of work. Each is named by the process that made it, since a process that Lambda kills leaves its
 * folders on a disk that the next process of the same function gets.
 */
import { readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NAME = /^assay-[a-z]+-(?:s(\d+)-)?(\d+)-[^/]+$/;

/** Where the numbers of processes are a container's own, which; empty where all see the same. */
const SPACE = processSpace();
const OWNER = SPACE === '' ? `${process.pid}` : `s${SPACE}-${process.pid}`;

/** A new folder; the caller removes it. */
export async function temporaryFolder(use: 'session' | 'work' | 'model' | 'acts'): Promise<string> {
  return await mkdtemp(join(tmpdir(), `assay-${use}-${OWNER}-`));
}

/** One for as long as the process runs; not there yet. */
export function processFolder(use: 'history'): string {
  return join(tmpdir(), `assay-${use}-${OWNER}-files`);
}

export interface SweepOptions {
  /** In milliseconds since 1970. */
  readonly now: number;
  /** When this process began: one before may have had the same number. */
  readonly startedAt: number;
  /**
   * How old a folder of a process that cannot be seen from here must be, in milliseconds: containers that share a disk do not see
   * each other's processes. Longer than such a process lives.
   */
  readonly unseenAfter: number;
}

/** Removes the folders of processes that are no more. */
export function sweepTemporaryFolders({ now, startedAt, unseenAfter }: SweepOptions): void {
  for (const name of readdirSync(tmpdir())) {
    const owner = NAME.exec(name);
    if (owner === null) continue;
    const [, space = '', pid] = owner;
    const folder = join(tmpdir(), name);
    // A machine may have several users, and what is another's is not for this one to remove.
    if (statSync(folder, { throwIfNoEntry: false })?.uid !== process.getuid?.()) continue;
    const isLeft =
      space !== SPACE
        ? madeAt(folder) < now - unseenAfter
        : Number(pid) === process.pid
          ? madeAt(folder) < startedAt
          : !isRunning(Number(pid));
    if (isLeft) rmSync(folder, { recursive: true, force: true });
  }
}

/** Linux numbers the spaces in which processes are numbered. */
function processSpace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '';
  } catch {
    return '';
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
