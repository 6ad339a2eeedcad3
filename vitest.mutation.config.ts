/** The tests that mutants are tried against (`npm run mutation`): those of the mutated rooms, without a stack. */
import { defineConfig } from 'vitest/config';

/** Folders of test/, separated by commas: fewer of them make a run on a few files short. */
const rooms =
  process.env.MUTATION_TESTS ?? 'decisions,audit,models,registry,scoring,intake,retraining,evaluation';

export default defineConfig({
  test: {
    include: rooms.split(',').map((room) => `test/${room}/**/*.test.ts`),
    exclude: ['test/**/*.e2e.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
