/** The names that CloudFormation gave the resources of a stack, by type and the beginning of their logical id. */
import {
  CloudFormationClient,
  paginateListStackResources,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';

export async function stackResources(stackName: string): Promise<StackResourceSummary[]> {
  const found: StackResourceSummary[] = [];
  const pages = paginateListStackResources(
    { client: new CloudFormationClient({}) },
    { StackName: stackName },
  );
  for await (const { StackResourceSummaries = [] } of pages) found.push(...StackResourceSummaries);
  return found;
}

export async function resourceNamed(stackName: string, type: string, logicalId: string): Promise<string> {
  const found = (await stackResources(stackName)).find(
    ({ ResourceType, LogicalResourceId }) =>
      ResourceType === type && LogicalResourceId?.startsWith(logicalId) === true,
  );
  if (found?.PhysicalResourceId === undefined)
    throw new Error(`the stack ${stackName} has no ${type} ${logicalId}`);
  return found.PhysicalResourceId;
}
