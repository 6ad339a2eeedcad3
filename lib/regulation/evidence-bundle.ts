/** What shows that a control is served: the control, the part, and the cited tests with the hash of their file and how they ended. */
import type { Control } from './mapping.ts';
import { type RanTest, resultsOf, type TestResults } from './test-results.ts';

const STATEMENT =
  'Assay is designed to support these controls. Whether a deployment meets a regulation is for its operator to show.';

export interface TestEvidence {
  readonly file: string;
  readonly title: string;
  /** Of the file's bytes. */
  readonly sha256: string;
  /** Of all that ran under the title; null: no results were given. */
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'not run' | null;
  readonly ran: readonly RanTest[];
}

export interface EvidenceBundle {
  readonly format: 'assay-evidence/1';
  readonly statement: string;
  /** The version of Assay. */
  readonly version: string;
  readonly results: { readonly sha256: string; readonly started_at: string; readonly tests: number } | null;
  readonly controls: readonly (Omit<Control, 'tests'> & { readonly tests: readonly TestEvidence[] })[];
}

export interface EvidenceSources {
  readonly version: string;
  /** sha256 of each cited file. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly results: { readonly sha256: string; readonly read: TestResults } | null;
}

export function evidenceBundle(controls: readonly Control[], sources: EvidenceSources): EvidenceBundle {
  const { version, hashes, results } = sources;
  return {
    format: 'assay-evidence/1',
    statement: STATEMENT,
    version,
    results:
      results === null
        ? null
        : { sha256: results.sha256, started_at: results.read.startedAt, tests: results.read.total },
    controls: controls.map((control) => ({
      ...control,
      tests: control.tests.map((test): TestEvidence => {
        const ran = results === null ? [] : resultsOf(results.read, test);
        return {
          ...test,
          sha256: hashes.get(test.file)!,
          outcome: results === null ? null : outcomeOf(ran),
          ran,
        };
      }),
    })),
  };
}

/** Cited tests that did not pass, where results were given. */
export function unprovenTests({ controls }: EvidenceBundle): string[] {
  const found = controls.flatMap(({ id, tests }) =>
    tests
      .filter(({ outcome }) => outcome !== null && outcome !== 'passed')
      .map(({ file, title, outcome }) => `${id}: ${outcome}: ${file} › ${title}`),
  );
  return [...new Set(found)];
}

function outcomeOf(ran: readonly RanTest[]): TestEvidence['outcome'] {
  if (ran.length === 0) return 'not run';
  if (ran.some(({ status }) => status === 'failed')) return 'failed';
  return ran.every(({ status }) => status === 'passed') ? 'passed' : 'skipped';
}
