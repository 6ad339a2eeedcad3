/**
 * The buckets: what is dropped, what is made of it, what proves it, and the models. All versioned, all under one customer
 * managed key, none public, none reachable without TLS; who touched what is in the access log.
 */
import { Aws, Duration } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type BucketProps,
  type CfnBucket,
  HttpMethods,
  type IBucket,
  ObjectLockRetention,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { EXPORT_DAYS } from '../dossier/export-job.ts';
import type { Stage } from './stage.ts';

/** How long a drop's working files stay: longer than any drop is retried. */
const WORK_DAYS = 14;
/** A version that something newer replaced is kept this long. */
const REPLACED_DAYS = 90;
const CORS_SECONDS = 3600;

export class Storage extends Construct {
  readonly key: Key;
  /** Signs the logs of domains. */
  readonly signingKey: Key;
  readonly drops: Bucket;
  readonly data: Bucket;
  readonly audit: Bucket;
  readonly artifacts: Bucket;

  constructor(scope: Construct, id: string, stage: Stage) {
    super(scope, id);
    this.key = dataKey(this, stage);
    this.signingKey = signingKey(this, stage);
    const logs = accessLogs(this, stage);
    const common = (name: string): BucketProps => ({
      encryption: BucketEncryption.KMS,
      encryptionKey: this.key,
      bucketKeyEnabled: true,
      versioned: true,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      serverAccessLogsBucket: logs as IBucket,
      serverAccessLogsPrefix: `${name}/`,
      removalPolicy: stage.removal,
      lifecycleRules: [
        {
          id: 'replaced-versions',
          noncurrentVersionExpiration: Duration.days(REPLACED_DAYS),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
    });
    this.drops = new Bucket(this, 'Drops', common('drops'));
    // By property: CDK's own way is a custom resource, a function more in the account for one line of configuration.
    (this.drops.node.defaultChild as CfnBucket).notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
    };
    // What was attached lies elsewhere once it is checked. Each rule acts at the midnight (UTC) after its day, one after the other.
    this.drops.addLifecycleRule({
      id: 'quarantine-is-passing',
      prefix: 'attachments/',
      expiration: Duration.days(1),
      noncurrentVersionExpiration: Duration.days(1),
    });
    this.data = new Bucket(this, 'Data', common('data'));
    this.data.addLifecycleRule({
      id: 'work-is-passing',
      prefix: 'work/',
      expiration: Duration.days(WORK_DAYS),
      noncurrentVersionExpiration: Duration.days(1),
    });
    this.data.addLifecycleRule({
      id: 'exports-are-passing',
      prefix: 'exports/',
      expiration: Duration.days(EXPORT_DAYS),
      noncurrentVersionExpiration: Duration.days(1),
    });
    // Of a segment that was replaced its compaction writes empty objects, versions of which follow.
    this.data.addLifecycleRule({
      id: 'replaced-segments',
      prefix: 'segments/',
      noncurrentVersionExpiration: Duration.days(1),
    });
    this.data.addLifecycleRule({
      id: 'empty-segments',
      prefix: 'segments/',
      objectSizeLessThan: 1,
      expiration: Duration.days(1),
    });
    this.audit = new Bucket(this, 'Audit', {
      ...common('audit'),
      // What is retained is never thrown away by a rule, nor with the stack.
      lifecycleRules: [{ id: 'left-uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      objectLockEnabled: true,
      objectLockDefaultRetention: retentionOf(stage),
    });
    writeOnce(this.audit);
    this.artifacts = new Bucket(this, 'Artifacts', common('artifacts'));
  }

  /** What was delivered to these domains goes after so many days, should nothing have deleted it: all of its versions, and its name. */
  expireDelivered(domains: readonly string[], days: number): void {
    for (const domain of domains) {
      const places = [
        [this.drops, 'drops', `drops/${domain}/`],
        [this.drops, 'labels', `labels/${domain}/`],
        [this.data, 'text', `work/text/${domain}/`],
      ] as const;
      for (const [bucket, name, prefix] of places) {
        bucket.addLifecycleRule({
          id: `${name}-of-${domain}`,
          ...{ prefix, expiration: Duration.days(days), noncurrentVersionExpiration: Duration.days(1) },
        });
        // A marker of what expired holds its name.
        bucket.addLifecycleRule({
          id: `${name}-markers-of-${domain}`,
          prefix,
          expiredObjectDeleteMarker: true,
        });
      }
    }
  }

  /** Browsers on pages of these origins send files to presigned addresses, and read results and logs from such. */
  openTo(origins: readonly string[]): void {
    const cors = (method: HttpMethods) => ({
      allowedOrigins: [...origins],
      allowedMethods: [method],
      maxAge: CORS_SECONDS,
    });
    this.drops.addCorsRule(cors(HttpMethods.PUT));
    for (const bucket of [this.data, this.audit]) bucket.addCorsRule(cors(HttpMethods.GET));
  }
}

/**
 * Object Lock protects versions, not keys: without this, who may write could put another version over a sealed log, or hide it
 * behind a delete marker. Nothing here is written in parts, so no request that begins an upload is exempt.
 */
function writeOnce(bucket: Bucket): void {
  const everyone = { principals: [new AnyPrincipal()], effect: Effect.DENY };
  bucket.addToResourcePolicy(
    new PolicyStatement({
      ...everyone,
      sid: 'WriteOnlyWhereNothingIs',
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects('*')],
      conditions: { Null: { 's3:if-none-match': 'true' } },
    }),
  );
  bucket.addToResourcePolicy(
    new PolicyStatement({
      ...everyone,
      sid: 'HideNothing',
      actions: ['s3:DeleteObject'],
      resources: [bucket.arnForObjects('*')],
    }),
  );
}

function retentionOf(stage: Stage): ObjectLockRetention {
  const duration = Duration.days(stage.auditRetentionDays);
  return stage.retentionMode === 'COMPLIANCE'
    ? ObjectLockRetention.compliance(duration)
    : ObjectLockRetention.governance(duration);
}

function dataKey(scope: Construct, stage: Stage): Key {
  const key = new Key(scope, 'Key', {
    alias: `assay-${stage.name}`,
    description: `Assay ${stage.name}: data, tables, queues and logs`,
    enableKeyRotation: true,
    removalPolicy: stage.removal,
  });
  // Log groups are encrypted by the service itself, for groups of this account and region only.
  key.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal(`logs.${Aws.REGION}.amazonaws.com`)],
      actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
      resources: ['*'],
      conditions: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': `arn:${Aws.PARTITION}:logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:log-group:*`,
        },
      },
    }),
  );
  return key;
}

/** Ed25519, as signed notes have it; AWS keeps the key, and no one can read it. A signature of its must outlive the stack. */
function signingKey(scope: Construct, stage: Stage): Key {
  return new Key(scope, 'SigningKey', {
    alias: `assay-${stage.name}-log`,
    description: `Assay ${stage.name}: signs the logs of domains`,
    keySpec: KeySpec.ECC_NIST_EDWARDS25519,
    keyUsage: KeyUsage.SIGN_VERIFY,
    removalPolicy: stage.removal,
  });
}

/** S3 delivers access logs only to a bucket with its own keys (SSE-S3). */
function accessLogs(scope: Construct, stage: Stage): Bucket {
  return new Bucket(scope, 'AccessLogs', {
    encryption: BucketEncryption.S3_MANAGED,
    versioned: true,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    removalPolicy: stage.removal,
    lifecycleRules: [
      {
        id: 'logs-age',
        expiration: Duration.days(stage.logRetentionDays),
        noncurrentVersionExpiration: Duration.days(1),
        abortIncompleteMultipartUploadAfter: Duration.days(1),
      },
    ],
  });
}
