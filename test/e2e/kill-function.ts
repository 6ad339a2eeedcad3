/** A function of the local engine, killed as an operating system kills: found by its name among the processes. */
import { readdirSync, readFileSync } from 'node:fs';

/** Kills every worker of the function; how many there were. Linux only: it reads /proc. */
export function killFunction(name: string): number {
  let killed = 0;
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
      if (!new RegExp(`AWS_LAMBDA_FUNCTION_NAME=[^\\0]*Functions${name}Function`).test(environment)) continue;
      process.kill(Number(pid), 'SIGKILL');
      killed++;
    } catch {
      // A process that ended meanwhile, or somebody else's.
    }
  }
  return killed;
}
