/** What every command against a deployed stack shares: which stack it is, and AWS errors explained in a sentence each. */
import { Option } from 'commander';
import { explainAwsError } from '../aws/explain-aws-error.ts';
import { InputError, UsageError } from '../errors.ts';
import { type DeployedStack, openStack } from '../services/deployed-stack.ts';
import { type ErasureStack, openErasureStack } from '../services/erasure-stack.ts';
import { type LearningStack, openLearningStack } from '../services/learning-stack.ts';

export interface ShowsRecords {
  showPersonal?: boolean;
}

export interface StackFlags {
  stage: string;
  stack?: string;
}

export const stackOptions = {
  stage: () => new Option('--stage <name>', 'of the stack Assay-<stage>').default('dev'),
  stack: () => new Option('--stack <name>', 'name of the stack, where it is another'),
  showPersonal: () =>
    new Option(
      '--show-personal',
      'personal data as it is, not masked; who reads it is written to the log of acts',
    ),
  as: () => new Option('--as <name>', 'who acts, at an emulator; elsewhere it is your AWS identity'),
};

/** Appended to the help of each of these commands. */
export const awsHelp =
  '\nCredentials, region and endpoint are found the AWS way: AWS_PROFILE, AWS_REGION, …, ~/.aws, AWS_ENDPOINT_URL.';

/** Does work at the stack; what AWS refuses, and why it can't be reached, is an InputError that says what to do. */
export async function atStack<Result>(
  flags: StackFlags,
  work: (stack: DeployedStack) => Promise<Result>,
): Promise<Result> {
  return await translateAwsErrors(async () => work(await openStack(stackName(flags), Date.now)));
}

/** The same, for reviews, models and retrainings. */
export async function atLearningStack<Result>(
  flags: StackFlags,
  work: (stack: LearningStack) => Promise<Result>,
): Promise<Result> {
  return await translateAwsErrors(async () => {
    const stack = await openLearningStack(stackName(flags), Date.now, complain);
    await stack.expectNoneNamed(freeTexts(flags));
    return await work(stack);
  });
}

/** What people write, by option: it stays in the stack when a subject is erased. */
function freeTexts(flags: StackFlags): Record<string, string> {
  const given = flags as StackFlags & Readonly<Record<string, unknown>>;
  const names = ['reason', 'note', 'basis', 'comment'];
  const texts = names.flatMap((name) => {
    const text = given[name];
    return typeof text === 'string' ? [[`--${name}`, text] as const] : [];
  });
  return Object.fromEntries(texts);
}

/** The same, for erasures. */
export async function atErasureStack<Result>(
  flags: StackFlags,
  work: (stack: ErasureStack) => Promise<Result>,
): Promise<Result> {
  return await translateAwsErrors(async () => work(await openErasureStack(stackName(flags))));
}

function complain(sentence: string): void {
  process.stderr.write(`assay: ${sentence}\n`);
}

function stackName({ stage, stack }: StackFlags): string {
  return stack ?? `Assay-${stage}`;
}

async function translateAwsErrors<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof InputError || error instanceof UsageError) throw error;
    const trouble = explainAwsError(error);
    if (trouble === null) throw error;
    throw new InputError(trouble, { cause: error });
  }
}
