/**
 * Reads the environment variables of a function once, checks them and gives them types. Each function asks for the variables that it
 * uses and for no others, so that its role needs no more either.
 */
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { MIN_SEVERITIES } from '../events/flags-raised.ts';

const name = z.string().min(1);
const wholeNumber = z
  .string()
  .regex(/^[1-9][0-9]*$/, 'expected a whole number above 0')
  .transform(Number);

const share = z
  .string()
  .regex(/^(0(\.[0-9]+)?|1)$/, 'expected a share from 0 to 1')
  .transform(Number);

const VARIABLES = {
  ASSAY_DROPS_BUCKET: name,
  ASSAY_DATA_BUCKET: name,
  ASSAY_AUDIT_BUCKET: name,
  ASSAY_ARTIFACTS_BUCKET: name,
  /** The key that signs logs, and what their names begin with. */
  ASSAY_SIGNING_KEY: name,
  ASSAY_LOG_NAME: name,
  /** Public keys of which one must have signed a model of the artifacts bucket; none: unsigned models are taken too. */
  ASSAY_MODEL_KEYS: z.string().default(''),
  ASSAY_FLAGS_TABLE: name,
  ASSAY_DROPS_TABLE: name,
  ASSAY_MODELS_TABLE: name,
  ASSAY_SUBJECTS_TABLE: name,
  /** Under which the keys of domains are encrypted. */
  ASSAY_SUBJECTS_KEY: name,
  /** Whose records are erasable. */
  ASSAY_ERASURE_DOMAINS: z
    .string()
    .default('')
    .transform((text) => text.split(' ').filter((domain) => domain !== '')),
  ASSAY_DEAD_LETTERS_URL: z.url('expected a URL'),
  ASSAY_ARRIVALS_URL: z.url('expected a URL'),
  /** Drops under way at a time. */
  ASSAY_MAX_DROPS: wholeNumber.default(10),
  ASSAY_EVENT_BUS: name,
  /** Flags below it are not published. */
  ASSAY_EVENTS_MIN_SEVERITY: z.enum(MIN_SEVERITIES, `expected ${MIN_SEVERITIES.join(', ')}`).default('none'),
  ASSAY_RETRAIN_MACHINE_ARN: z.string().startsWith('arn:', 'expected an ARN'),
  ASSAY_DROP_MACHINE_ARN: z.string().startsWith('arn:', 'expected an ARN'),
  ASSAY_AUDIT_RETENTION_DAYS: wholeNumber,
  ASSAY_AUDIT_RETENTION_MODE: z.enum(['GOVERNANCE', 'COMPLIANCE'], 'expected GOVERNANCE or COMPLIANCE'),
  /** Records that one partition should hold. */
  ASSAY_ROWS_PER_PARTITION: wholeNumber.default(250_000),
  ASSAY_BYTES_PER_RANGE: wholeNumber.default(67_108_864),
  /** Up to this size a drop is scored in one go. */
  ASSAY_WHOLE_BYTES: wholeNumber.default(16_777_216),
  /** Of the machine's disk; a function has ten at most. */
  ASSAY_DISK_GB: wholeNumber.default(10),
  /** Shares of records that are put up for blind review: of those not flagged, and of flags. */
  ASSAY_BELOW_THE_LINE: share.default(0.01),
  ASSAY_SECOND_OPINION: share.default(0.05),
  /** Items that a domain may put up for blind review in a day; empty: any number. */
  ASSAY_BLIND_PER_DAY: z
    .string()
    .regex(/^([1-9][0-9]*)?$/, 'expected a whole number above 0, or nothing')
    .default('')
    .transform((text) => (text === '' ? null : Number(text))),
  /** Whether an alarm of the monitor may start a retraining. */
  ASSAY_RETRAIN_ON_DRIFT: z
    .enum(['true', 'false'])
    .default('true')
    .transform((text) => text === 'true'),
  /** How long a case is held for who takes it. */
  ASSAY_HOLD_MINUTES: wholeNumber.default(30),
  /** How old a sign-in may be by which a verdict is signed. */
  ASSAY_SIGN_IN_SECONDS: wholeNumber.default(300),
  /** How large an attachment may be. */
  ASSAY_ATTACHMENT_BYTES: wholeNumber.default(10 * 1024 ** 2),
  ASSAY_WEBHOOK_URL: z.url('expected a URL'),
  /** The ARN of what is signed by. */
  ASSAY_WEBHOOK_SECRET: name,
  /** Groups of trees that are grown apart. */
  ASSAY_TREE_GROUPS: wholeNumber.default(8),
  ASSAY_STAGE: name,
  /** What the names of the stack's alarms begin with. */
  ASSAY_ALARM_PREFIX: name,
  /** Settings that are not the defaults, as JSON by key. */
  ASSAY_CHANGED_SETTINGS: z.string().default('{}'),
  /** Where people sign in to the console, as what, and what else its page may connect to. */
  ASSAY_CONSOLE_ISSUER: z.url('expected a URL'),
  ASSAY_CONSOLE_CLIENT: name,
  ASSAY_CONSOLE_ORIGINS: z
    .string()
    .default('')
    .transform((text) => text.split(' ').filter((origin) => origin !== '')),
  /** What the groups of an issuer of your own stand for, as JSON; empty: the stack's own pool signs the tokens. */
  ASSAY_ISSUER_GROUPS: z.string().default(''),
} as const;

type Variables = typeof VARIABLES;
export type VariableName = keyof Variables;
export type Environment<Name extends VariableName> = {
  readonly [Key in Name]: z.output<Variables[Key]>;
};

/** Throws an InputError that names every variable that is missing or wrong. */
export function readEnvironment<const Name extends VariableName>(
  names: readonly Name[],
  variables: Readonly<Record<string, string | undefined>>,
): Environment<Name> {
  const wrong: string[] = [];
  const entries = names.map((variable) => {
    const found = variables[variable];
    const read = VARIABLES[variable].safeParse(found);
    if (!read.success) {
      const why = read.error.issues[0]?.message ?? 'not valid';
      wrong.push(found === undefined ? `${variable} is not set` : `${variable} is "${found}": ${why}`);
    }
    return [variable, read.data] as const;
  });
  if (wrong.length > 0)
    throw new InputError(`the environment of this function is wrong: ${wrong.join('; ')}`);
  return Object.fromEntries(entries) as Environment<Name>;
}
