/** A stack on a local AWS of which only the outputs are real: what commands find their tables and buckets by. */
import { randomBytes } from 'node:crypto';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { expect, vi } from 'vitest';
import { clientSettings } from './local-aws.ts';

/** Its name. */
export async function makeStack(outputs: Readonly<Record<string, string>>): Promise<string> {
  const StackName = `Assay-test-${randomBytes(4).toString('hex')}`;
  const client = new CloudFormationClient(clientSettings());
  const Outputs = Object.fromEntries(Object.entries(outputs).map(([name, Value]) => [name, { Value }]));
  const Resources = { Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: StackName } } };
  await client.send(
    new CreateStackCommand({ StackName, TemplateBody: JSON.stringify({ Resources, Outputs }) }),
  );
  const state = async () =>
    (await client.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0]?.StackStatus;
  await vi.waitFor(async () => expect(await state()).toBe('CREATE_COMPLETE'), 20_000);
  return StackName;
}
