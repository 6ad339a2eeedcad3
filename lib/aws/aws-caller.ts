/** Who acts on the command line: the AWS identity of the credentials at hand. */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { InputError } from '../errors.ts';
import { doing } from './store-error.ts';

/** No account of AWS has this number: an emulator that knows everyone by one name has. */
const EMULATED_ACCOUNT = '000000000000';

/**
 * Another name (`as`) is taken only where the stack itself is in an account that is no one's, or it would let one person approve
 * as two; and who is asked for the identity must know that account. `resource` is the ARN of one of the stack's.
 */
export async function callerName(resource: string, as: string | undefined): Promise<string> {
  const stackAccount = resource.split(':')[4]!;
  const { Account, Arn } = await doing('asking who you are', () =>
    new STSClient({}).send(new GetCallerIdentityCommand({})),
  );
  if (Account !== stackAccount) {
    throw new InputError(
      `you act as ${Arn}, and the stack is in the account ${stackAccount}: use its credentials`,
    );
  }
  if (as === undefined) return Arn!;
  if (stackAccount === EMULATED_ACCOUNT) return as;
  throw new InputError(`you act as ${Arn}: --as is for an emulator, which knows everyone by one name`);
}
