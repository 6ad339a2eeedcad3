import { onInterrupt } from './interrupts.ts';
import { openProgress, type TerminalProgress } from './terminal-progress.ts';

/** Does work that shows its progress on stderr; the terminal is left clean however it ends. */
export async function withProgress<Result>(
  quiet: boolean | undefined,
  work: (progress: TerminalProgress) => Promise<Result>,
): Promise<Result> {
  const progress = openProgress(process.stderr, quiet === true);
  const release = onInterrupt(() => progress.abandon());
  try {
    const result = await work(progress);
    progress.finish();
    return result;
  } catch (error) {
    progress.abandon();
    throw error;
  } finally {
    release();
  }
}
