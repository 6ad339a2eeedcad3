/** Whether a template's policies allow a call: statements as IAM evaluates them, with the intrinsic functions of CloudFormation resolved. */

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}
export type Resources = Readonly<Record<string, Resource>>;

export interface Call {
  /** A service, or a role's logical id. */
  readonly principal: { readonly service: string } | { readonly role: string };
  readonly action: string;
  /** Of the resource that is called. */
  readonly target: string;
  readonly arn: string;
  readonly context?: Context;
}

/** Of a request: a key with several values has a list. */
export type Context = Readonly<Record<string, string | readonly string[]>>;

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: unknown;
  readonly Resource?: unknown;
  readonly Principal?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export const REGION = 'eu-central-1';
export const ACCOUNT = '111122223333';
const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::AccountId': ACCOUNT,
  'AWS::URLSuffix': 'amazonaws.com',
};
/** As the services call each other. */
const EVERY_CALL: Context = { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3' };
/** What `Ref` gives of these is their ARN. */
const REF_IS_ARN = new Set([
  'AWS::SNS::Topic',
  'AWS::StepFunctions::StateMachine',
  'AWS::SecretsManager::Secret',
  'AWS::Lambda::Version',
]);
/** Where a resource's own policy stands, and by which property it names the resource. */
const RESOURCE_POLICIES = {
  'AWS::SQS::QueuePolicy': 'Queues',
  'AWS::SNS::TopicPolicy': 'Topics',
  'AWS::S3::BucketPolicy': 'Bucket',
} as const;

export const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];

export class Policies {
  readonly #resources: Resources;

  constructor(resources: Resources) {
    this.#resources = resources;
  }

  arnOf(id: string): string {
    const service = this.#resources[id]?.Type.split('::')[1]?.toLowerCase();
    if (service === undefined) throw new Error(`the template has no resource ${id}`);
    const { StateMachineName, FunctionName } = this.propertiesOf(id);
    if (this.typeOf(id) === 'AWS::Lambda::Version') return `${this.arnOf(this.idOf(FunctionName))}:1`;
    if (typeof StateMachineName === 'string')
      return `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${StateMachineName}`;
    if (service === 'stepfunctions') return `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${id}`;
    return `arn:aws:${service}:${REGION}:${ACCOUNT}:${id}`;
  }

