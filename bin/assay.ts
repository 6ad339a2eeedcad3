#!/usr/bin/env node
/** The command line: `assay --help`. */
import { endCleanly } from '../lib/cli/interrupts.ts';
import { runCommandLine } from '../lib/cli/program.ts';
import { sweepTemporaryFolders } from '../lib/engine/temporary-folder.ts';

// Anyone who reads may have enough before the end: `assay flags | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

/** No run takes longer. */
const WEEK_MS = 7 * 24 * 3_600_000;

endCleanly();
const now = Date.now();
sweepTemporaryFolders({ now, startedAt: now - process.uptime() * 1000, unseenAfter: WEEK_MS });
process.exitCode = await runCommandLine(process.argv.slice(2));
