/**
 * Months by name, full or short, in the languages that files come in: English, German, French, Spanish, Italian, Portuguese, Dutch,
 * Polish, and the Nordic ones. No name means different months in two of them, so a file needs no language. Names are written without
 * accents, in small letters, as `plainName` makes them; a test holds them to those of Unicode.
 */
const NAMES: readonly string[] = [
  'january jan januar janner jaenner janvier janv enero ene gennaio gen janeiro januari januarie styczen stycznia sty tammikuu',
  'february feb februar feber fevrier fevr fev febrero febbraio fevereiro februari luty lutego lut helmikuu',
  'march mar marz maerz mrz mars marzo marco maart mrt marzec marca marts maaliskuu',
  'april apr avril avr abril abr aprile kwiecien kwietnia kwi huhtikuu',
  'may mai mayo maggio mag maio mei maj maja toukokuu',
  'june jun juni juin junio giugno giu junho czerwiec czerwca cze kesakuu',
  'july jul juli juillet juil julio luglio lug julho lipiec lipca lip heinakuu',
  'august aug aout agosto ago augustus sierpien sierpnia sie augusti elokuu',
  'september sep sept septembre septiembre setiembre settembre set setembro wrzesien wrzesnia wrz syyskuu',
  'october oct oktober okt octobre octubre ottobre ott outubro out pazdziernik pazdziernika paz lokakuu',
  'november nov novembre noviembre novembro listopad listopada lis marraskuu',
  'december dec dezember dez decembre diciembre dic dicembre dezembro grudzien grudnia gru desember des joulukuu',
];

export const MONTH_NAMES: readonly (readonly string[])[] = NAMES.map((names) => names.split(' '));

const numberOf = new Map(MONTH_NAMES.flatMap((names, at) => names.map((name) => [name, at + 1])));

/** 1 to 12; null: no month. */
export function monthOf(name: string): number | null {
  return numberOf.get(plainName(name)) ?? null;
}

function plainName(name: string): string {
  return name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** The month as a number, of the SQL of a name; NULL: no month. */
export function monthSql(name: string): string {
  const plain = `lower(strip_accents(${name}))`;
  const cases = MONTH_NAMES.map((names, at) => {
    const list = names.map((one) => `'${one}'`).join(', ');
    return `WHEN ${plain} IN (${list}) THEN ${at + 1}`;
  });
  return `CASE ${cases.join(' ')} END`;
}
