/**
 * How long work reports its progress: a stage by name, then its share done. The core reports through this and knows
 * no terminal; the command line draws it.
 */
export interface Progress {
  /** A new stage begins; the one before it is over. */
  stage(name: string): void;
  /** How much of the stage is done, 0 to 1. */
  share(done: number): void;
}

export const noProgress: Progress = { stage: () => {}, share: () => {} };
