/**
 * What a log may say, beside its message: only the fields on the list. A list of what is allowed, not of what is forbidden: a record
 * that is logged by mistake, under whatever name, leaves nothing in the log.
 */

export interface LogFields {
  readonly drop?: string;
  readonly domain?: string;
  readonly model?: string;
  readonly stage?: string;
  readonly retraining?: string;
  readonly attempt?: number;
  /** A number of a range, partition, window or chunk. */
  readonly part?: number;
  /** Decision id: a hash. Never the record's own id, which may name someone. */
  readonly flag?: string;
  readonly received?: number;
  readonly scored?: number;
  readonly rejected?: number;
  readonly flagged?: number;
  readonly unexplained?: number;
  readonly records?: number;
  readonly drops?: number;
  readonly bytes?: number;
  readonly milliseconds?: number;
  /** As the routes are declared: `/v1/flags/{id}`, never the path that was asked for. */
  readonly route?: string;
  readonly method?: string;
  readonly status?: number;
  /** The token's subject: an opaque id. */
  readonly sub?: string;
  readonly role?: string;
  readonly request?: string;
  readonly read_units?: number;
  readonly queries?: number;
  readonly error_name?: string;
  readonly error_message?: string;
  readonly error_at?: string;
}

const ALLOWED: Readonly<Record<keyof LogFields, 'text' | 'number'>> = {
  drop: 'text',
  domain: 'text',
  model: 'text',
  stage: 'text',
  retraining: 'text',
  attempt: 'number',
  part: 'number',
  flag: 'text',
  received: 'number',
  scored: 'number',
  rejected: 'number',
  flagged: 'number',
  unexplained: 'number',
  records: 'number',
  drops: 'number',
  bytes: 'number',
  milliseconds: 'number',
  route: 'text',
  method: 'text',
  status: 'number',
  sub: 'text',
  role: 'text',
  request: 'text',
  read_units: 'number',
  queries: 'number',
  error_name: 'text',
  error_message: 'text',
  error_at: 'text',
};

const MAX_TEXT = 300;

/** Drops whatever is not on the list, or not of its kind. */
export function allowedFields(fields: Readonly<Record<string, unknown>>): Record<string, string | number> {
  const kept: Record<string, string | number> = {};
  for (const [name, kind] of Object.entries(ALLOWED)) {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (kind === 'number' && typeof value === 'number') kept[name] = value;
    if (kind === 'text' && typeof value === 'string') kept[name] = value.slice(0, MAX_TEXT);
  }
  return kept;
}
