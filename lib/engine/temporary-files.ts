/** What must not outlast the process: records lie in temporary files as plain text. Removed by the one who made it, or on an interrupt. */
import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';

const present = new Set<string>();

/** From now on it is removed should the process be interrupted. */
export function holdTemporary(path: string): string {
  present.add(path);
  return path;
}

/** Removes a file or folder, which the end of the process then need not do. */
export async function removeTemporary(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
  present.delete(path);
}

/** At once, for a process that is about to end. */
export function removeAllTemporary(): void {
  for (const path of present) rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  present.clear();
}
