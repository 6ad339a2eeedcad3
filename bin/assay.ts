#!/usr/bin/env node
/** The command line: `assay --help`. */
import { runCommandLine } from '../lib/commands/program.ts';

process.exitCode = await runCommandLine(process.argv.slice(2));
