/**
 * What a stack consists of, read from its CloudFormation template: its functions with what each may read and write, the steps of its
 * state machine, and the routes of its API. What the picture of the architecture is drawn from, so that it shows what is deployed
 * and nothing else.
 */
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Properties;
}

/** Of all that resources may have, what is read here. */
interface Properties {
  readonly Handler?: string;
  readonly MemorySize?: number;
  readonly Timeout?: number;
  readonly FunctionName?: unknown;
  readonly Role?: unknown;
  readonly Roles?: unknown;
  readonly PolicyDocument?: { readonly Statement: readonly Statement[] };
  readonly RouteKey?: string;
  readonly AuthorizationType?: string;
  readonly Target?: unknown;
  readonly IntegrationUri?: unknown;
  readonly DefinitionString?: unknown;
}

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

export interface FunctionPart {
  readonly name: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /** By logical id of a store: '', 'r', 'w' or 'rw'. */
  readonly access: ReadonlyMap<string, string>;
}

export interface StorePart {
  readonly id: string;
  readonly name: string;
  readonly kind: 'bucket' | 'table' | 'queue';
}

export interface StepPart {
  readonly function: string;
  /** Many at a time, one for each piece. */
  readonly isMap: boolean;
  /** What the steps that may follow run, but for those that are run again. */
  readonly next: readonly string[];
}

export interface MachinePart {
  readonly name: string;
  /** Those that run functions, each once, in an order in which they can first. */
  readonly steps: readonly StepPart[];
}

export interface StackParts {
  readonly functions: readonly FunctionPart[];
  readonly stores: readonly StorePart[];
  readonly machines: readonly MachinePart[];
  readonly routes: readonly { readonly key: string; readonly isOpen: boolean; readonly function: string }[];
  /** How many resources of each type there are. */
  readonly counts: ReadonlyMap<string, number>;
}

const STORES: Readonly<Record<string, StorePart['kind']>> = {
  'AWS::S3::Bucket': 'bucket',
  'AWS::DynamoDB::Table': 'table',
  'AWS::SQS::Queue': 'queue',
};

export function templateParts({ Resources }: Template): StackParts {
  const all = Object.entries(Resources);
  const ofType = (type: string) => all.filter(([, resource]) => resource.Type === type);
  const stores = all.flatMap(([id, { Type }]): StorePart[] => {
    const kind = STORES[Type];
    return kind === undefined ? [] : [{ id, kind, name: storeName(id) }];
  });
  const functions = ofType('AWS::Lambda::Function').map(([id, { Properties = {} }]) => ({
    id,
    name: String(Properties.Handler).replace(/^.*\/|\.handler$/g, ''),
    memoryMb: Number(Properties.MemorySize),
    timeoutSeconds: Number(Properties.Timeout),
    access: accessOf(Resources, idsIn(Properties.Role), stores),
  }));
  const versions = new Map(
    ofType('AWS::Lambda::Version').map(([id, { Properties = {} }]) => [id, idsIn(Properties.FunctionName)]),
  );
  /** Of a function, or of one of its versions. */
  const nameOf = (value: unknown): string => {
    const ids = [...idsIn(value)].flatMap((id) => [...(versions.get(id) ?? [id])]);
    return functions.find(({ id }) => ids.includes(id))?.name ?? '';
  };
  const routes = ofType('AWS::ApiGatewayV2::Route').map(([, { Properties = {} }]) => {
    const [integration] = [...idsIn(Properties.Target)];
    return {
      key: String(Properties.RouteKey),
      isOpen: Properties.AuthorizationType !== 'JWT',
      function: nameOf(Resources[integration!]?.Properties?.IntegrationUri),
    };
  });
  const counts = new Map<string, number>();
  for (const [, { Type }] of all) counts.set(Type, (counts.get(Type) ?? 0) + 1);
  const machines = ofType('AWS::StepFunctions::StateMachine').map(([id, { Properties = {} }]) => ({
    name: id.replace(/Machine[0-9A-F]{8}$/, '').toLowerCase(),
    steps: stepsOf(Properties.DefinitionString, nameOf).filter(({ function: own }) =>
      functions.some(({ name }) => name === own),
    ),
  }));
  return { functions, stores, machines, routes, counts };
}

