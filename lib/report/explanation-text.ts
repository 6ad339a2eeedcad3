/** An explanation as lines of text for a terminal: a bar of blocks, a signed number and words for each contribution. */
import type { Explanation } from '../decisions/explanation.ts';
import { listReasons } from '../decisions/reasons.ts';
import { countOf, formatScore, formatSigned } from './format-number.ts';
import { cleanText, shorten } from './html.ts';

export interface TextOptions {
  /** Width of the terminal, in characters. */
  readonly columns?: number;
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const MAX_LINES = 15;
/** Arrow, signed number and the spaces around the bar. */
const FIXED_WIDTH = 11;

/** As the tier of a flag reads. */
export const TIER_WORDS = { act: 'to act on', look: 'to look at' } as const;

/** No line is longer than `columns` (80 by default, never under 40). */
export function renderExplanationText(explanation: Explanation, { columns = 80 }: TextOptions = {}): string {
  const width = Math.max(40, Math.floor(columns));
  const { record_id, score, threshold, base, contributions, rules, standing, covers } = explanation;
  const outcome = `score ${formatScore(score)} ${score >= threshold ? '≥' : '<'} threshold ${formatScore(threshold)}`;
  const id = shorten(record_id, width);
  const head = [...id].length + outcome.length + 2 <= width ? [`${id}  ${outcome}`] : [id, outcome];
  const reasons = listReasons(contributions);
  const shown = reasons.slice(0, reasons.length === MAX_LINES + 1 ? MAX_LINES + 1 : MAX_LINES);
  const rest = reasons.slice(shown.length).reduce((total, { contribution }) => total + contribution, 0);
  const others = reasons.length - shown.length;
  const steps =
    others === 0 ? shown : [...shown, { contribution: rest, words: `${countOf(others, 'other')} together` }];
  const largest = steps.reduce((most, { contribution }) => Math.max(most, Math.abs(contribution)), 0);
  const barWidth = Math.min(24, Math.floor(width / 5));
  const lines = steps.flatMap(({ contribution, words }) => {
    const bar = drawBar(largest > 0 ? Math.abs(contribution) / largest : 0, barWidth);
    const [first, ...further] = wrapWords(words, width - FIXED_WIDTH - barWidth);
    const lead = `${contribution < 0 ? '▼' : '▲'} ${formatSigned(contribution)} ${bar}`;
    return [`${lead}  ${first}`, ...further.map((line) => ' '.repeat(FIXED_WIDTH + barWidth) + line)];
  });
  const hits = rules.flatMap(({ severity, words }) =>
    wrapWords(`rule hit (${severity}): ${words}`, width - 2).map((line, i) => (i === 0 ? line : `  ${line}`)),
  );
  const sum = `${formatScore(base)} start ${formatSigned(score - base)} = ${formatScore(score)}`;
  const expected =
    standing === undefined ? [] : wrapWords(`${TIER_WORDS[standing.tier]}: ${standing.words}`, width);
  const averages =
    covers === undefined
      ? []
      : wrapWords(
          "averages over the training rows: the model's files had no covers of its own library",
          width,
        );
  return [...head, ...expected, '', ...lines, '', sum, ...averages, ...hits]
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

function drawBar(share: number, width: number): string {
  const eighths = Math.round(Math.max(0, Math.min(1, share)) * width * 8);
  return ('█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]!).padEnd(width);
}

/** At most three lines; a word longer than a line is cut. */
function wrapWords(words: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of cleanText(words).trim().split(/ +/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if ([...longer].length <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = shorten(word, width);
  }
  lines.push(line);
  return lines.length <= 3
    ? lines
    : [...lines.slice(0, 2), shorten(`${lines[2]}……`, Math.min(width, [...lines[2]!].length + 1))];
}
