/** Reads where the parts of a stack are: the outputs that CloudFormation keeps of it. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { errorName } from './store-error.ts';

const Outputs = z.object({
  DropsBucket: z.string(),
  DataBucket: z.string(),
  AuditBucket: z.string(),
  ArtifactsBucket: z.string(),
  FlagsTable: z.string(),
  DropsTable: z.string(),
  ModelsTable: z.string(),
  DeadLettersUrl: z.string(),
  ArrivalsUrl: z.string(),
  DropMachineArn: z.string(),
  /** Absent from a stack that was deployed before there were retrainings. */
  RetrainMachineArn: z.string().optional(),
  EventBus: z.string().optional(),
  ConsoleUrl: z.string().optional(),
  /** Absent from a stack that was deployed before logs were signed. */
  SigningKey: z.string().optional(),
  LogName: z.string().optional(),
  /** Absent where models need not be signed. */
  ModelKeys: z.string().optional(),
  /** Absent from a stack that was deployed before subjects had keys. */
  SubjectsTable: z.string().optional(),
  SubjectsKey: z.string().optional(),
  /** Absent where no domain's records are erasable. */
  ErasureDomains: z.string().optional(),
});

export type StackOutputs = Readonly<z.output<typeof Outputs>>;

/** Throws an InputError where there is no such stack, or it is none of Assay's. */
export async function readStackOutputs(name: string): Promise<StackOutputs> {
  const client = new CloudFormationClient({});
  const found = await describe(client, name);
  if (found === undefined) {
    const region = await client.config.region();
    throw new InputError(
      `there is no stack ${name} in ${region}: deploy it (docs/deploy.md), or say which by --stage or --stack, AWS_REGION and AWS_PROFILE`,
    );
  }
  const { StackStatus, Outputs: list = [] } = found;
  const read = Outputs.safeParse(Object.fromEntries(list.map((one) => [one.OutputKey, one.OutputValue])));
  if (read.success) return read.data;
  const missing = read.error.issues.map((issue) => issue.path.join('.')).join(', ');
  throw new InputError(
    `the stack ${name} (${StackStatus}) has no ${missing} among its outputs: it is not one of Assay's, or its deployment has not come to its end`,
  );
}

async function describe(client: CloudFormationClient, name: string) {
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: name }));
    return Stacks?.[0];
  } catch (error) {
    const isMissing =
      errorName(error) === 'ValidationError' && /does not exist/.test((error as Error).message);
    if (isMissing) return undefined;
    throw error;
  }
}
