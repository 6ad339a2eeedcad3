/** The notations that read the texts of a column of amounts, the likeliest first. */
import {
  AMOUNT_FORMS,
  type AmountForm,
  type AmountNotation,
  formParts,
  readAmount,
} from './amount-notation.ts';
import { trimSpace } from './surrounding-space.ts';

export interface DetectedNotation {
  readonly notation: AmountNotation;
  /** Of the texts that are not blank, how many it reads as one amount. */
  readonly share: number;
  /** False: another notation reads as many of them, some as other amounts ("1,234" alone says nothing). */
  readonly isCertain: boolean;
}

const CURRENCY_MARK = /^(?:[A-Za-z]{0,3}\p{Sc}|S?Fr\.|Rs\.?|kr\.?|zł|Kč|Ft|lei|RM|Rp\.?|TL)$/iu;
/** Debit takes away: what a bank writes beside an amount of an account. */
const SIDES: readonly (readonly [negative: string, positive: string])[] = [
  ['DR', 'CR'],
  ['D', 'C'],
  ['DB', 'CR'],
  ['S', 'H'],
  ['Soll', 'Haben'],
  ['Debit', 'Credit'],
  ['Dr.', 'Cr.'],
];
const LETTERS = /\p{Sc}|[\p{L}.]*\p{L}[\p{L}.]*\p{Sc}?/gu;

/** Empty: no notation reads any of them. */
export function detectNotation(values: readonly string[]): readonly DetectedNotation[] {
  const texts = [...new Set(values.map(trimSpace))].filter((text) => text !== '');
  const counts = new Map<string, number>();
  for (const value of values) counts.set(trimSpace(value), (counts.get(trimSpace(value)) ?? 0) + 1);
  counts.delete('');
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const words = wordsOf(texts);
  const readings = AMOUNT_FORMS.map((form) => {
    const notation = { like: [form], ...words };
    return { form, amounts: new Map(texts.map((text) => [text, readAmount(text, notation)])) };
  });
  const shareOf = (like: readonly AmountForm[]): number => {
    const notation = { like, ...words };
    const read = texts.filter((text) => readAmount(text, notation) !== null);
    return read.reduce((sum, text) => sum + counts.get(text)!, 0) / total;
  };
  const single = readings.map(({ form, amounts }) => ({
    like: [form] as AmountForm[],
    share: shareOf([form]),
    // How often its own marks were seen: "1234" alone is an amount in every notation.
    evidence: texts.filter((text) => amounts.get(text) !== null && showsMarks(text, form)).length,
  }));
  const ranked = single
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share || b.evidence - a.evidence || simplicity(a.like) - simplicity(b.like));
  const best = ranked[0];
  if (best === undefined) return [];
  const mixed = withMore(best.like, best.share, ranked.slice(1), shareOf);
  const all = mixed === null ? ranked : [mixed, ...ranked];
  return all.map(({ like, share }) => ({
    notation: { like, ...words },
    share,
    isCertain: !readings.some(
      ({ form, amounts }) =>
        !like.includes(form) &&
        shareOf([form]) >= share &&
        texts.some((text) => differ(amounts.get(text)!, readAmount(text, { like, ...words }))),
    ),
  }));
}

function differ(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && Number(a) !== Number(b);
}

/** A column in several notations: forms are added while each reads more. */
function withMore(
  first: readonly AmountForm[],
  share: number,
  others: readonly { readonly like: readonly AmountForm[] }[],
  shareOf: (like: readonly AmountForm[]) => number,
): { like: readonly AmountForm[]; share: number } | null {
  let best = { like: first, share };
  for (const { like } of others) {
    const more = [...best.like, ...like];
    const moreShare = shareOf(more);
    if (moreShare > best.share) best = { like: more, share: moreShare };
  }
  return best.share > share ? best : null;
}

function showsMarks(text: string, form: AmountForm): boolean {
  const { decimal, group } = formParts(form);
  const marks = [decimal, ...group];
  return group === '' ? text.includes(decimal) : marks.every((mark, at) => at > 1 || text.includes(mark));
}

function simplicity(like: readonly AmountForm[]): number {
  return AMOUNT_FORMS.indexOf(like[0]!);
}

/** The marks of currencies and the words of sides that stand around the digits. */
function wordsOf(texts: readonly string[]): Omit<AmountNotation, 'like'> {
  const found = new Set<string>();
  for (const text of texts) {
    if (!/\d/.test(text)) continue;
    for (const [word] of text.matchAll(LETTERS)) if (!/^e$/i.test(word)) found.add(word);
  }
  const lower = new Set([...found].map((word) => word.toLowerCase()));
  const sides = SIDES.filter((pair) => pair.some((word) => lower.has(word.toLowerCase())));
  const sideWords = (at: 0 | 1) => [
    ...new Set(sides.map((pair) => pair[at]).filter((word) => lower.has(word.toLowerCase()))),
  ];
  const codes = new Set(Intl.supportedValuesOf('currency'));
  const currency = [...found].filter((word) => codes.has(word.toUpperCase()) || CURRENCY_MARK.test(word));
  return {
    currency: [...new Map(currency.map((word) => [word.toLowerCase(), word])).values()].sort(),
    negative: sideWords(0),
    positive: sideWords(1),
  };
}
