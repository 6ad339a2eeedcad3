/**
 * Who signs the API's tokens: a Cognito pool of the stack's own with a group for each role, or any OpenID Connect issuer
 * (settings `access`), whose tokens carry the groups in a `groups` or `cognito:groups` claim.
 */
import { Aws, Duration, Fn } from 'aws-cdk-lib';
import {
  type CfnUserPoolClient,
  CfnUserPoolGroup,
  FeaturePlan,
  Mfa,
  OAuthScope,
  StandardThreatProtectionMode,
  UserPool,
  type UserPoolClient,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import type { Stage } from './stage.ts';

export const ROLES = {
  viewer: 'Reads drops, flags and models',
  inspector: 'Reads, acts on nothing and never sees personal data',
  officer: 'Reads, scores, drops files and reviews flags',
  approver: 'Reads, and approves models',
  admin: 'Everything but personal data',
} as const;

/** Beside the roles: what a role alone does not include. */
const RIGHTS = { read_pii: 'Reads personal data, where a role lets its holder read at all' } as const;

export interface TokenIssuer {
  readonly url: string;
  readonly audience: readonly string[];
}

const SCOPES = [OAuthScope.OPENID, OAuthScope.EMAIL, OAuthScope.PROFILE];

/** The first part of the stack's random id: a sign-in address is unique in its region, over all accounts. */
const STACK_PART = Fn.select(0, Fn.split('-', Fn.select(2, Fn.split('/', Aws.STACK_ID))));

export class Identity extends Construct {
  readonly pool: UserPool;
  readonly client: UserPoolClient;
  readonly issuer: TokenIssuer;
  /** Where the pool shows its sign-in page: password, second factor, and the first sign-in with a new password. */
  readonly signInOrigin: string;

  constructor(scope: Construct, id: string, stage: Stage) {
    super(scope, id);
    const prod = stage.name === 'prod';
    this.pool = new UserPool(this, 'Users', {
      // People are let in by an administrator.
      selfSignUpEnabled: false,
      signInAliases: { username: true, email: true },
      passwordPolicy: {
        minLength: 14,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(3),
      },
      mfa: prod ? Mfa.REQUIRED : Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      featurePlan: prod ? FeaturePlan.PLUS : FeaturePlan.ESSENTIALS,
      ...(prod && { standardThreatProtectionMode: StandardThreatProtectionMode.FULL_FUNCTION }),
      deletionProtection: stage.deletionProtection,
      removalPolicy: stage.removal,
    });
    this.client = this.pool.addClient('Client', {
      authFlows: { userSrp: true, adminUserPassword: true },
      oAuth: { flows: { authorizationCodeGrant: true }, scopes: SCOPES },
      preventUserExistenceErrors: true,
      accessTokenValidity: Duration.hours(1),
      idTokenValidity: Duration.hours(1),
      refreshTokenValidity: Duration.days(1),
    });
    const domainPrefix = `assay-${stage.name}-${STACK_PART}`;
    this.pool.addDomain('SignIn', { cognitoDomain: { domainPrefix } });
    this.signInOrigin = `https://${domainPrefix}.auth.${Aws.REGION}.amazoncognito.com`;
    for (const [groupName, description] of Object.entries({ ...ROLES, ...RIGHTS })) {
      new CfnUserPoolGroup(this, groupName, { userPoolId: this.pool.userPoolId, groupName, description });
    }
    this.issuer = {
      url: `https://cognito-idp.${Aws.REGION}.${Aws.URL_SUFFIX}/${this.pool.userPoolId}`,
      audience: [this.client.userPoolClientId],
    };
  }
  /** Origins of the console: the pool sends people back there, and nowhere else. The API's own is known only after the pool. */
  returnTo(origins: readonly string[]): void {
    const client = this.client.node.defaultChild as CfnUserPoolClient;
    client.callbackUrLs = origins.map((origin) => `${origin}/sign-in`);
    client.logoutUrLs = origins.map((origin) => `${origin}/signed-out`);
  }
}
