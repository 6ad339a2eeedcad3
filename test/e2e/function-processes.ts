/** The functions of the local engine as its operating system sees them, found by name among the processes. Linux only: reads /proc. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Kills every worker of the function; how many there were. */
export function killFunction(name: string): number {
  return each(name, (pid) => process.kill(pid, 'SIGKILL')).length;
}

/** From here on `peakBytes` counts anew. */
export function forgetPeak(name: string): void {
  each(name, (pid) => writeFileSync(`/proc/${pid}/clear_refs`, '5'));
}

/** The most memory that a worker of the function held at once; 0: it has none. */
export function peakBytes(name: string): number {
  const peaks = each(name, (pid) => {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(kilobytes![1]) * 1024;
  });
  return Math.max(0, ...peaks);
}

function each<Result>(name: string, act: (pid: number) => Result): Result[] {
  const isIt = new RegExp(`AWS_LAMBDA_FUNCTION_NAME=[^\\0]*Functions${name}Function`);
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        return isIt.test(readFileSync(`/proc/${pid}/environ`, 'utf8')) ? [act(Number(pid))] : [];
      } catch {
        // A process that ended meanwhile, or someone else's.
        return [];
      }
    });
}
