/** List prices in US dollars, us-east-1, the first tier, without any free tier. Each is read again from its page when the date is changed. */

/** When the prices below were last held against their pages. */
export const PRICED_ON = '2026-11-22';

export interface Price {
  readonly dollars: number;
  readonly per: number;
  readonly unit: string;
  /** The page of AWS that lists it. */
  readonly page: string;
}

const LAMBDA = 'aws.amazon.com/lambda/pricing';
const CLOUDWATCH = 'aws.amazon.com/cloudwatch/pricing';
const S3 = 'aws.amazon.com/s3/pricing';

export const PRICES = {
  gbSecond: { dollars: 0.0000133334, per: 1, unit: 'GB-second of a function (arm64)', page: LAMBDA },
  diskGbSecond: {
    dollars: 0.0000000309,
    per: 1,
    unit: 'GB-second of a function’s disk above 512 MB',
    page: LAMBDA,
  },
  invocation: { dollars: 0.2, per: 1e6, unit: 'million invocations', page: LAMBDA },
  transition: {
    dollars: 0.025,
    per: 1e3,
    unit: 'thousand transitions',
    page: 'aws.amazon.com/step-functions/pricing',
  },
  writeUnit: {
    dollars: 0.625,
    per: 1e6,
    unit: 'million write units',
    page: 'aws.amazon.com/dynamodb/pricing/on-demand',
  },
  put: { dollars: 0.005, per: 1e3, unit: 'thousand objects written', page: S3 },
  get: { dollars: 0.0004, per: 1e3, unit: 'thousand objects read', page: S3 },
  alarm: { dollars: 0.1, per: 1, unit: 'alarm and month', page: CLOUDWATCH },
  dashboard: { dollars: 3, per: 1, unit: 'dashboard and month', page: CLOUDWATCH },
  key: { dollars: 1, per: 1, unit: 'key and month', page: 'aws.amazon.com/kms/pricing' },
  signature: {
    dollars: 0.15,
    per: 1e4,
    unit: 'ten thousand signatures (ECC)',
    page: 'aws.amazon.com/kms/pricing',
  },
  secret: { dollars: 0.4, per: 1, unit: 'secret and month', page: 'aws.amazon.com/secrets-manager/pricing' },
} as const satisfies Readonly<Record<string, Price>>;

export type PriceName = keyof typeof PRICES;

export const cost = (name: PriceName, amount: number): number =>
  (amount * PRICES[name].dollars) / PRICES[name].per;
