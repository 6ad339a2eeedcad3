#!/usr/bin/env node
/** The command line: `assay --help`. */
import { runCommandLine } from '../lib/commands/program.ts';

// Whoever reads may have enough before the end: `assay flags | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await runCommandLine(process.argv.slice(2));
