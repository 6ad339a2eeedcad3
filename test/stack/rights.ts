/** The rights that a stack's template gives, one by one, and what its functions ask for: what permissions.test.ts compares. */
import { type Delivery, deliveriesOf, KEY_ACTIONS } from './deliveries.ts';
import { ACCOUNT, type Call, listOf, Policies, REGION, type Resources, type Statement } from './policies.ts';
import { type RightLines, WEBHOOK_SECRET } from './recorded-rights.ts';

export interface Template {
  readonly Resources: Resources;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
}

/** What a role is of: a function by its name, a state machine or schedule by its construct. */
export interface Owner {
  readonly name: string;
  readonly role: string;
}

export interface Right {
  readonly owner: Owner;
  /** As the tables of the tests have it: `s3:GetObject DataBucket work/`. */
  readonly label: string;
  readonly statement: Statement;
}

const KEYS = 'dynamodb:LeadingKeys';

export function ownersOf(policies: Policies): Owner[] {
  const functions = policies.ofType('AWS::Lambda::Function').map(([, { Handler, Role }]) => {
    return { name: String(Handler).replace(/^.*\/|\.handler$/g, ''), role: policies.idOf(Role) };
  });
  const others = policies
    .ofType('AWS::IAM::Role')
    .filter(([id]) => !functions.some(({ role }) => role === id))
    .map(([id]) => ({ name: id.replace(/(Machine)?Role[0-9A-F]{8}$/, ''), role: id }));
  return [...functions, ...others];
}

/** Each action on each resource and each kind of items of each statement. */
export function rightsOf(policies: Policies, owner: Owner, { Outputs }: Template): Right[] {
  return policies.statementsOfRole(owner.role).flatMap((statement) =>
    listOf(statement.Action).flatMap((action) =>
      listOf(statement.Resource).flatMap((resource) =>
        keysOf(statement).map((key) => {
          const where = nameOf(policies.resolve(resource), policies, Outputs);
          return {
            owner,
            label: [action, where, key?.replace(/\*$/, '')].filter(Boolean).join(' '),
            statement: {
              ...{ ...statement, Action: action, Resource: resource },
              ...(key !== null && { Condition: { 'ForAllValues:StringLike': { [KEYS]: key } } }),
            },
          };
        }),
      ),
    ),
  );
}

function keysOf({ Condition = {} }: Statement): (string | null)[] {
  const keys = listOf(Condition['ForAllValues:StringLike']?.[KEYS]).map(String);
  return keys.length === 0 ? [null] : keys;
}

/** By the output that names it, as long as there is one. */
function nameOf(arn: string, policies: Policies, outputs: Template['Outputs']): string {
  const named = new Map(
    Object.entries(outputs).flatMap(([name, { Value }]) => {
      const id = (Value as { Ref?: string }).Ref;
      return id === undefined ? [] : [[policies.arnOf(id), name] as const];
    }),
  );
  for (const [known, name] of named) {
    if (arn === known) return name;
    if (arn.startsWith(`${known}/`))
      return `${name} ${arn.slice(known.length + 1).replace(/\*$/, '')}`.trim();
  }
  return arn.replace(/^arn:aws:\w+:[^:]*:[^:]*:/, '').replace(/[0-9A-F]{8}(?=$|:|\/)/, '');
}

/** What the functions asked for, as calls on the resources of the template, with those on the keys that encrypt these. */
export function askedCalls(policies: Policies, lines: RightLines, template: Template): (Call & Asked)[] {
  const owners = new Map(ownersOf(policies).map(({ name, role }) => [name, role]));
  return Object.entries(lines).flatMap(([caller, asked]) => {
    const role = owners.get(caller);
    if (role === undefined) throw new Error(`no function of the template is called ${caller}`);
    return asked.flatMap((line) => {
      const call = callOf(line, policies, template.Outputs);
      return [call, ...keyCallsOf(policies, call)].map((one) => ({
        principal: { role },
        caller,
        line,
        ...one,
      }));
    });
  });
}

interface Asked {
  readonly caller: string;
  readonly line: string;
}

type BareCall = Omit<Call, 'principal'>;

function callOf(line: string, policies: Policies, outputs: Template['Outputs']): BareCall {
  const [action = '', name = '', ...rest] = line.split(' ');
  if (action === 'unknown') throw new Error(line);
  const isConditional = rest.at(-1) === 'if-none-match';
  const part = (isConditional ? rest.slice(0, -1) : rest).join(' ');
  if (action.startsWith('cloudwatch:')) {
    // The right is to all alarms of the account.
    const [target] = policies.ofType('AWS::CloudWatch::Alarm')[0]!;
    return { action, target, arn: `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:${target}` };
  }
  const target =
    name === WEBHOOK_SECRET
      ? policies.ofType('AWS::SecretsManager::Secret')[0]![0]
      : idOfOutput(name, policies, outputs);
  const arn = policies.arnOf(target);
  if (action.startsWith('s3:List')) return { action, target, arn };
  if (action.startsWith('s3:')) {
    const context = isConditional ? { 's3:if-none-match': '*' } : {};
    return { action, target, arn: `${arn}/${part}a-key`, context };
  }
  if (action.startsWith('dynamodb:') && part.startsWith('index/'))
    return { action, target, arn: `${arn}/${part}` };
  if (action.startsWith('dynamodb:') && part !== '')
    return { action, target, arn, context: { [KEYS]: [part.endsWith('#') ? `${part}a-key` : part] } };
  if (part === 'execution')
    return { action, target, arn: `${arn.replace(':stateMachine:', ':execution:')}:an-execution` };
  return { action, target, arn };
}

