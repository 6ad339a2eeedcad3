/** Ctrl-C and its like: the terminal is put right and temporary files are removed before the process ends by the same signal. */
import { removeAllTemporary } from '../engine/temporary-files.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const cleanups = new Set<() => void>();

/** Called when the process is interrupted; the result takes it off again. */
export function onInterrupt(cleanup: () => void): () => void {
  cleanups.add(cleanup);
  return () => cleanups.delete(cleanup);
}

/** From here on Ctrl-C removes temporary files before the process ends, and says that nothing was finished. */
export function endCleanly(): void {
  for (const signal of SIGNALS) {
    process.once(signal, () => {
      for (const cleanup of cleanups) cleanup();
      removeAllTemporary();
      process.stderr.write('assay: interrupted; nothing was finished\n');
      // With no listener left, the signal ends the process, and the shell sees by what.
      process.kill(process.pid, signal);
    });
  }
}
