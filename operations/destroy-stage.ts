/** Removes a stack of stage dev with all that is in its buckets: audit logs too, which dev retains for a day in governance mode. */
import { CloudFormationClient, DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import { DeleteObjectsCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { UsageError } from '../lib/errors.ts';
import { stackStatus } from './deployed-stage.ts';
import { stackResources } from './smoke/stack-resources.ts';
import { waitFor } from './smoke/steps.ts';

const PATIENCE_MS = 1_800_000;

export async function destroyStage(stackName: string): Promise<string> {
  if (stackName !== 'Assay-dev') throw new UsageError(`only Assay-dev is destroyed, not ${stackName}`);
  const resources = await stackResources(stackName);
  let objects = 0;
  for (const { ResourceType, PhysicalResourceId } of resources) {
    if (ResourceType === 'AWS::S3::Bucket' && PhysicalResourceId !== undefined)
      objects += await emptyBucket(PhysicalResourceId);
  }
  await new CloudFormationClient({}).send(new DeleteStackCommand({ StackName: stackName }));
  const ended = await waitFor(async () => {
    const status = await stackStatus(stackName);
    return status === null || !status.endsWith('IN_PROGRESS') ? (status ?? 'DELETE_COMPLETE') : null;
  }, PATIENCE_MS);
  if (ended !== 'DELETE_COMPLETE')
    throw new Error(`the stack ${stackName} is ${ended ?? 'still being deleted'}`);
  return `${resources.length} resources and ${objects} versions of objects are gone`;
}

/** How many versions and delete markers were in it. */
async function emptyBucket(Bucket: string): Promise<number> {
  const client = new S3Client({ forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined });
  for (let count = 0; ; ) {
    // What was listed is gone by the next look, so that each look begins at the beginning.
    const { Versions = [], DeleteMarkers = [] } = await client.send(
      new ListObjectVersionsCommand({ Bucket }),
    );
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
    if (Objects.length === 0) return count;
    const { Errors = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true }, BypassGovernanceRetention: true }),
    );
    const [error] = Errors;
    if (error !== undefined) throw new Error(`${Bucket}/${error.Key} cannot be deleted: ${error.Message}`);
    count += Objects.length;
  }
}