  /** The text that CloudFormation would make of a value. */
  resolve(value: unknown): string {
    if (typeof value !== 'object' || value === null) return String(value);
    const {
      Ref,
      'Fn::GetAtt': attribute,
      'Fn::Join': join,
      'Fn::Select': select,
    } = value as Record<string, never>;
    if (Ref !== undefined)
      return PSEUDO[Ref] ?? (REF_IS_ARN.has(this.#resources[Ref]!.Type) ? this.arnOf(Ref) : Ref);
    if (attribute !== undefined)
      return attribute[1] === 'Arn' ? this.arnOf(attribute[0]) : `${attribute[0]}.${attribute[1]}`;
    if (join !== undefined) return (join[1] as unknown[]).map((part) => this.resolve(part)).join(join[0]);
    if (select !== undefined) {
      const [place, { 'Fn::Split': split }] = select as [number, { 'Fn::Split': [string, unknown] }];
      return this.resolve(split[1]).split(split[0])[place]!;
    }
    throw new Error(`not resolved here: ${JSON.stringify(value)}`);
  }

  /** The logical id of what a value refers to. */
  idOf(value: unknown): string {
    const { Ref, 'Fn::GetAtt': attribute } = value as { Ref?: string; 'Fn::GetAtt'?: readonly string[] };
    const id = Ref ?? attribute?.[0];
    if (id === undefined || !(id in this.#resources))
      throw new Error(`refers to nothing: ${JSON.stringify(value)}`);
    return id;
  }

  typeOf(id: string): string {
    return this.#resources[id]!.Type;
  }

  propertiesOf(id: string): Readonly<Record<string, unknown>> {
    return this.#resources[id]!.Properties ?? {};
  }

  ofType(type: string): [string, Readonly<Record<string, unknown>>][] {
    return Object.entries(this.#resources).flatMap(([id, { Type, Properties = {} }]) =>
      Type === type ? [[id, Properties] as [string, Record<string, unknown>]] : [],
    );
  }

  allows(call: Call): boolean {
    const own = this.resourceStatements(call.target).filter((statement) => this.isMeant(statement, call));
    const identity = 'role' in call.principal ? this.statementsOfRole(call.principal.role) : [];
    const all = [...own, ...identity.filter((statement) => this.fits(statement, call))];
    if (all.some(({ Effect }) => Effect === 'Deny')) return false;
    // A key's policy must let the account's roles in at all; a role needs its own policy beside it.
    if ('role' in call.principal && this.#resources[call.target]!.Type === 'AWS::KMS::Key')
      return own.length > 0 && identity.some((statement) => this.fits(statement, call));
    return all.length > 0;
  }

  /** Of a resource's own policy. */
  resourceStatements(id: string): Statement[] {
    const { Type, Properties = {} } = this.#resources[id]!;
    if (Type === 'AWS::KMS::Key') return statementsOf(Properties.KeyPolicy);
    if (Type === 'AWS::IAM::Role') {
      return statementsOf(Properties.AssumeRolePolicyDocument).map((one) => ({ ...one, Resource: '*' }));
    }
    if (Type === 'AWS::Lambda::Function') {
      return this.ofType('AWS::Lambda::Permission')
        .filter(([, permission]) => this.idOf(permission.FunctionName) === id)
        .map(([, { Action, Principal, SourceArn }]) => ({
          Effect: 'Allow',
          Action,
          Resource: '*',
          Principal: { Service: Principal },
          Condition: { ArnLike: { 'aws:SourceArn': SourceArn } },
        }));
    }
    return Object.entries(RESOURCE_POLICIES).flatMap(([type, property]) =>
      this.ofType(type)
        .filter(([, policy]) => listOf(policy[property]).some((one) => this.idOf(one) === id))
        .flatMap(([, policy]) => statementsOf(policy.PolicyDocument)),
    );
  }

  /** Whether a statement of a resource's own policy speaks of a call and of who makes it. */
  isMeant(statement: Statement, call: Call): boolean {
    return this.#isFor(statement, call.principal) && this.fits(statement, call);
  }

  statementsOfRole(role: string): Statement[] {
    // What is too long for a role's own policy is in one beside it.
    return [...this.ofType('AWS::IAM::Policy'), ...this.ofType('AWS::IAM::ManagedPolicy')]
      .filter(([, { Roles }]) => listOf(Roles).some((one) => this.idOf(one) === role))
      .flatMap(([, { PolicyDocument }]) => statementsOf(PolicyDocument));
  }

  #isFor({ Principal }: Statement, principal: Call['principal']): boolean {
    if (Principal === '*') return true;
    const { AWS, Service } = Principal as { AWS?: unknown; Service?: unknown };
    const named = (value: unknown) => listOf(value).map((one) => this.resolve(one));
    if ('service' in principal) return named(Service).includes(principal.service) || named(AWS).includes('*');
    return named(AWS).some(
      (one) => one === '*' || one.endsWith(':root') || one === this.arnOf(principal.role),
    );
  }

  /** Whether a statement speaks of a call. */
  fits(
    { Action, Resource, Condition = {} }: Statement,
    { action, arn, context = {} }: Omit<Call, 'principal' | 'target'>,
  ): boolean {
    const known: Context = { ...EVERY_CALL, ...context };
    return (
      listOf(Action).some((one) => isLike(String(one).toLowerCase(), action.toLowerCase())) &&
      listOf(Resource).some((one) => isLike(this.resolve(one), arn)) &&
      Object.entries(Condition).every(([operator, keys]) =>
        Object.entries(keys).every(([key, values]) => {
          const expected = listOf(values).map((one) => this.resolve(one));
          return conditionHolds(operator, expected, known[key]);
        }),
      )
    );
  }
}

function conditionHolds(
  operator: string,
  expected: readonly string[],
  found: string | readonly string[] | undefined,
): boolean {
  if (operator === 'Null') return expected.includes(String(found === undefined));
  const each = operator.replace('ForAllValues:', '');
  // Of no values, all are as expected: so says IAM.
  if (each !== operator)
    return listOf(found).every((one) => expected.some((value) => holds(each, value, String(one))));
  if (operator === 'StringNotEquals') return !expected.includes(String(found));
  if (typeof found === 'object') throw new Error(`one value is expected by ${operator}`);
  return found !== undefined && expected.some((value) => holds(operator, value, found));
}

function holds(operator: string, expected: string, found: string): boolean {
  if (/^(String|Arn)(Equals|Like)$|^Bool$/.test(operator)) return isLike(expected, found);
  if (operator === 'NumericLessThan') return Number(found) < Number(expected);
  throw new Error(`not evaluated here: ${operator}`);
}

function statementsOf(document: unknown): Statement[] {
  return [...((document as { Statement?: readonly Statement[] } | undefined)?.Statement ?? [])];
}

function isLike(pattern: string, text: string): boolean {
  const expression = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${expression.join('.*')}$`).test(text);
}
