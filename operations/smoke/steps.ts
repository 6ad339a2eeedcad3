/** The steps of the smoke test: each is run, and ends as shown, not shown by this engine, or failed. */

export type Result = 'shown' | 'not shown by this engine' | 'failed';

export interface Outcome {
  readonly step: string;
  readonly result: Result;
  readonly detail: string;
}

export interface Step {
  readonly name: string;
  /** What was seen; throws an `Unseen` where AWS alone can show it, and any other error where the step failed. */
  readonly run: () => Promise<string>;
  /** Without it the rest shows nothing. */
  readonly isEssential?: boolean;
}

/** What only AWS does did not happen: no fault of Assay on an engine that does not emulate it, a failure on AWS. */
export class Unseen extends Error {
  override readonly name = 'Unseen';
}

export interface SmokeSettings {
  /** Whether this is an engine that speaks AWS, and not AWS. */
  readonly isEmulated: boolean;
  readonly say: (text: string) => void;
}

/** All steps in turn, and `last` after them whatever became of them. */
export async function runSteps(
  steps: readonly Step[],
  last: Step,
  { isEmulated, say }: SmokeSettings,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const run = async ({ name, run: work }: Step): Promise<Outcome> => {
    say(`${name} …`);
    const outcome = await outcomeOf(name, work, isEmulated);
    outcomes.push(outcome);
    say(formatOutcome(outcome));
    return outcome;
  };
  for (const step of steps) {
    const { result } = await run(step);
    if (result === 'failed' && step.isEssential === true) break;
  }
  await run(last);
  return outcomes;
}

async function outcomeOf(step: string, work: () => Promise<string>, isEmulated: boolean): Promise<Outcome> {
  try {
    return { step, result: 'shown', detail: await work() };
  } catch (error) {
    const result = error instanceof Unseen && isEmulated ? 'not shown by this engine' : 'failed';
    return { step, result, detail: (error as Error).message };
  }
}

export const formatOutcome = ({ step, result, detail }: Outcome): string => `${step}: ${result}: ${detail}`;

/** 0 where no step failed. */
export const exitCodeOf = (outcomes: readonly Outcome[]): number =>
  outcomes.some(({ result }) => result === 'failed') ? 1 : 0;

/** What `look` finds, asked again until it is something; null: it was nothing until the end. */
export async function waitFor<Found>(
  look: () => Promise<Found | null>,
  patienceMs: number,
  everyMs = 1000,
): Promise<Found | null> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() > end) return null;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
