/** An entry of the log as a sentence; of an event that is not known here, its name. */
import { score } from '../words/format.ts';
import { type Key, t, type Values } from '../words/words.ts';

interface Entry {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export function sayEvent({ event, data }: Entry): string {
  const key = `event.${event}`;
  const said = t(key as Key, valuesOf(data));
  return said === key ? event.replaceAll('_', ' ') : said;
}

function valuesOf(data: Entry['data']): Values {
  const { count, score: value, verdict, model, file, columns, entries, reason, run, flags } = data;
  const verdicts = ['true_positive', 'false_positive', 'inconclusive'] as const;
  const known = verdicts.find((one) => one === verdict);
  return {
    ...(typeof count === 'number' && { n: count }),
    ...(typeof entries === 'number' && { n: entries }),
    ...(Array.isArray(flags) && { n: flags.length }),
    ...(typeof flags === 'number' && { n: flags }),
    ...(typeof value === 'number' && { score: score(value) }),
    verdict: known === undefined ? String(verdict ?? '') : t(`status.${known}`),
    model: String(model ?? ''),
    file: String(file ?? ''),
    run: String(run ?? ''),
    reason: String(reason ?? ''),
    columns: Array.isArray(columns) ? columns.join(', ') : '',
  };
}

/** Who signed it and what for; null: it is not signed. */
export function saySignature({ data }: Pick<Entry, 'data'>): string | null {
  const { signature } = data as { signature?: { name?: string; meaning?: string } };
  return signature === undefined
    ? null
    : t('audit.signed', { who: signature.name ?? '', meaning: signature.meaning ?? '' });
}
