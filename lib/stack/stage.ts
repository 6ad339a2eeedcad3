/** What differs between a stage where people try things and one that a regulator will ask about. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { InputError } from '../errors.ts';

export type StageName = 'dev' | 'prod';

export interface Stage {
  readonly name: StageName;
  /** What becomes of data when the stack goes. */
  readonly removal: RemovalPolicy;
  readonly deletionProtection: boolean;
  /** COMPLIANCE: no one, the account's root included, shortens or lifts it. */
  readonly retentionMode: 'GOVERNANCE' | 'COMPLIANCE';
  readonly auditRetentionDays: number;
  readonly logRetentionDays: number;
}

const STAGES: Readonly<Record<StageName, Stage>> = {
  dev: {
    name: 'dev',
    removal: RemovalPolicy.DESTROY,
    deletionProtection: false,
    retentionMode: 'GOVERNANCE',
    auditRetentionDays: 1,
    logRetentionDays: 30,
  },
  prod: {
    name: 'prod',
    // But for a first deploy that is rolled back: its empty tables and buckets would stand in the way of nothing, and be paid for.
    removal: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    deletionProtection: true,
    retentionMode: 'COMPLIANCE',
    // Seven years and their leap days: what anti-money-laundering and GxP rules ask for at the longest.
    auditRetentionDays: 2557,
    logRetentionDays: 365,
  },
};

/**
 * The stage without protection from deletion. What protects a table or a user pool also keeps a first deploy that fails from taking it
 * away again, and the protected stack from being made anew: protection follows when everything is there.
 */
export const unprotected = (stage: Stage): Stage => ({ ...stage, deletionProtection: false });

export function stageNamed(name: string): Stage {
  if (name !== 'dev' && name !== 'prod') throw new InputError(`stage: expected dev or prod, found "${name}"`);
  return STAGES[name];
}
