/**
 * The name of a state machine’s log group. It must begin with /aws/vendedlogs/, or each machine makes the account’s one policy of log
 * delivery longer until it is full. It ends in the stack’s own id, so that a log which outlives its stack never stands in the way of the
 * next stack of that name.
 */
import { Aws, Fn, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

export function machineLogName(scope: Construct, machine: string): string {
  // arn:…:stack/<name>/<uuid>
  const id = Fn.select(2, Fn.split('/', Aws.STACK_ID));
  return `/aws/vendedlogs/states/${Stack.of(scope).stackName}-${machine}-${id}`;
}
