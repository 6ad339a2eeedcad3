/**
 * The tables: flags for those who review them, drops for those who wait for them, models for what serves, and the keys of subjects.
 * On demand, restorable to any second of five weeks, under the stack's key.
 */
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Stage } from './stage.ts';

/** What a list of flags shows: the rest (the whole explanation, the record) is read with the flag itself. */
const FLAG_SUMMARY = [
  ...['domain', 'status', 'drop', 'record_id', 'entity', 'time', 'score', 'threshold'],
  ...['severity', 'rules', 'reasons', 'model', 'version', 'flagged_at'],
];

/** Each index serves one question with a query that reads what it answers: no list of flags scans the table. */
export const FLAG_INDEXES = ['queue', 'entity', 'drop', 'record', 'reviewed', 'cases'] as const;
export const DROP_INDEXES = ['recent', 'domain'] as const;

export class Tables extends Construct {
  readonly flags: Table;
  readonly drops: Table;
  readonly models: Table;
  /** A key that was destroyed can be restored for a day, so an erasure is final after one. */
  readonly subjects: Table;

  constructor(scope: Construct, id: string, { key, stage }: { key: IKey; stage: Stage }) {
    super(scope, id);
    const table = (name: string, partition: string, sort?: string, recoveryPeriodInDays?: number): Table =>
      new Table(this, name, {
        partitionKey: { name: partition, type: AttributeType.STRING },
        ...(sort !== undefined && { sortKey: { name: sort, type: AttributeType.STRING } }),
        billingMode: BillingMode.PAY_PER_REQUEST,
        pointInTimeRecoverySpecification: {
          pointInTimeRecoveryEnabled: true,
          ...(recoveryPeriodInDays !== undefined && { recoveryPeriodInDays }),
        },
        encryption: TableEncryption.CUSTOMER_MANAGED,
        encryptionKey: key,
        deletionProtection: stage.deletionProtection,
        removalPolicy: stage.removal,
        ...(name === 'Drops' && { timeToLiveAttribute: 'expires_at' }),
      });
    this.flags = table('Flags', 'flag', 'item');
    indexFlags(this.flags, 'queue', 'queue', 'rank');
    indexFlags(this.flags, 'entity', 'entity_key', 'urgency');
    indexFlags(this.flags, 'drop', 'drop', 'urgency');
    indexFlags(this.flags, 'record', 'record_key', 'urgency');
    indexAll(this.flags, 'reviewed', 'reviewed', 'reviewed_at');
    indexAll(this.flags, 'cases', 'case_queue', 'case_rank');
    this.drops = table('Drops', 'pk', 'sk');
    indexAll(this.drops, 'recent', 'recent_all', 'arrived');
    indexAll(this.drops, 'domain', 'domain', 'arrived');
    this.models = table('Models', 'domain', 'version');
    this.subjects = table('Subjects', 'subject', undefined, 1);
  }
}

function indexFlags(
  table: Table,
  name: (typeof FLAG_INDEXES)[number],
  partition: string,
  sort: string,
): void {
  table.addGlobalSecondaryIndex({
    indexName: name,
    partitionKey: { name: partition, type: AttributeType.STRING },
    sortKey: { name: sort, type: AttributeType.STRING },
    projectionType: ProjectionType.INCLUDE,
    nonKeyAttributes: FLAG_SUMMARY.filter((attribute) => attribute !== partition && attribute !== sort),
  });
}

function indexAll(
  table: Table,
  name: (typeof DROP_INDEXES)[number] | 'reviewed' | 'cases',
  partition: string,
  sort: string,
): void {
  table.addGlobalSecondaryIndex({
    indexName: name,
    partitionKey: { name: partition, type: AttributeType.STRING },
    sortKey: { name: sort, type: AttributeType.STRING },
    projectionType: ProjectionType.ALL,
  });
}
