/**
 * What a stage may be set to: the keys below `stages.<stage>` of assay.config.yaml, with their defaults. The file’s check, its
 * JSON Schema for editors and the table of docs/settings.md all come from here; a new setting is a key with a description.
 */
import { z } from 'zod';
import { parseGrant, ROLES } from '../api/roles.ts';
import { MIN_SEVERITIES } from '../events/flags-raised.ts';
import { isModelKey } from '../models/model-key.ts';

const expected = (what: string) => ({ error: `expected ${what}` });

const share = () =>
  z
    .number(expected('a share from 0 to 1'))
    .min(0, expected('a share from 0 to 1'))
    .max(1, expected('a share from 0 to 1'));

const yesOrNo = () => z.boolean(expected('true or false'));

/** The loopback address is for tests, whose receiver is on this machine. */
const WEB_ADDRESS = /^(https:\/\/|http:\/\/127\.0\.0\.1[:/]).+/;
const webAddress = (pattern = /^https:\/\/.+/) =>
  z.string(expected('an https address')).regex(pattern, expected('an https address'));

const wholeNumber = (min: number, max: number) => {
  const what = expected(`a whole number from ${min} to ${max}`);
  return z.int(what).min(min, what).max(max, what);
};

const DOMAIN = /^[a-z0-9][a-z0-9_-]*$/;
const SCHEDULE = expected('cron(…) or rate(…), such as cron(0 2 1 * ? *)');
const PER_DAY = expected('a whole number above 0, or null');
const APPROVAL = expected('a number of days above 0 and up to 90');

/** A group of keys; without it, all of them have their defaults. */
const group = <Shape extends z.core.$ZodLooseShape>(shape: Shape) => z.strictObject(shape);

const alarms = group({
  email: z
    .email(expected('an e-mail address'))
    .optional()
    .describe('Who is written to when an alarm fires. The address must confirm once.'),
});

const drops = group({
  maxConcurrency: wholeNumber(1, 9999)
    .default(40)
    .describe('Pieces of one drop that are worked on at a time.'),
  maxUnderWay: wholeNumber(1, 1000)
    .default(10)
    .describe('Drops that are worked on at a time; the others wait in the queue of arrivals.'),
  wholeMegabytes: wholeNumber(1, 16)
    .default(16)
    .describe('Up to this size a drop is worked on in one piece, and above it in parts, side by side.'),
  recordsPerPart: wholeNumber(10_000, 250_000)
    .default(250_000)
    .describe('About how many records a part of a drop has. Smaller parts need less memory and end sooner.'),
});

const api = group({
  reservedConcurrency: z
    .union([z.literal('none'), wholeNumber(1, 1000)], expected('none or a whole number from 1 to 1000'))
    .default('none')
    .describe(
      'Lambda concurrency that the account holds ready for the API, for each of its two functions, and that they do not exceed.',
    ),
});

const ACCESS_KEYS = ['issuer', 'audience', 'groups'] as const;
const MAX_GROUPS_BYTES = 2_500;
const GRANTS = expected(
  `a list of roles (${ROLES.join(', ')}), each with or without a domain: officer, officer:finance`,
);
const grant = z.string(GRANTS).refine((text) => parseGrant(text) !== null, GRANTS);

const access = group({
  issuer: webAddress()
    .optional()
    .describe(
      'Your own OpenID Connect issuer, instead of a user pool of the stack. Needs the two keys below.',
    ),
  audience: z
    .array(z.string(expected('text')).min(1, expected('text')), expected('a list of texts'))
    .min(1, expected('a list of at least one text'))
    .optional()
    .describe('What a token of that issuer must be made for.'),
  groups: z
    .record(z.string().min(1), z.array(grant, GRANTS).min(1, GRANTS), expected('groups with lists of roles'))
    .refine((groups) => Buffer.byteLength(JSON.stringify(groups)) <= MAX_GROUPS_BYTES, {
      message: `expected up to ${MAX_GROUPS_BYTES} bytes of groups and roles: a function's environment holds no more`,
    })
    .optional()
    .describe(
      'What the groups of that issuer stand for, such as `AML officers: [officer:finance]`. No other group counts.',
    ),
}).check(({ value, issues }) => {
  const given = ACCESS_KEYS.filter((key) => value[key] !== undefined);
  const missing = ACCESS_KEYS.filter((key) => value[key] === undefined);
  if (given.length === 0 || missing.length === 0) return;
  const message = `expected ${missing.map((key) => `"${key}"`).join(' and ')} beside it: they go together`;
  issues.push({ code: 'custom', message, input: value, path: [given[0]!] });
});

