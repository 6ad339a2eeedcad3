/** The tests that mutants are tried against (`npm run mutation`): those of the mutated rooms, without a stack. */
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Folders of test/, separated by commas: fewer of them make a run on a few files short. */
const rooms =
  process.env.MUTATION_TESTS ?? 'decisions,audit,models,registry,scoring,intake,retraining,evaluation';

/** A mutant is done with as soon as a test fails: the files that took the least last time come first. */
class FastestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const tookMs = ({ project, moduleId }: TestSpecification): number => {
      const path = moduleId.slice(project.config.root.length + 1);
      return this.ctx.cache.getFileTestResults(`${project.name}:${path}`)?.duration ?? 0;
    };
    return files.toSorted((one, other) => tookMs(one) - tookMs(other));
  }
}

export default defineConfig({
  test: {
    include: rooms.split(',').map((room) => `test/${room}/**/*.test.ts`),
    exclude: ['test/**/*.e2e.test.ts', 'test/evaluation/interval-coverage.test.ts'],
    // With a runner of mutants a test is all its mutants, which have a time of their own.
    ...(process.env.MUTANT_OUTCOMES === undefined
      ? { testTimeout: 60_000 }
      : { testTimeout: 0, runner: './test/mutation/mutant-runner.ts' }),
    hookTimeout: 60_000,
    sequence: { sequencer: FastestFirst },
    // As in vitest.config.ts: Node loads what it runs, and once for all files of a mutant.
    isolate: false,
    experimental: { viteModuleRunner: false },
  },
});
