/** What the pack of the domain says, in the reader's language where that is not its own: loaded beside the page, which does not wait. */
import { signal } from '@preact/signals';
import type { z } from 'zod';
import type { PackTexts } from '../../lib/api/pack-schemas.ts';
import { get } from '../api/client.ts';
import { number, percent, unitOf } from '../words/format.ts';
import { formatId } from '../words/format-id.ts';
import { t } from '../words/words.ts';

type Texts = z.output<typeof PackTexts>;
type Names = Exclude<keyof Texts, 'title'>;

const texts = signal<Texts | null>(null);
let wanted = '';

/** Packs are written in English; without their texts in another language, they speak it. */
export async function loadTexts(domain: string | null, language: string): Promise<void> {
  const key = `${domain} ${language}`;
  if (key === wanted) return;
  wanted = key;
  texts.value = null;
  if (domain === null || language === 'en') return;
  const loaded = await get<Texts>(`/v1/packs/${domain}/texts`, { language }).catch(() => null);
  if (wanted !== key) return;
  texts.value = loaded;
  // Asked for again with the next page.
  if (loaded === null) wanted = '';
}

/** The name of a column, fact, group, rule or reason. */
export function nameOf(of: Names, id: string, otherwise = formatId(id)): string {
  return own(texts.value?.[of], id) ?? otherwise;
}

/** A delivered text may be `constructor`. */
function own(names: Readonly<Record<string, string>> | undefined, id: string): string | undefined {
  return names !== undefined && Object.hasOwn(names, id) ? names[id] : undefined;
}

export function titleOr(title: string): string {
  return texts.value?.title ?? title;
}

interface Reason {
  readonly column: string;
  readonly value: unknown;
  readonly usual: unknown;
  readonly words: string;
}

/** As the pack's own sentence has it; in another language the name of the fact, its value and what is usual. */
export function sayReason({ column, value, usual, words }: Reason): string {
  const name = own(texts.value?.features, column);
  if (name === undefined) return words;
  const format = own(texts.value?.formats, column);
  const here = `${name}: ${sayValue(value, format)}`;
  return usual === null ? here : `${here} (${t('why.usual', { usual: sayValue(usual, format) })})`;
}

function sayValue(value: unknown, format = 'text'): string {
  if (value === null || value === undefined) return t('missing');
  // What is usual of a yes or no is a share.
  if (format === 'yesno' || typeof value === 'boolean') return t(Number(value) >= 0.5 ? 'yes' : 'no');
  // An exact decimal comes as text.
  const isNumber = typeof value === 'number' || (format !== 'text' && String(value).trim() !== '');
  const amount = isNumber ? Number(value) : Number.NaN;
  if (Number.isNaN(amount)) return nameOf('values', String(value), String(value));
  if (format === 'percent') return percent(amount);
  if (format === 'money') return number(amount, 2);
  if (format === 'duration') return unitOf(amount);
  // As lib/packs/format-value.ts has it in English.
  const [small, digits, decimals] = format === 'integer' ? [10, 2, 0] : [1, 3, 2];
  const rounded = Math.abs(amount) < small ? amount.toPrecision(digits) : amount.toFixed(decimals);
  return number(Number(rounded));
}