function idOfOutput(name: string, policies: Policies, outputs: Template['Outputs']): string {
  const value = outputs[name]?.Value;
  if (value === undefined) throw new Error(`the template has no output ${name}`);
  return policies.idOf(value);
}

/** Who reads needs the key to decrypt, who writes needs it for a new data key, and to check what it wrote. */
function keyCallsOf(policies: Policies, { action, target }: BareCall): BareCall[] {
  if (action.startsWith('s3:List') || action.startsWith('s3:Abort')) return [];
  const key = keyOf(policies, target);
  if (key === null) return [];
  const isRead = /:(Get|Query|BatchGet|Receive)/.test(action);
  return KEY_ACTIONS.filter((one) => !isRead || one === 'kms:Decrypt').map((one) => {
    return { action: one, target: key, arn: policies.arnOf(key) };
  });
}

function keyOf(policies: Policies, id: string): string | null {
  const properties = JSON.stringify(policies.propertiesOf(id));
  const named = /"(?:KMSMasterKeyI[Dd]|KmsMasterKeyId|KmsKeyId)":(\{.*?\]?\})/.exec(properties)?.[1];
  return named === undefined ? null : policies.idOf(JSON.parse(named));
}

/** Those of the calls that no policy allows, in short. */
export function refusedCalls(template: Template, lines: RightLines): string[] {
  const policies = new Policies(template.Resources);
  return askedCalls(policies, lines, template)
    .filter((call) => !policies.allows(call))
    .map(({ caller, line, action }) =>
      line.startsWith(`${action} `) ? `${caller}: ${line}` : `${caller}: ${action} for ${line}`,
    );
}

/** What Lambda does for and by a function's role, beside what the function asks for. */
function platformCalls(policies: Policies): Call[] {
  return policies.ofType('AWS::Lambda::Function').flatMap(([, { Role, LoggingConfig, TracingConfig }]) => {
    const role = policies.idOf(Role);
    const principal = { role };
    const lambda = { service: 'lambda.amazonaws.com' };
    const assume = { principal: lambda, action: 'sts:AssumeRole', target: role, arn: policies.arnOf(role) };
    const log = policies.idOf((LoggingConfig as { LogGroup: unknown }).LogGroup);
    const logs = ['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => {
      return { principal, action, target: log, arn: policies.arnOf(log) };
    });
    const traces = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'].map((action) => {
      return { principal, action, target: log, arn: `arn:aws:xray:::${ACCOUNT}` };
    });
    return [assume, ...logs, ...(TracingConfig === undefined ? [] : traces)];
  });
}

/** All that is known to be done by the roles of the template. */
export function allCalls(policies: Policies, lines: RightLines, template: Template): Call[] {
  const deliveries: readonly Delivery[] = deliveriesOf(policies);
  return [...askedCalls(policies, lines, template), ...platformCalls(policies), ...deliveries];
}

/** Those that no call needs. */
export function unusedRights(policies: Policies, calls: readonly Call[], template: Template): Right[] {
  return ownersOf(policies).flatMap((owner) => {
    const own = calls.filter(({ principal }) => 'role' in principal && principal.role === owner.role);
    return rightsOf(policies, owner, template).filter(
      ({ statement }) => !own.some((call) => policies.fits(statement, call)),
    );
  });
}

export interface Allowance {
  /** `KMS::Key StorageKey: kms:Decrypt by logs.eu-central-1.amazonaws.com`. */
  readonly label: string;
  readonly target: string;
  readonly statement: Statement;
}

/** Each Allow of each resource's own policy, by principal and action. */
export function allowancesOf(policies: Policies, { Resources }: Template): Allowance[] {
  return Object.entries(Resources).flatMap(([target, { Type }]) =>
    policies
      .resourceStatements(target)
      .filter(({ Effect }) => Effect === 'Allow')
      .flatMap((statement) =>
        listOf(statement.Action).flatMap((action) =>
          principalsOf(statement).map((Principal) => ({
            label: `${Type.slice('AWS::'.length)} ${target.replace(/[0-9A-F]{8}$/, '')}: ${action} by ${policies.resolve(Object.values(Principal)[0])}`,
            target,
            statement: { ...statement, Action: action, Principal },
          })),
        ),
      ),
  );
}

function principalsOf({ Principal }: Statement): Readonly<Record<string, unknown>>[] {
  if (typeof Principal !== 'object' || Principal === null) return [{ AWS: Principal }];
  return Object.entries(Principal).flatMap(([kind, values]) =>
    listOf(values).map((value) => ({ [kind]: value })),
  );
}

/** Those of the allowances that no call needs. */
export function unusedAllowances(policies: Policies, calls: readonly Call[], template: Template): string[] {
  return allowancesOf(policies, template)
    .filter(
      ({ target, statement }) =>
        !calls.some((call) => call.target === target && policies.isMeant(statement, call)),
    )
    .map(({ label }) => label);
}
