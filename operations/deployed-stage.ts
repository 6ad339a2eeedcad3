/** What is deployed of a stage: whether its stack is there, in which state, and the settings that its template names. */
import {
  CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import { parse } from 'yaml';
import { errorName } from '../lib/aws/store-error.ts';
import { SETTINGS_METADATA } from '../lib/stack/assay-stack.ts';

export interface DeployedStage {
  readonly status: string;
  /** Undefined: deployed by a version that did not write them down. */
  readonly settings: unknown;
}

/** A stack that a change set began, whose deletion ended, or whose creation failed: CDK makes it anew. */
const EMPTY = ['REVIEW_IN_PROGRESS', 'DELETE_COMPLETE', 'ROLLBACK_COMPLETE', 'ROLLBACK_FAILED'];

export async function readDeployedStage(stackName: string): Promise<DeployedStage | null> {
  const status = await stackStatus(stackName);
  if (status === null || isEmpty(status)) return null;
  const { TemplateBody = '{}' } = await new CloudFormationClient({}).send(
    new GetTemplateCommand({ StackName: stackName, TemplateStage: 'Original' }),
  );
  return { status, settings: settingsIn(TemplateBody) };
}

export const isEmpty = (status: string): boolean => EMPTY.includes(status);

export async function stackStatus(stackName: string): Promise<string | null> {
  try {
    const { Stacks = [] } = await new CloudFormationClient({}).send(
      new DescribeStacksCommand({ StackName: stackName }),
    );
    return Stacks[0]?.StackStatus ?? null;
  } catch (error) {
    const isMissing =
      errorName(error) === 'ValidationError' && /does not exist/.test((error as Error).message);
    if (isMissing) return null;
    throw error;
  }
}

/** CDK sends a large template as JSON, a small one as YAML. */
export function settingsIn(templateBody: string): unknown {
  const isJson = templateBody.trimStart().startsWith('{');
  const template = (isJson ? JSON.parse(templateBody) : parse(templateBody)) as {
    Metadata?: Readonly<Record<string, unknown>>;
  } | null;
  const settings = template?.Metadata?.[SETTINGS_METADATA];
  return typeof settings === 'string' ? (JSON.parse(settings) as unknown) : settings;
}
