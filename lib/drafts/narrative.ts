/** The story of the flags in sentences, each with its source: what happened, which rules it met, why it stood out, what people said. */
import { raisingReasons } from '../decisions/reasons.ts';
import type { DossierFlag } from '../dossier/dossier.ts';
import { InputError } from '../errors.ts';
import type { DraftSentence } from './draft.ts';

const MAX_REASONS = 3;

export function narrate(flags: readonly DossierFlag[]): DraftSentence[] {
  return flags.flatMap(narrateFlag);
}

function narrateFlag(flag: DossierFlag): DraftSentence[] {
  const { explanation, record_id, entity, time, reviews, entries, run } = flag;
  const flagged = entries.find(({ event }) => event === 'flagged');
  if (flagged === undefined)
    throw new InputError(`flag ${flag.flag}: the dossier has no entry of a log that shows it`);
  const proof = { log: `logs/${run}/audit.jsonl`, entry: flagged.hash };
  const sentence = (text: string, source: DraftSentence['source']): DraftSentence => ({
    ...{ text: ended(text), flag: flag.flag, record_id, source, proof },
  });
  const when = time === null ? '' : ` of ${time}`;
  const whose = entity === null ? '' : ` of ${entity}`;
  return [
    sentence(
      `Record ${record_id}${whose}${when} was flagged with a score of ${explanation.score}; records are flagged from ${explanation.threshold} on or by a rule`,
      { kind: 'record', name: record_id },
    ),
    ...explanation.rules.map(({ id, words }) => sentence(words, { kind: 'rule', name: id })),
    ...raisingReasons(explanation.contributions, MAX_REASONS).map(({ words, parts }) => {
      const part = parts.find((part) => part.words === words) ?? parts[0]!;
      return sentence(words, { kind: 'contribution', name: part.column });
    }),
    ...reviews
      .filter(({ withdrawnAt }) => withdrawnAt === undefined)
      .map(({ version, at, by, by_name, verdict, reason }) => {
        const entry = entries.find(({ event, at: own }) => event.endsWith('reviewed') && own === at);
        return {
          ...sentence(`${by_name ?? by} decided on ${at}: ${verdict.replaceAll('_', ' ')}. ${reason}`, {
            kind: 'review',
            name: String(version),
          }),
          proof: entry === undefined ? proof : { log: 'acts/live.jsonl', entry: entry.hash },
        };
      }),
  ];
}

function ended(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Texts of at most so many characters, cut between sentences. */
export function inPieces(
  sentences: readonly DraftSentence[],
  maxCharacters: number,
  maxPieces: number,
): string[] {
  const pieces: string[] = [];
  for (const { text } of sentences) {
    const last = pieces.at(-1);
    if (last !== undefined && last.length + 1 + text.length <= maxCharacters)
      pieces[pieces.length - 1] = `${last} ${text}`;
    else pieces.push(text);
  }
  const long = pieces.find((piece) => piece.length > maxCharacters);
  if (long === undefined && pieces.length <= maxPieces) return pieces;
  throw new InputError(
    `the narrative is too long: found ${pieces.reduce((sum, piece) => sum + piece.length, 0)} characters, expected at most ${maxPieces} pieces of ${maxCharacters}; make a dossier of fewer flags`,
  );
}
