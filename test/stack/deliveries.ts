/** What the services of AWS do by themselves in a stack, read from its template: who sends what to whom, as the calls that need a right. */
import { ACCOUNT, type Call, listOf, type Policies, REGION } from './policies.ts';

export interface Delivery extends Call {
  /** What sends, for messages. */
  readonly from: string;
}

type Properties = Readonly<Record<string, unknown>>;
type Sender = Pick<Delivery, 'from' | 'principal' | 'context'>;

const ACTIONS: Readonly<Record<string, string>> = {
  'AWS::SNS::Topic': 'sns:Publish',
  'AWS::SQS::Queue': 'sqs:SendMessage',
  'AWS::Lambda::Function': 'lambda:InvokeFunction',
  'AWS::Lambda::Version': 'lambda:InvokeFunction',
  'AWS::StepFunctions::StateMachine': 'states:StartExecution',
};
/** Anyone who writes to what is encrypted needs both, whichever service asks for the key. */
export const KEY_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey'];

export function deliveriesOf(policies: Policies): Delivery[] {
  const each = (type: string, read: (id: string, properties: Properties) => Delivery[]): Delivery[] =>
    policies.ofType(type).flatMap(([id, properties]) => read(id, properties));
  return [
    ...each('AWS::CloudWatch::Alarm', (id, { AlarmActions, OKActions }) => {
      const sender = bySource(id, 'cloudwatch', `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:${id}`);
      return [...listOf(AlarmActions), ...listOf(OKActions)].flatMap((to) => send(policies, sender, to));
    }),
    ...each('AWS::Events::Rule', (id, { Targets }) => {
      const sender = bySource(id, 'events', policies.arnOf(id));
      return listOf(Targets).flatMap((target) => {
        const { Arn, DeadLetterConfig, RoleArn } = target as Properties;
        if (RoleArn !== undefined) throw new Error(`${id}: a target with a role is not read here`);
        return [...send(policies, sender, Arn), ...deadLetters(policies, sender, DeadLetterConfig)];
      });
    }),
    ...each('AWS::Scheduler::Schedule', (id, { Target }) => {
      const { Arn, DeadLetterConfig, RoleArn } = Target as Properties;
      const sender = { from: id, principal: { role: policies.idOf(RoleArn) } };
      return [
        assume(policies, id, 'scheduler', policies.idOf(RoleArn)),
        ...send(policies, sender, Arn),
        ...deadLetters(policies, sender, DeadLetterConfig),
      ];
    }),
    ...each('AWS::SNS::Subscription', (id, { Protocol, TopicArn, Endpoint }) => {
      if (Protocol === 'email') return [];
      if (Protocol !== 'sqs' && Protocol !== 'lambda') throw new Error(`${id}: ${Protocol} is not read here`);
      return send(policies, bySource(id, 'sns', policies.resolve(TopicArn)), Endpoint);
    }),
    ...each('AWS::Lambda::EventSourceMapping', (id, { EventSourceArn, FunctionName }) => {
      const queue = policies.idOf(EventSourceArn);
      const principal = { role: roleOf(policies, policies.idOf(FunctionName)) };
      const actions = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
      const calls = actions.map((action) => ({ action, target: queue, arn: policies.arnOf(queue) }));
      return [...calls, ...keyCalls(policies, queue)].map((call) => ({ from: id, principal, ...call }));
    }),
    ...each('AWS::Lambda::EventInvokeConfig', (id, { FunctionName, DestinationConfig }) => {
      const principal = { role: roleOf(policies, policies.idOf(FunctionName)) };
      const { OnFailure } = DestinationConfig as { OnFailure: { Destination: unknown } };
      return send(policies, { from: id, principal }, OnFailure.Destination);
    }),
    ...each('AWS::StepFunctions::StateMachine', (id, { RoleArn, DefinitionString }) => {
      const role = policies.idOf(RoleArn);
      const parts = (DefinitionString as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1];
      const called = parts.filter((part) => typeof part !== 'string' && !isPseudo(part));
      const sender = { from: id, principal: { role } };
      return [assume(policies, id, 'states', role), ...called.flatMap((arn) => send(policies, sender, arn))];
    }),
    ...each('AWS::ApiGatewayV2::Route', (id, { ApiId, RouteKey, Target }) => {
      const integration = policies.resolve(Target).replace('integrations/', '');
      const { IntegrationUri } = Object.fromEntries(policies.ofType('AWS::ApiGatewayV2::Integration'))[
        integration
      ]!;
      const path = String(RouteKey).split(' ')[1];
      const source = `arn:aws:execute-api:${REGION}:${ACCOUNT}:${policies.resolve(ApiId)}/$default/GET${path}`;
      return send(policies, bySource(id, 'apigateway', source), IntegrationUri);
    }),
    ...each('AWS::S3::Bucket', (id, { LoggingConfiguration }) => {
      if (LoggingConfiguration === undefined) return [];
      const { DestinationBucketName, LogFilePrefix } = LoggingConfiguration as Properties;
      const target = policies.idOf(DestinationBucketName);
      const arn = `${policies.arnOf(target)}/${String(LogFilePrefix)}a-log`;
      return [{ ...bySource(id, 'logging.s3', policies.arnOf(id)), action: 's3:PutObject', target, arn }];
    }),
    ...each('AWS::Logs::LogGroup', (id, { KmsKeyId }) => {
      const target = policies.idOf(KmsKeyId);
      const context = {
        'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${id}`,
      };
      const principal = { service: `logs.${REGION}.amazonaws.com` };
      return ['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey'].map((action) => {
        return { from: id, principal, context, action, target, arn: policies.arnOf(target) };
      });
    }),
  ];
}

const isPseudo = (value: unknown): boolean => (value as { Ref?: string }).Ref?.startsWith('AWS::') === true;

function bySource(from: string, service: string, sourceArn: string): Sender {
  const context = { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': ACCOUNT };
  return { from, principal: { service: `${service}.amazonaws.com` }, context };
}

function send(policies: Policies, sender: Sender, to: unknown): Delivery[] {
  const target = policies.idOf(to);
  const action = ACTIONS[policies.typeOf(target)];
  if (action === undefined)
    throw new Error(`${sender.from}: a target of the type ${policies.typeOf(target)} is not read here`);
  return [{ action, target, arn: policies.arnOf(target) }, ...keyCalls(policies, target)].map((call) => {
    return { ...sender, ...call };
  });
}

function deadLetters(policies: Policies, sender: Sender, config: unknown): Delivery[] {
  return config === undefined ? [] : send(policies, sender, (config as { Arn: unknown }).Arn);
}

/** A schedule takes its role in the name of its group. */
function assume(policies: Policies, from: string, service: string, role: string): Delivery {
  const group = `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule-group/default`;
  return {
    ...bySource(from, service, service === 'scheduler' ? group : policies.arnOf(from)),
    ...{ action: 'sts:AssumeRole', target: role, arn: policies.arnOf(role) },
  };
}

function keyCalls(policies: Policies, id: string): Omit<Delivery, 'from' | 'principal'>[] {
  const { KmsMasterKeyId } = policies.propertiesOf(id);
  if (KmsMasterKeyId === undefined) return [];
  const target = policies.idOf(KmsMasterKeyId);
  return KEY_ACTIONS.map((action) => ({ action, target, arn: policies.arnOf(target) }));
}

function roleOf(policies: Policies, id: string): string {
  return policies.idOf(policies.propertiesOf(id).Role);
}
