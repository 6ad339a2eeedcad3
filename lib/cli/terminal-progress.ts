/** Progress drawn on stderr: a bar a stage on a terminal, one line a stage elsewhere, nothing with `--quiet`. */
import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import type { Progress } from '../progress.ts';

export interface TerminalProgress extends Progress {
  /** Leaves the terminal as a shell expects it. */
  finish(): void;
  /** The same where the work failed: what was not done is not shown as done. */
  abandon(): void;
}

export function openProgress(stream: NodeJS.WriteStream, quiet: boolean): TerminalProgress {
  if (quiet) return { stage: () => {}, share: () => {}, finish: () => {}, abandon: () => {} };
  return stream.isTTY ? drawBars(stream) : writeLines(stream);
}

function drawBars(stream: NodeJS.WriteStream): TerminalProgress {
  const bars = new MultiBar(
    {
      stream,
      format: '{bar} {percentage} % · {stage} · {duration_formatted}',
      barsize: 24,
      hideCursor: true,
      clearOnComplete: false,
      // Its own handling of Ctrl-C would keep the process from ending.
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  let current: SingleBar | undefined;
  const complete = (): void => {
    current?.update(100);
    current?.stop();
  };
  return {
    stage(name) {
      complete();
      current = bars.create(100, 0, { stage: name });
    },
    share: (done) => current?.update(Math.round(done * 100)),
    finish() {
      complete();
      bars.stop();
    },
    abandon: () => bars.stop(),
  };
}

function writeLines(stream: NodeJS.WriteStream): TerminalProgress {
  return {
    stage: (name) => void stream.write(`${name}\n`),
    share: () => {},
    finish: () => {},
    abandon: () => {},
  };
}
