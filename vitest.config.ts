import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { StackOrder } from './test/helpers/stack-order.ts';

/** Many tests start the command line, and compiling its modules is half of what a start takes. */
const NODE_COMPILE_CACHE = fileURLToPath(new URL('node_modules/.cache/node-compile', import.meta.url));
/** DuckDB and ONNX Runtime are native: one process per file keeps a crash where it happened. */
const native = {
  pool: 'forks',
  testTimeout: 120_000,
  hookTimeout: 120_000,
  // CDK holds each template against rules that only warn: loading them takes seconds, and no one reads the warnings.
  env: { NODE_COMPILE_CACHE, CDK_VALIDATION: 'false' },
  // Node runs TypeScript itself: loading the modules of a test file costs half of what Vite's runner takes.
  experimental: { viteModuleRunner: false },
  // A heap that is large from the start is not marked again and again: a tenth of the processor time.
  execArgv: ['--min-semi-space-size=32', '--initial-old-space-size=800'] as string[],
  setupFiles: './test/helpers/compile-cache.ts',
} as const;

const NO_UNIT = ['test/stack/**', 'test/**/*.e2e.test.ts', 'test/**/*.recorded.test.ts'];
/** They mock a module or set what it reads as it is loaded; a process that ran other files has loaded it already. */
const MOCKING = globSync('test/**/*.test.ts', { cwd: import.meta.dirname, exclude: NO_UNIT }).filter((file) =>
  /\bvi\.(?:mock|doMock|hoisted)\(/.test(readFileSync(join(import.meta.dirname, file), 'utf8')),
);

export default defineConfig({
  test: {
    // One less than there are by default, which on two processors leaves one idle.
    maxWorkers: '100%',
    reporters: ['default', './test/helpers/closing-line-reporter.ts'],
    sequence: { sequencer: StackOrder },
    // One after another; `npm test` runs those of the stack beside the others (test/run.ts).
    projects: [
      {
        test: {
          ...native,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...NO_UNIT, ...MOCKING],
          // Modules are loaded, and compiled to fast code, once for many files.
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: { ...native, name: 'mocking', include: MOCKING, sequence: { groupOrder: 1 } },
      },
      {
        test: {
          ...native,
          name: 'template',
          include: ['test/stack/*.test.ts'],
          exclude: ['test/**/*.e2e.test.ts'],
          // A template takes seconds to make: a process makes each once.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...native,
          name: 'store',
          include: ['test/**/*.e2e.test.ts'],
          exclude: ['test/e2e/**', 'test/aws/**'],
          globalSetup: ['./test/helpers/start-local-aws.ts'],
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...native,
          name: 'adapters',
          include: ['test/aws/**/*.e2e.test.ts'],
          globalSetup: ['./test/helpers/start-local-aws.ts'],
          // No function among them, which would read its environment once for all.
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...native,
          name: 'stack',
          include: ['test/e2e/**/*.e2e.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          globalSetup: ['./test/helpers/start-local-aws.ts', './test/helpers/deploy-stack.ts'],
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          ...native,
          name: 'recorded',
          include: ['test/**/*.recorded.test.ts'],
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
