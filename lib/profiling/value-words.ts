/** What values are called: yes and no, "not there", and what came of an alert, in the languages of the files. */
export interface Count {
  readonly text: string;
  readonly count: number;
}

/** Lower case; of which those that the reader always knows come first. */
export const WORD_PAIRS: readonly (readonly [yes: readonly string[], no: readonly string[]])[] = [
  [
    ['true', 'yes', 'y'],
    ['false', 'no', 'n'],
  ],
  [
    ['true', 't'],
    ['false', 'f'],
  ],
  [
    ['ja', 'j'],
    ['nein', 'nee', 'n'],
  ],
  [
    ['wahr', 'w'],
    ['falsch', 'f'],
  ],
  [
    ['oui', 'o', 'vrai'],
    ['non', 'n', 'faux'],
  ],
  [
    ['si', 'sí', 'sì', 's', 'verdadero', 'vero'],
    ['no', 'n', 'falso'],
  ],
  [
    ['sim', 's', 'verdadeiro'],
    ['não', 'nao', 'n', 'falso'],
  ],
  [
    ['waar', 'ja'],
    ['onwaar', 'nee'],
  ],
];

const MISSING = new Set([
  'na',
  'n/a',
  '#n/a',
  'n.a.',
  'nan',
  'null',
  '?',
  '-',
  '--',
  '—',
  '–',
  '\\n',
  '(null)',
  '#wert!',
  '#value!',
  '#ref!',
  '#div/0!',
]);
const MISSING_NUMBER = new Set([
  'none',
  'unknown',
  'nil',
  'tbc',
  'tbd',
  'pending',
  'missing',
  'k.a.',
  'k. a.',
  'keine angabe',
  'unbekannt',
  'offen',
  'inconnu',
  's/o',
  'desconocido',
  'sconosciuto',
  'desconhecido',
  'onbekend',
  'n.d.',
  'nd',
  'nt',
  'not tested',
  'x',
  'xx',
  'xxx',
  'void',
]);

export function isMissingWord(text: string, isText: boolean): boolean {
  const lower = text.toLowerCase();
  return MISSING.has(lower) || (!isText && MISSING_NUMBER.has(lower));
}

const NEGATIVE =
  /^(cleared|clear|closed|no|n|none|non|nein|legit(imate)?|licit|normal|benign|genuine|good|gut|ok|okay|pass(ed)?|negative|neg|fp|false positive|not? (fraud|suspicious|sar|action|issue|breach|finding|deviation|further action).*|no[ _-]?(fraud|sar|action|issue|finding).*|dismissed|unfounded|unsubstantiated|accepted|approved|fully paid|paid( off)?|current|released|conform|compliant|in spec|within.*|unauffallig|unauffällig|freigegeben|geschlossen|eingestellt|normale?|legitime?|legale|0|false|falsch|f)$/i;
const POSITIVE =
  /^(sar|str|sar filed|str filed|reported|report filed|fraud(ulent)?|confirmed.*|true positive|tp|positive|pos|escalated|suspicious|yes|ja|oui|si|sí|sim|y|j|bad|schlecht|guilty|breach|violation|fail(ed)?|oos|out of spec|nonconform|non-compliant|deviation|default(ed)?|charged off|illicit|criminal|laundering|substantiated|rejected|abgelehnt|verdacht|verdächtig|betrug|fraude|frode|gemeldet|1|true|wahr|w|mule|anomal(y|ous))$/i;
const UNLABELLED =
  /^(open|pending|unknown|in progress|under review|in review|new|assigned|tbd|tbc|offen|in bearbeitung|unbekannt|en cours|ouvert|abierto|pendiente|aperto|in corso|aberto|pendente|na|n\/a|\?|-|undetermined|inconclusive|not reviewed|unreviewed|to do)$/i;

export type LabelMeaning = 'positive' | 'negative' | 'unlabelled';

export function meaningOf(value: string): LabelMeaning | null {
  const text = value.trim();
  if (UNLABELLED.test(text)) return 'unlabelled';
  if (NEGATIVE.test(text)) return 'negative';
  return POSITIVE.test(text) ? 'positive' : null;
}
