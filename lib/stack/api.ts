/**
 * The API: one HTTP API, a JWT on every route but its own description, its health and the console's files, throttled, each call
 * logged.
 * Who may do what is decided by the token's groups, in the functions.
 */
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { HandlerName } from './handlers.ts';
import type { TokenIssuer } from './identity.ts';
import type { Stage } from './stage.ts';

/** Calls a second that the API takes on average and in a burst; beyond, 429. */
const THROTTLE = { rateLimit: 100, burstLimit: 200 };

/** Who called, what for, and how it ended; no query string and no body, which may hold personal data. */
const ACCESS_LOG = JSON.stringify({
  time: '$context.requestTime',
  id: '$context.requestId',
  ip: '$context.identity.sourceIp',
  subject: '$context.authorizer.claims.sub',
  route: '$context.routeKey',
  status: '$context.status',
  bytes: '$context.responseLength',
  ms: '$context.responseLatency',
  error: '$context.error.message',
  authorizerError: '$context.authorizer.error',
});

export interface ApiProps {
  readonly functions: { named(name: HandlerName): IFunction };
  readonly issuer: TokenIssuer;
  readonly key: IKey;
  readonly stage: Stage;
}

export class Api extends Construct {
  readonly api: HttpApi;

  constructor(scope: Construct, id: string, { functions, issuer, key, stage }: ApiProps) {
    super(scope, id);
    this.api = new HttpApi(this, 'Http', {
      apiName: `assay-${stage.name}`,
      description: 'Assay: flags, drops and scores',
      createDefaultStage: false,
      defaultAuthorizer: new HttpJwtAuthorizer('Token', issuer.url, { jwtAudience: [...issuer.audience] }),
    });
    this.api.addStage('Stage', {
      stageName: '$default',
      autoDeploy: true,
      throttle: THROTTLE,
      detailedMetricsEnabled: true,
      accessLogSettings: {
        destination: new LogGroupLogDestination(
          new LogGroup(this, 'AccessLogs', {
            retention: stage.logRetentionDays,
            encryptionKey: key,
            removalPolicy: stage.removal,
          }),
        ),
        format: AccessLogFormat.custom(ACCESS_LOG),
      },
    });
    const all = new HttpLambdaIntegration('All', functions.named('api'));
    const score = new HttpLambdaIntegration('Score', functions.named('api-score'));
    this.api.addRoutes({ path: '/v1/{proxy+}', methods: [HttpMethod.ANY], integration: all });
    this.api.addRoutes({ path: '/v1/score', methods: [HttpMethod.POST], integration: score });
    const console = new HttpLambdaIntegration('Console', functions.named('console'));
    for (const path of ['/', '/{proxy+}']) {
      const open = { integration: console, authorizer: new HttpNoneAuthorizer() };
      this.api.addRoutes({ path, methods: [HttpMethod.GET], ...open });
    }
    for (const path of ['/openapi.json', '/v1/health']) {
      const open = { integration: all, authorizer: new HttpNoneAuthorizer() };
      // Any method: the function says which there are.
      this.api.addRoutes({ path, methods: [HttpMethod.ANY], ...open });
    }
  }
}
