/** The words of a command line held against the real program, which does nothing of what they ask for. */
import type { Command } from 'commander';
import { buildProgram, checkOptions } from '../../lib/cli/build-program.ts';

/** Throws what the command line would print of bad usage. A word of `…` stands for more: then only what is there must be known. */
export async function parseCommand(words: readonly string[]): Promise<Command> {
  const argv = words.filter((word) => word !== '…' && word !== '[…]');
  const program = await buildProgram(argv);
  checkOptions(program, argv);
  const command = namedCommand(program, argv);
  if (command === program) throw new Error(`no command in "assay ${argv.join(' ')}"`);
  if (argv.length < words.length) return command;
  command.action(() => {});
  await program.parseAsync([...argv], { from: 'user' });
  return command;
}

/** The same where the text names a command and some of its options, not a whole command line. */
export async function parseMention(words: readonly string[]): Promise<void> {
  await parseCommand([...words, '…']);
}

function namedCommand(program: Command, words: readonly string[]): Command {
  let command = program;
  for (const word of words) {
    const child = command.commands.find((one) => one.name() === word);
    if (child === undefined) break;
    command = child;
  }
  return command;
}