/** `StorageDropsC4008030` is Storage/Drops: the construct's own name, without the part it stands in and the hash. */
function storeName(id: string): string {
  const name = id.replace(/^(Storage|Tables|Queues)/, '').replace(/[0-9A-F]{8}$/, '');
  return name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}

/** Logical ids that an expression refers to. */
function idsIn(value: unknown): ReadonlySet<string> {
  const found = new Set<string>();
  const look = (one: unknown): void => {
    if (typeof one !== 'object' || one === null) return;
    const { Ref, 'Fn::GetAtt': attribute } = one as { Ref?: string; 'Fn::GetAtt'?: readonly string[] };
    if (Ref !== undefined) found.add(Ref);
    if (attribute !== undefined) found.add(attribute[0]!);
    for (const inner of Object.values(one)) look(inner);
  };
  look(value);
  return found;
}

const WRITES = /:(Put|Update|Delete|Send|Abort|BatchWrite|ConditionCheck)/;

function accessOf(
  resources: Template['Resources'],
  roles: ReadonlySet<string>,
  stores: readonly StorePart[],
): Map<string, string> {
  const modes = new Map<string, Set<string>>();
  for (const { Type, Properties = {} } of Object.values(resources)) {
    if (Type !== 'AWS::IAM::Policy' || ![...idsIn(Properties.Roles)].some((role) => roles.has(role)))
      continue;
    for (const { Action, Resource } of Properties.PolicyDocument?.Statement ?? []) {
      const touched = idsIn(Resource);
      for (const { id, kind } of stores.filter((store) => touched.has(store.id))) {
        const known = modes.get(id) ?? new Set();
        modes.set(id, known);
        // A queue's message is deleted by the one who has read it.
        for (const action of [Action].flat())
          known.add(
            WRITES.test(action) && !(kind === 'queue' && action.endsWith('DeleteMessage')) ? 'w' : 'r',
          );
      }
    }
  }
  return new Map([...modes].map(([id, mode]) => [id, [...mode].sort().join('')]));
}

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Resource?: string;
  readonly ItemProcessor?: Machine;
}

interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

function stepsOf(definition: unknown, nameOf: (value: unknown) => string): StepPart[] {
  const { StartAt, States } = parseDefinition(definition, nameOf);
  const functionOf = ({ Resource, ItemProcessor }: State): string | undefined =>
    ItemProcessor === undefined
      ? Resource
      : Object.values(ItemProcessor.States).find((inner) => inner.Resource !== undefined)?.Resource;
  // What is met first comes last: a choice's ways first, where faults lead.
  const after = ({ Next, Default, Choices = [] }: State): string[] =>
    [...Choices.map((choice) => choice.Next), Default, Next].filter((one) => one !== undefined);
  /** The first steps that run a function, through choices and passing states. */
  const running = (name: string): string[] => {
    const own = functionOf(States[name]!);
    return own === undefined ? after(States[name]!).flatMap(running) : [name];
  };
  const order: string[] = [];
  const visit = (name: string): void => {
    if (order.includes(name)) return;
    for (const next of after(States[name]!).flatMap(running)) visit(next);
    if (!order.includes(name)) order.unshift(name);
  };
  for (const first of running(StartAt)) visit(first);
  const names = [...new Set(order.map((name) => functionOf(States[name]!)!))];
  return names.map((own, place) => {
    const states = order.filter((name) => functionOf(States[name]!) === own).map((name) => States[name]!);
    const next = states.flatMap(after).flatMap(running);
    const later = next.map((one) => functionOf(States[one]!)!).filter((one) => names.indexOf(one) > place);
    return { function: own, isMap: states[0]!.Type === 'Map', next: [...new Set(later)] };
  });
}

/** The functions' ARNs, which are known only once it is deployed, become their names. */
function parseDefinition(definition: unknown, nameOf: (value: unknown) => string): Machine {
  const { 'Fn::Join': join } = definition as { 'Fn::Join': readonly [string, readonly unknown[]] };
  return JSON.parse(
    join[1].map((piece) => (typeof piece === 'string' ? piece : nameOf(piece))).join(''),
  ) as Machine;
}
