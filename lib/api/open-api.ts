/** Makes the OpenAPI 3.1 document of the table of endpoints: always the same for the same table. */
import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { ENDPOINTS } from './endpoints.ts';
import { KEY_PATTERN } from './idempotency.ts';
import { PROBLEM_STATUSES, type ProblemStatus, titleOf } from './problem.ts';
import { rolesThatMay } from './roles.ts';
import { answerSchemas, requestSchemas } from './schema-parts.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

const ref = (id: string): string => `#/components/schemas/${id}`;

/**
 * Answers may come to hold more in a later version, so the document leaves them open. `exact` closes them: what tests hold the
 * answers of this version to.
 */
export function openApiDocument({ exact = false }: { readonly exact?: boolean } = {}): JsonObject {
  const tags = [...new Set(Object.values(ENDPOINTS).map(({ tag }) => tag))];
  return {
    openapi: '3.1.0',
    info: {
      title: 'Assay',
      version: '1.0.0',
      summary: 'Flags with reasons that add up to their scores',
      description:
        'Compliance-risk monitoring. Errors are problem documents (RFC 9457). A POST with an `Idempotency-Key` header may be sent again within 24 hours and gets the first answer.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [
      {
        url: 'https://{api}.execute-api.{region}.amazonaws.com',
        description: 'The output ApiUrl of the stack',
        variables: { api: { default: 'api-id' }, region: { default: 'eu-central-1' } },
      },
    ],
    tags: tags.map((name) => ({ name, description: TAGS[name] })),
    paths: paths(),
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: "Of the stack's Cognito pool or the OIDC issuer it was given; roles are groups",
        },
      },
      schemas: {
        ...schemasOf(requestSchemas, 'input'),
        ...schemasOf(answerSchemas, 'output', exact ? {} : { override: leaveOpen }),
      },
    },
  };
}

const TAGS: Readonly<Record<(typeof ENDPOINTS)[keyof typeof ENDPOINTS]['tag'], string>> = {
  Scoring: 'Decisions online',
  Flags: 'What was flagged, and why',
  Cases: 'The flags of an entity, worked as one',
  Drops: 'Files delivered',
  Exports: 'What is put together for someone to take away',
  Erasures: 'Subjects erased, and what stands against it',
  Labels: 'What is known of records otherwise, as files',
  Reviews: 'What officers decide, and why',
  Models: 'What scores, and what may',
  Packs: 'What a domain watches',
  Stops: 'What people stopped, and resumed',
  Retrainings: 'From verdicts to a better model',
  Monitoring: 'How good the models are that score, and who did what',
  Service: 'The API itself',
};

function paths(): JsonObject {
  const byPath: Record<string, Record<string, Json>> = {};
  for (const [operationId, endpoint] of Object.entries(ENDPOINTS)) {
    byPath[endpoint.path] ??= {};
    byPath[endpoint.path]![endpoint.method.toLowerCase()] = operation(operationId, endpoint);
  }
  return byPath;
}

function operation(operationId: string, endpoint: Endpoint): JsonObject {
  const { summary, tag, permission, params, query, body, answer } = endpoint;
  const parameters = [
    ...parametersOf(params, 'path'),
    ...parametersOf(query, 'query'),
    ...(body === null ? [] : [IDEMPOTENCY_KEY]),
  ];
  return {
    operationId,
    summary,
    tags: [tag],
    ...(permission !== null && { description: `Roles: ${rolesThatMay(permission).join(', ')}.` }),
    security: permission === null ? [] : [{ token: [] }],
    ...(parameters.length > 0 && { parameters }),
    ...(body !== null && {
      requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body, 'input') } } },
    }),
    responses: {
      [String(answer.status)]: {
        description: 'Done',
        content: { 'application/json': { schema: schemaOf(answer.schema, 'output') } },
      },
      ...Object.fromEntries(problemsOf(endpoint).map((status) => [String(status), problemAnswer(status)])),
      '503': {
        description:
          endpoint.stoppable === true ? `${titleOf(503)}, or no answer in time` : 'No answer in time',
        content: {
          ...(endpoint.stoppable === true && {
            'application/problem+json': { schema: { $ref: ref('Problem') } },
          }),
          'application/json': { schema: { $ref: ref('GatewayMessage') } },
        },
      },
    },
  };
}

/** What the gateway also ends requests with, in a body of its own: a token that is not valid, a path of no route, too much or too many, a crash. */
const OF_GATEWAY: ReadonlySet<ProblemStatus> = new Set([401, 404, 413, 429, 500]);

function problemAnswer(status: ProblemStatus): JsonObject {
  return {
    description: titleOf(status),
    content: {
      'application/problem+json': { schema: { $ref: ref('Problem') } },
      ...(OF_GATEWAY.has(status) && { 'application/json': { schema: { $ref: ref('GatewayMessage') } } }),
    },
  };
}

const IDEMPOTENCY_KEY: JsonObject = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same key with the same body gets the first answer again, for 24 hours',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: KEY_PATTERN.source },
};

/** Which problems an endpoint can end in. */
function problemsOf({ permission, params, query, body, namesOthers }: Endpoint): ProblemStatus[] {
  const hasInput = body !== null || Object.keys({ ...params.shape, ...query.shape }).length > 0;
  const can: Partial<Record<ProblemStatus, boolean>> = {
    400: body !== null,
    401: permission !== null,
    403: permission !== null,
    404: namesOthers === true || Object.keys(params.shape).length > 0,
    405: false,
    409: body !== null,
    // An answer can be too large to be passed on, too.
    413: permission !== null,
    415: body !== null,
    422: hasInput,
    503: false,
  };
  return PROBLEM_STATUSES.filter((status) => can[status] ?? true);
}

function parametersOf(schema: z.ZodObject, place: 'path' | 'query'): JsonObject[] {
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    properties?: Record<string, JsonObject>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema: rest,
  }));
}

/** A registered schema as a reference; another one in place. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  const id = (io === 'input' ? requestSchemas : answerSchemas).get(schema)?.id;
  if (id !== undefined) return { $ref: ref(id) };
  return plain(z.toJSONSchema(schema, { io }) as JsonObject);
}

type SchemaOptions = NonNullable<Parameters<typeof z.toJSONSchema>[1]>;

const leaveOpen: NonNullable<SchemaOptions['override']> = ({ jsonSchema }) => {
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
};

function schemasOf(
  registry: typeof answerSchemas,
  io: 'input' | 'output',
  options: Pick<SchemaOptions, 'override'> = {},
): JsonObject {
  const { schemas } = z.toJSONSchema(registry, { io, uri: ref, ...options });
  const sorted = Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([id, schema]) => [id, plain(schema as JsonObject)]));
}

function plain({ $schema, $id, id, ...rest }: JsonObject): JsonObject {
  return rest;
}
