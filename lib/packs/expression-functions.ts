/**
 * Everything that an expression may call. A list of what is allowed, not of what is forbidden: what reads files, the clock,
 * the environment or chance is not on it, so a pack gives the same features on any day and any machine.
 */
const SCALAR_FUNCTIONS = `
  abs ceil ceiling floor round trunc sign sqrt cbrt exp ln log log10 log2 pow power mod fmod greatest least
  sin cos tan asin acos atan atan2 pi radians degrees isnan isinf isfinite
  coalesce ifnull nullif if
  lower upper length strlen trim ltrim rtrim left right substr substring replace concat concat_ws contains
  starts_with ends_with prefix suffix split_part regexp_matches regexp_full_match regexp_extract regexp_replace
  strip_accents reverse strpos instr translate ascii unicode chr
  levenshtein damerau_levenshtein jaccard jaro_similarity jaro_winkler_similarity
  epoch epoch_ms epoch_us year quarter month week day hour minute second millisecond microsecond
  dayofmonth dayofweek dayofyear isodow isoyear weekday weekofyear yearweek dayname monthname last_day
  date_trunc date_part date_diff date_sub datediff datesub date_add make_date make_timestamp strftime strptime
  try_strptime time_bucket timezone to_seconds to_minutes to_hours to_days to_weeks to_months to_years`;

export const ALLOWED_FUNCTIONS: ReadonlySet<string> = new Set(SCALAR_FUNCTIONS.trim().split(/\s+/));

/** What may be asked of a window. */
export type WindowFunction = 'count' | 'sum' | 'avg' | 'min' | 'max' | 'stddev' | 'lag' | 'first';

export const WINDOW_FUNCTIONS: readonly WindowFunction[] = [
  'count',
  'sum',
  'avg',
  'min',
  'max',
  'stddev',
  'lag',
  'first',
];

export const ALLOWED_TYPES: ReadonlySet<string> = new Set(
  'integer int bigint smallint tinyint hugeint double float real decimal numeric varchar text string boolean bool date timestamp time interval'.split(
    ' ',
  ),
);

/** Words of the language itself; a column of such a name is written in double quotes. */
export const KEYWORDS: ReadonlySet<string> = new Set(
  'and or not in is null true false between like ilike escape case when then else end distinct'.split(' '),
);
