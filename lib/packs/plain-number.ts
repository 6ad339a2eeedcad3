/**
 * A number of JSON or of floating point in plain digits: `2.50` and `25e-1` are both `2.5`, `2.0` is `2`, exactly and not through floating
 * point, so that the same number is the same text whatever wrote it.
 */
const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
/** No type holds more; a number a million digits long is no value. */
const MAX_EXPONENT = 400;

/** `text` as it is where it is no number, or one that no column holds. */
export function plainNumber(text: string): string {
  const match = NUMBER.exec(text);
  if (match === null) return text;
  const [, sign = '', whole = '', fraction = ''] = match;
  const exponent = Number(match[4] ?? 0);
  if (Math.abs(exponent) > MAX_EXPONENT) return text;
  const digits = shiftPoint(whole, fraction, exponent);
  const [before = '', behind = ''] = digits.split('.');
  const short = behind.replace(/0+$/, '');
  const plain = `${before.replace(/^0+(?=\d)/, '')}${short === '' ? '' : `.${short}`}`;
  return plain === '0' ? plain : sign + plain;
}

/** The digits with the point `exponent` places further right. */
export function shiftPoint(whole: string, fraction: string, exponent: number): string {
  const behind = fraction.length - exponent;
  const all = whole + fraction;
  if (behind <= 0) return all + '0'.repeat(-behind);
  const padded = all.padStart(behind + 1, '0');
  return `${padded.slice(0, -behind)}.${padded.slice(-behind)}`;
}

/** The same as SQL: the point of plain digits (`12.5`) moved by an exponent as `e+15` or `E-3`. */
export function shiftPointSql(digits: string, exponent: string): string {
  const all = `replace(${digits}, '.', '')`;
  const fraction = `CASE WHEN contains(${digits}, '.') THEN length(${digits}) - strpos(${digits}, '.') ELSE 0 END`;
  const behind = `(${fraction} - CAST(substr(${exponent}, 2) AS INTEGER))`;
  const padded = `lpad(${all}, CAST(greatest(length(${all}), ${behind} + 1) AS INTEGER), '0')`;
  return (
    `CASE WHEN ${behind} <= 0 THEN ${all} || repeat('0', -${behind}) ` +
    `ELSE left(${padded}, length(${padded}) - ${behind}) || '.' || right(${padded}, ${behind}) END`
  );
}

/** The SQL of a FLOAT or DOUBLE in plain digits. */
export function plainFloatSql(float: string): string {
  const text = `CAST(${float} AS VARCHAR)`;
  const size = `ltrim(${text}, '-')`;
  const digits = `split_part(${size}, 'e', 1)`;
  const exponent = `'e' || split_part(${size}, 'e', 2)`;
  const sign = `CASE WHEN starts_with(${text}, '-') THEN '-' ELSE '' END`;
  return (
    `CASE WHEN NOT isfinite(${float}) THEN ${text} WHEN ${float} = 0 THEN '0' ` +
    `WHEN contains(${text}, 'e') THEN ${sign} || regexp_replace(${shiftPointSql(digits, exponent)}, '\\.0+$', '') ` +
    `ELSE regexp_replace(${text}, '\\.0$', '') END`
  );
}
