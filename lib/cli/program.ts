/**
 * The command line: what every command shares. Results go to stdout or files, progress and complaints to stderr;
 * exit codes are 0 done, 1 failed, 2 bad usage, 3 done but most records were rejected.
 */
import { CommanderError } from 'commander';
import { buildProgram, checkOptions } from './build-program.ts';
import { takeExitCode, VerdictError } from './exit-code.ts';
import { classifyError } from './user-facing-error.ts';

/** Runs one command line; resolves to its exit code and never throws for anything a person did. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  try {
    const program = await buildProgram(argv);
    checkOptions(program, argv);
    takeExitCode();
    await program.parseAsync([...argv], { from: 'user' });
    return takeExitCode();
  } catch (error) {
    return printError(error, argv.includes('--json'));
  }
}

function printError(error: unknown, json: boolean): number {
  if (error instanceof CommanderError && (error.exitCode === 0 || error.code === 'commander.help')) {
    return error.exitCode === 0 ? 0 : 2;
  }
  const { kind, message } = classifyError(error);
  const help = kind === 'usage' ? ' (assay --help)' : '';
  process.stderr.write(json ? `${JSON.stringify({ error: message })}\n` : `assay: ${message}${help}\n`);
  if (kind === 'defect' && process.env.ASSAY_DEBUG !== undefined)
    process.stderr.write(`${(error as Error)?.stack}\n`);
  if (error instanceof VerdictError) return error.exitCode;
  return kind === 'usage' ? 2 : 1;
}