const webOrigin = () =>
  z
    .string(expected('an origin like https://assay.example.org'))
    .regex(
      /^(https:\/\/[a-z0-9.-]+|http:\/\/(127\.0\.0\.1|[a-z0-9.-]*localhost))(:\d+)?$/,
      expected('an origin like https://assay.example.org, without a path'),
    );

const consoleSettings = group({
  origin: webOrigin()
    .optional()
    .describe('Where people open the console, if not at the address of the API: a domain name of your own.'),
  client: z
    .string(expected('text'))
    .min(1, expected('text'))
    .optional()
    .describe(
      "The console's client at your own issuer (public, with PKCE). Without it, the first of `access.audience`.",
    ),
  issuerOrigin: webOrigin()
    .optional()
    .describe('Where browsers reach the issuer, if not at the origin that its tokens name.'),
  connect: z
    .array(webOrigin(), expected('a list of origins'))
    .default([])
    .describe(
      "Further origins that the console may connect to, such as that of your issuer's token endpoint.",
    ),
});

const reviews = group({
  belowTheLine: share()
    .default(0.01)
    .describe('Share of the unflagged records that is drawn for blind review.'),
  secondOpinion: share()
    .default(0.05)
    .describe('Share of the flags that is drawn for a second, blind review.'),
  perDay: z
    .int(PER_DAY)
    .min(1, PER_DAY)
    .nullable()
    .default(null)
    .describe(
      'How many items a domain is expected to put up for blind review in a day (UTC) at most; both shares are halved to keep within it. `null`: any number.',
    ),
  holdMinutes: wholeNumber(1, 480).default(30).describe('How long a case is held for who takes it.'),
  signInSeconds: wholeNumber(30, 3_600)
    .default(300)
    .describe('How old a sign-in may be by which a verdict is signed.'),
  attachmentMegabytes: wholeNumber(1, 25)
    .default(10)
    .describe('How large a file may be that is attached to a case.'),
});

const retraining = group({
  schedules: z
    .record(
      z.string().regex(DOMAIN, expected('a domain')),
      z.string(SCHEDULE).regex(/^(cron|rate)\(.+\)$/, SCHEDULE),
      expected('domains with cron(…) or rate(…)'),
    )
    .default({})
    .describe('When each domain is retrained: EventBridge Scheduler expressions in UTC, by domain.'),
  onDrift: yesOrNo()
    .default(false)
    .describe('Whether an alarm on recall, precision or drift starts a retraining, at most one a week.'),
  approvalDays: z
    .number(APPROVAL)
    .min(1 / 86_400, APPROVAL)
    .max(90, APPROVAL)
    .default(14)
    .describe('How many days a challenger waits for its two approvals.'),
});

const MODEL_KEYS = expected('public keys in PEM, as `assay keys generate --for model` writes them');

const models = group({
  signedBy: z
    .array(z.string(MODEL_KEYS).refine(isModelKey, MODEL_KEYS), MODEL_KEYS)
    .max(5, expected('up to 5 keys'))
    .default([])
    .describe(
      'Public keys (PEM) of which one must have signed each model of the artifacts bucket ([models](models.md#signed)). Without any, unsigned models are taken.',
    ),
});

const DOMAINS = expected('a list of domains');

const erasure = group({
  domains: z
    .array(z.string(DOMAINS).regex(DOMAIN, DOMAINS), DOMAINS)
    .max(20, expected('up to 20 domains'))
    .default([])
    .describe(
      'Domains whose records can be erased, subject by subject: what is personal in them is stored under keys of their subjects ([erasure](erasure.md)). Only for domains that have no record yet.',
    ),
  deliveredDays: wholeNumber(1, 90)
    .default(7)
    .describe(
      'How many days a file that was delivered to such a domain stays at most. It is deleted once its drop is done; this is for one that failed.',
    ),
});

const events = group({
  webhookUrl: webAddress(WEB_ADDRESS)
    .optional()
    .describe('Where every event is posted to, signed ([events](events.md)).'),
  minSeverity: z
    .enum(MIN_SEVERITIES, expected(MIN_SEVERITIES.join(', ')))
    .default('none')
    .describe(
      'Flags whose most severe rule is below it are in no event; with `none` every flag is in an event, also one that only the score raised.',
    ),
});

