import type { Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';

export interface AlarmPlan {
  readonly metric: Metric;
  /** Sounds at this value and above. */
  readonly atLeast: number;
  readonly says: string;
  /** The heading in the runbook. */
  readonly heading: string;
  /** Periods in a row. */
  readonly periods?: number;
  /** Where no figure comes; by default nothing is wrong then. */
  readonly missing?: TreatMissingData;
}
