/**
 * A folder in which the commands of a page are run as a reader would run them: `assay` in this process, what a shell brings in bash.
 *
 * What cannot run here is held against the command line instead: commands of a deployed stack (those that take `--stage`, unless they
 * name a run or a folder), commands with `…` for what is left out, and whatever reads what one of these would have written, or a file
 * that the page does not make.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Ran, runAssayHere } from '../helpers/command-line.ts';
import { assayWords, type Command, splitWords } from './commands.ts';
import { parseCommand } from './parse-command.ts';

/** What any system brings on which Assay runs. */
const SHELL = ['cat', 'head', 'tail', 'sed', 'tr', 'grep', 'sha256sum', 'python3'];

export interface Outcome {
  readonly way: 'run' | 'parsed';
  readonly ran: Ran | null;
}

export class PageFolder {
  readonly path: string;
  /** What the page reads and nothing here has made. */
  readonly #missing: Set<string>;
  readonly #shipped: string;

  /** `missing`: files that the reader is to have. `shipped`: the model that training on the finance sample gives. */
  constructor(
    path: string,
    { missing, shipped }: { readonly missing: readonly string[]; readonly shipped: string },
  ) {
    this.path = path;
    this.#missing = new Set(missing);
    this.#shipped = shipped;
  }

  /** Null: not a command of Assay or a shell. The current folder must be this one, or one in it. */
  async run(command: Command): Promise<Outcome | null> {
    const parts = splitWords(command.line);
    const argv = assayWords(parts[0]!);
    if (argv !== null && parts.length === 1) return await this.#assay(argv, parts[0]!);
    if (parts[0]![0] === 'cd' && parts.length === 1) {
      process.chdir(parts[0]![1]!);
      return { way: 'run', ran: { code: 0, stdout: '', stderr: '' } };
    }
    if (!parts.every(([program]) => SHELL.includes(program!))) return null;
    const { status, stdout, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', command.line], {
      encoding: 'utf8',
    });
    return { way: 'run', ran: { code: status ?? -1, stdout, stderr } };
  }

  async #assay(argv: readonly string[], all: readonly string[]): Promise<Outcome> {
    const parsed = await parseCommand(argv);
    const given: Readonly<Record<string, unknown>> = parsed.opts();
    if (argv.includes('…') || needsStack(parsed, given) || argv.some((word) => this.#isMissing(word))) {
      const redirection = all.findIndex((word) => word.startsWith('>'));
      const written = [given.out, redirection < 0 ? undefined : all[redirection + 1]];
      for (const name of written) if (typeof name === 'string' && !existsSync(name)) this.#missing.add(name);
      return { way: 'parsed', ran: null };
    }
    const { out } = given;
    if (typeof out === 'string') {
      // The folder has links into the repository.
      if (!/^[\w-][\w.-]*$/.test(out))
        throw new Error(`--out ${out}: a page writes into its own folder only`);
      this.#missing.delete(out);
      // A block shows alternatives: each would find the folder of the one before.
      await rm(out, { recursive: true, force: true });
    }
    // That training makes the shipped model, byte for byte, is tested in test/training/model-quality.test.ts.
    if (argv[0] === 'train' && given.domain === 'finance') {
      await cp(this.#shipped, String(out), { recursive: true });
      return { way: 'parsed', ran: null };
    }
    return { way: 'run', ran: await runAssayHere(...argv) };
  }

  #isMissing(word: string): boolean {
    return this.#missing.has(word.split('/')[0]!);
  }

  /** Brings a file or folder of another page. */
  async take(from: string, name: string, as = name): Promise<void> {
    const target = join(this.path, as);
    if (!existsSync(join(from, name))) throw new Error(`${from} has no ${name}`);
    await cp(join(from, name), target, { recursive: true });
  }
}

function needsStack(
  { options }: { readonly options: readonly { readonly long?: string | null | undefined }[] },
  given: Readonly<Record<string, unknown>>,
): boolean {
  const atStack = options.some(({ long }) => long === '--stage');
  return atStack && given.run === undefined && given.folder === undefined;
}
