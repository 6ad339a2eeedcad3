/**
 * Says in one sentence what to do about an answer of AWS that something is wrong on the caller's side; null for what is no trouble
 * of that kind. The error may be wrapped: its causes are looked through.
 */
import { errorName, statusOf } from './store-error.ts';

type Explain = (message: string) => string;

const credentials =
  'name a profile by AWS_PROFILE, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in (aws sso login)';
const denied: Explain = (message) =>
  `AWS refuses this with the credentials at hand (${message}): the rights that each command needs stand in docs/deploy.md`;
const invalid: Explain = (message) =>
  `AWS does not take the credentials at hand (${message}): ${credentials}`;
const expired: Explain = () =>
  'the AWS credentials at hand have expired: sign in again (aws sso login), or renew them';
const unreachable: Explain = (message) =>
  `AWS can't be reached (${message}): check the network, AWS_REGION, and AWS_ENDPOINT_URL if it is set`;
const gone: Explain = (message) =>
  `what the stack names is not there (${message}): it was taken down or changed meanwhile; look at its state in CloudFormation`;
const busy: Explain = (message) => `AWS is throttling (${message}): try again in a while`;

const EXPLANATIONS: Readonly<Record<string, Explain>> = {
  CredentialsProviderError: (message) =>
    `no AWS credentials were found${ofProfile()} (${message}): ${credentials}`,
  AccessDenied: denied,
  AccessDeniedException: denied,
  UnauthorizedOperation: denied,
  InvalidClientTokenId: invalid,
  InvalidAccessKeyId: invalid,
  UnrecognizedClientException: invalid,
  SignatureDoesNotMatch: invalid,
  InvalidSignatureException: invalid,
  ExpiredToken: expired,
  ExpiredTokenException: expired,
  TokenProviderError: expired,
  NoSuchBucket: gone,
  ResourceNotFoundException: gone,
  QueueDoesNotExist: gone,
  ProvisionedThroughputExceededException: busy,
  ThrottlingException: busy,
  Throttling: busy,
  SlowDown: busy,
  TimeoutError: unreachable,
};

const UNREACHABLE = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EPIPE',
];

export function explainAwsError(error: unknown): string | null {
  for (let one = error; one instanceof Error; one = one.cause) {
    const sentence = explain(one);
    if (sentence !== null) return sentence;
  }
  return null;
}

/** Whether AWS refused a call for want of a permission, at whatever depth of causes. */
export function isDenied(error: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause)
    if (EXPLANATIONS[one.name] === denied) return true;
  return false;
}

function explain(error: Error): string | null {
  const message = firstLine(error.message);
  const known = Object.hasOwn(EXPLANATIONS, error.name) ? EXPLANATIONS[error.name] : undefined;
  if (known !== undefined) return known(message);
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined && UNREACHABLE.includes(code)) return unreachable(message === '' ? code : message);
  if (code === 'ERR_INVALID_URL') return `AWS_ENDPOINT_URL is no address: "${process.env.AWS_ENDPOINT_URL}"`;
  if (message === 'Region is missing')
    return 'no AWS region is set: set AWS_REGION, or name a profile that has one by AWS_PROFILE';
  // A HEAD request's refusal has no body, and so no name.
  if (statusOf(error) === 403) return denied(message === 'UnknownError' ? errorName(error) : message);
  return null;
}

function ofProfile(): string {
  const name = process.env.AWS_PROFILE;
  return name === undefined ? '' : ` for the profile "${name}"`;
}

function firstLine(text: string): string {
  return text.split('\n')[0]!.replace(/[.\s]+$/, '');
}
