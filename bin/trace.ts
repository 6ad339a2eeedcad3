/**
 * Stack traces of deployed functions in terms of the sources: `node bin/trace.ts < log.txt`, in a checkout of the version that is
 * deployed. The bundles are built again, byte for byte, for their source maps.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { bundleFunctions } from '../lib/stack/bundle.ts';
import { resolveTrace } from '../lib/stack/resolve-trace.ts';
import { root } from '../operations/places.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-trace-'));
try {
  const code = await bundleFunctions(root, join(folder, 'functions'));
  process.stdout.write(resolveTrace(await text(process.stdin), code));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
