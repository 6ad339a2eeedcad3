/** What is changed in modules on their way into a function's bundle. */
import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

const WORKER_URL = /(new URL\(\s*['"]\.\/[a-z-]+-worker)\.ts(['"])/g;

/** Lets a bundled module find its threads: `new URL('./x-worker.ts', …)` of the sources is `./x-worker.js` in the bundle. */
export const rewriteWorkers: Plugin = {
  name: 'rewrite-workers',
  setup(build) {
    build.onLoad({ filter: /[\\/]lib[\\/]forest[\\/].+\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(WORKER_URL, '$1.js$2'),
      loader: 'ts',
    }));
  },
};

/** Zod's messages in 50 languages are 300 kB of each function, and English is the one in use. */
export const dropLocales: Plugin = {
  name: 'drop-locales',
  setup(build) {
    build.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
      loader: 'js',
    }));
  },
};