const NODE_IMAGE = 'public.ecr.aws/lambda/nodejs:24';
const idOf = (kind: 'vpc' | 'subnet') => {
  const what = expected(`an id like ${kind}-0123456789abcdef0`);
  return z.string(what).regex(new RegExp(`^${kind}-[0-9a-f]{8,17}$`), what);
};
const SUBNETS = expected('a list of subnets');

const large = group({
  fargate: yesOrNo()
    .default(false)
    .describe(
      'Whether what is too large for a function runs as a task of Fargate ([limits](limits.md#larger-than-a-function)). Needs the two keys below.',
    ),
  vpc: idOf('vpc').optional().describe('The network that tasks run in.'),
  subnets: z
    .array(idOf('subnet'), SUBNETS)
    .min(1, expected('a list of at least one subnet'))
    .max(16, expected('up to 16 subnets'))
    .optional()
    .describe('Its subnets for tasks. From there S3, DynamoDB, KMS and the like must be reachable.'),
  publicIp: yesOrNo()
    .default(false)
    .describe(
      'Whether tasks get a public address, as they need one in a subnet that has an internet gateway and no NAT. Nothing can connect to them either way.',
    ),
  image: z
    .string(expected('the name of an image'))
    .regex(/^[a-z0-9][a-z0-9._/:@-]+$/, expected('the name of an image'))
    .default(NODE_IMAGE)
    .describe('What tasks run in: Node 24 on Linux. A copy of your own where AWS’s is out of reach.'),
}).check(({ value, issues }) => {
  if (!value.fargate) return;
  for (const key of ['vpc', 'subnets'] as const) {
    if (value[key] !== undefined) continue;
    const message = `expected "${key}" beside it: tasks run in a network of yours`;
    issues.push({ code: 'custom', message, input: value, path: ['fargate'] });
  }
});

/** Of the 4,096 bytes of the environment of the function `api`, what settings may take beside all else. */
export const MAX_API_BYTES = 2_800;

/** Bytes of its environment that the settings take which it decides by. */
export function bytesForApi({ access: { groups }, models: { signedBy } }: ApiSettings): number {
  const keys = signedBy.map((pem) => pem.replace(/-----[^-]*-----|\s/g, ''));
  return Buffer.byteLength(JSON.stringify(groups ?? null)) + keys.join(' ').length;
}

interface ApiSettings {
  readonly access: z.output<typeof access>;
  readonly models: z.output<typeof models>;
}

export const STAGE_SETTINGS = group({
  architecture: z
    .enum(['arm64', 'x64'], expected('arm64 or x64'))
    .default('arm64')
    .describe('The processors that functions run on. `x64` where a region has no arm64 Lambda.'),
  alarms: alarms.prefault({}).describe('Alarms.'),
  drops: drops.prefault({}).describe('Drops.'),
  api: api.prefault({}).describe('The API.'),
  access: access.prefault({}).describe('Who may sign in to the API.'),
  console: consoleSettings.prefault({}).describe('The console.'),
  reviews: reviews.prefault({}).describe('Reviews.'),
  retraining: retraining.prefault({}).describe('Retraining.'),
  models: models.prefault({}).describe('Models.'),
  erasure: erasure.prefault({}).describe('Erasure.'),
  large: large.prefault({}).describe('What is too large for a function.'),
  events: events.prefault({}).describe('Events for other systems.'),
}).check(({ value, issues }) => {
  const bytes = bytesForApi(value);
  if (bytes <= MAX_API_BYTES) return;
  const message = `expected up to ${MAX_API_BYTES} bytes of groups and of "models.signedBy" together, not ${bytes}: a function's environment holds no more`;
  issues.push({ code: 'custom', message, input: value, path: ['access', 'groups'] });
});

/** The settings of one stage, defaults filled in. */
export type Settings = z.output<typeof STAGE_SETTINGS>;
/** The same as they are written: every key may be left out. */
export type GivenSettings = z.input<typeof STAGE_SETTINGS>;

export const SETTINGS_FILE = z.strictObject({
  stages: z
    .strictObject({
      dev: STAGE_SETTINGS.optional().describe('To try things: data goes with the stack.'),
      prod: STAGE_SETTINGS.optional().describe('What counts: protected from deletion, data stays.'),
    })
    .describe('The settings of each stage. A stage that is not listed cannot be deployed.'),
});
