/** Lets a bundled module find its threads: `new URL('./x-worker.ts', …)` of the sources is `./x-worker.js` in the bundle. */
import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

const WORKER_URL = /(new URL\(\s*['"]\.\/[a-z-]+-worker)\.ts(['"])/g;

export const rewriteWorkers: Plugin = {
  name: 'rewrite-workers',
  setup(build) {
    build.onLoad({ filter: /[\\/]lib[\\/]forest[\\/][a-z-]+\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(WORKER_URL, '$1.js$2'),
      loader: 'ts',
    }));
  },
};
