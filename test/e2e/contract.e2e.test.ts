/** The API's document against its behaviour, over HTTP with a token, by requests that no one thought of. */
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateGroupCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { beforeAll, expect, test } from 'vitest';
import { openApiDocument } from '../../lib/api/open-api.ts';
import { domainName } from '../../lib/api/schema-parts.ts';
import { signIn } from '../../local/users.ts';
import { runSchemathesis } from '../helpers/schemathesis.ts';
import { makeOrders } from '../helpers/shop.ts';
import { dropOrders, openShop } from './deployed-shop.ts';
import { apiBase, flags, outputs, password } from './deployed-stack.ts';

/** Longer than it takes on a busy machine. */
const TIMEOUT_MS = 420_000;

let domain: string;
let known: readonly (readonly [string, string, readonly string[]])[];
let token: string;

beforeAll(async () => {
  const orders = makeOrders(400, 1);
  const shop = await openShop(orders);
  ({ domain } = shop);
  const drop = await dropOrders(domain, 'orders', orders.slice(0, 100));
  const { items } = await flags.query({ scope: [domain], limit: 5 });
  const flagged = items.map(({ flag }) => flag);
  known = [
    ...[...withParameter('query', 'domain'), ...withParameter('path', 'domain')].map(
      ([path, parameter]) => [path, parameter, [domain]] as const,
    ),
    ...['/v1/flags/{id}', '/v1/flags/{id}/reviews'].map((path) => [path, 'path.id', flagged] as const),
    ...withParameter('path', 'id')
      .filter(([path]) => path.startsWith('/v1/drops/'))
      .map(([path, parameter]) => [path, parameter, [drop.id]] as const),
    ...withParameter('path', 'version').map(([path, parameter]) => [path, parameter, [shop.model]] as const),
  ];
  token = await signInAsAdminOf(domain);
});

interface Parameter {
  readonly name: string;
  readonly in: string;
}
type Paths = Readonly<
  Record<string, Readonly<Record<string, { readonly parameters?: readonly Parameter[] }>>>
>;

function withParameter(place: string, name: string): (readonly [path: string, parameter: string])[] {
  const { paths } = openApiDocument() as unknown as { readonly paths: Paths };
  return Object.entries(paths)
    .filter(([, operations]) =>
      Object.values(operations).some(({ parameters = [] }) =>
        parameters.some((one) => one.in === place && one.name === name),
      ),
    )
    .map(([path]) => [path, `${place}.${name}`]);
}

/** One who does everything, in this domain alone: what the tests of other domains made is neither read nor changed. */
async function signInAsAdminOf(one: string): Promise<string> {
  const client = new CognitoIdentityProviderClient({});
  const { UserPoolId } = outputs;
  const [Username, GroupName] = [`admin-of-${one}`, `admin:${one}`];
  await client.send(new CreateGroupCommand({ UserPoolId, GroupName }));
  await client.send(
    new AdminCreateUserCommand({
      ...{ UserPoolId, Username, TemporaryPassword: password, MessageAction: 'SUPPRESS' },
    }),
  );
  await client.send(
    new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: password, Permanent: true }),
  );
  await client.send(new AdminAddUserToGroupCommand({ UserPoolId, Username, GroupName }));
  return await signIn(outputs, Username, password);
}

/**
 * The document as it is, with answers closed, and what a schema cannot say filled in: the domains that there are. A cursor is
 * valid for one list only, a key of idempotency for one body: both have tests of their own.
 */
function documentFor(): object {
  const pattern = domainName.def.checks?.[0]?._zod.def;
  const source = (pattern as unknown as { readonly pattern: RegExp }).pattern.source;
  const isLeftOut = (value: unknown) =>
    typeof value === 'object' &&
    value !== null &&
    'in' in value &&
    'name' in value &&
    ['cursor', 'Idempotency-Key'].includes(String(value.name));
  const { components, ...rest } = openApiDocument({ exact: true });
  const inBodies = (_: string, value: unknown) =>
    typeof value === 'object' && value !== null && 'pattern' in value && value.pattern === source
      ? { type: 'string', const: domain }
      : value;
  const inParameters = (_: string, value: unknown) =>
    Array.isArray(value) ? value.filter((one) => !isLeftOut(one)) : value;
  return {
    ...(JSON.parse(JSON.stringify(rest), inParameters) as object),
    components: JSON.parse(JSON.stringify(components), inBodies) as object,
  };
}

test('the API does what its document says, and answers as it says', async () => {
  const report = await runSchemathesis({
    ...{ document: documentFor(), url: apiBase(), token, known, cases: 4, timeoutMs: TIMEOUT_MS },
    beyondSchema: {
      // Columns are the pack's; the lower bound may lie above the upper one; a span may be too long.
      ...{ score: '422', listFlags: '422', listMetrics: '422' },
      // A reason in words or a code that the domain's policy lists; a signature where the policy asks for one.
      ...{ reviewFlag: '422', reviewBlind: '422', reviewCase: '422' },
      // Who is mentioned is someone who reads in the domain; a file has the name of its kind; a dossier is of one thing.
      ...{ escalateCase: '422', snoozeCase: '422', reopenCase: '422' },
      ...{ uploadAttachment: '422', askForDossier: '422' },
      // A name has no characters that cannot be seen.
      ...{ saveView: '422', changeView: '422' },
      // A hold is on one thing, and its period does not end before it begins.
      addHold: '422',
    },
  });
  expect(report).toMatch(/ (\d+) generated, \1 passed/);
});
