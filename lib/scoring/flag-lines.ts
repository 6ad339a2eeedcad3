/**
 * Flags as they pass from the explaining to the writing: each with its line of explanations.jsonl and, for a sample of them,
 * what the beeswarm is drawn from. Between machines they travel as JSONL, one file a partition, each in order of `seq`;
 * merged by that order they are the drop's.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Explanation } from '../decisions/explanation.ts';
import { explanationLine } from '../decisions/explanation-line.ts';
import { type Explained, type ExplainSettings, explainFlags } from './explain-flags.ts';
import { inBlocks } from './in-blocks.ts';
import { mergeBySeq } from './merge-lines.ts';

/** Flags whose inputs the report's beeswarm is drawn from. */
export const beeswarmSize = 400;

export interface FlagLine {
  readonly seq: number;
  /** base + Σ contributions = score. */
  readonly additive: boolean;
  readonly explanation: Explanation;
  /** The explanation as it is stored, without line end. */
  readonly line: string;
  /** Of a sample: the model's inputs, and what each did to the score. */
  readonly inputs: SampledInputs | null;
}

export interface SampledInputs {
  readonly values: ArrayLike<number>;
  readonly contributions: ArrayLike<number>;
}

/** About `sampleSize` of them, evenly spread, keep their inputs. */
export async function* explainedLines(
  explained: Explained,
  settings: ExplainSettings,
  sampleSize: number,
): AsyncGenerator<FlagLine> {
  const total = sampleSize === 0 ? 0 : await explained.decisions.count(explained.where ?? 'flagged');
  const every = Math.max(1, Math.ceil(total / Math.max(1, sampleSize)));
  let count = 0;
  for await (const { seq, additive, explanation, values, contributions } of explainFlags(
    explained,
    settings,
  )) {
    const inputs = sampleSize > 0 && count++ % every === 0 ? { values, contributions } : null;
    yield { seq, additive, explanation, line: explanationLine(explanation), inputs };
  }
}

/** NaN, a missing input, is null in JSON. */
interface StoredFlagLine extends Pick<FlagLine, 'seq' | 'additive' | 'line'> {
  readonly inputs: { readonly values: readonly (number | null)[]; readonly contributions: number[] } | null;
}

/** Writes the lines to a file and gives their number. */
export async function storeFlagLines(lines: AsyncIterable<FlagLine>, path: string): Promise<number> {
  let count = 0;
  async function* stored(): AsyncGenerator<string> {
    for await (const { seq, additive, line, inputs } of lines) {
      count++;
      const sampled = inputs && {
        values: Array.from(inputs.values),
        contributions: Array.from(inputs.contributions),
      };
      yield `${JSON.stringify({ seq, additive, line, inputs: sampled })}\n`;
    }
  }
  await pipeline(Readable.from(inBlocks(stored())), createWriteStream(path));
  return count;
}

/** The lines of all files, in order of `seq`. */
export function mergeFlagLines(paths: readonly string[]): AsyncGenerator<FlagLine> {
  return mergeBySeq(paths.map(readFlagLines));
}

async function* readFlagLines(path: string): AsyncGenerator<FlagLine> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  for await (const text of lines) {
    const { seq, additive, line, inputs } = JSON.parse(text) as StoredFlagLine;
    const explanation = JSON.parse(line) as Explanation;
    const values = inputs?.values.map((value) => value ?? Number.NaN);
    yield {
      seq,
      additive,
      line,
      explanation,
      inputs: inputs && { values: values!, contributions: inputs.contributions },
    };
  }
}
