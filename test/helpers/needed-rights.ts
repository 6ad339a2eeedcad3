/**
 * The rights that a request to AWS needs, read from the request as the SDK sends it. Calls and rights differ in name in places:
 * HeadObject needs s3:GetObject, ListObjectsV2 s3:ListBucket, TransactWriteItems the rights of each item's own write.
 */

export interface AwsRequest {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Of requests in JSON; other bodies are not looked at. */
  readonly body: string;
}

export interface NeededRight {
  readonly action: string;
  /** A bucket, table, queue URL, bus, machine or secret, by the name in the request; '' where there is none. */
  readonly resource: string;
  /** Of an object, what its key begins with; of an item, what its partition key begins with; of an index, `index/<name>`. */
  readonly part: string;
  /** Only where nothing is under the key yet, which a policy may ask for. */
  readonly ifNoneMatch?: true;
}

export function neededRights(request: AwsRequest, status: number): NeededRight[] {
  const target = headerOf(request, 'x-amz-target');
  if (target === undefined) return objectRights(request, status);
  const [service, operation] = [target.split(/[_.]/)[0]!, target.split('.').at(-1)!];
  const body = JSON.parse(request.body) as Body;
  if (service === 'DynamoDB') return itemRights(operation, body);
  const read = BY_TARGET[service];
  if (read === undefined) throw new Error(`no rights are known for calls of ${target}`);
  return read(operation, body);
}

function headerOf({ headers }: AwsRequest, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

type Item = Readonly<Record<string, { readonly S?: string }>>;
interface Write {
  readonly TableName: string;
  readonly Key?: Item;
  readonly Item?: Item;
}
interface Body {
  readonly TableName?: string;
  readonly IndexName?: string;
  readonly Key?: Item;
  readonly Item?: Item;
  readonly TransactItems?: readonly Readonly<Record<string, Write>>[];
  readonly RequestItems?: Readonly<Record<string, { readonly Keys?: readonly Item[] }>>;
  readonly QueueUrl?: string;
  readonly SecretId?: string;
  readonly KeyId?: string;
  readonly stateMachineArn?: string;
  readonly executionArn?: string;
  readonly Entries?: readonly { readonly EventBusName?: string }[];
}

const BY_TARGET: Readonly<Record<string, (operation: string, body: Body) => NeededRight[]>> = {
  AmazonSQS: (operation, { QueueUrl = '' }) => [{ action: `sqs:${operation}`, resource: QueueUrl, part: '' }],
  secretsmanager: (operation, { SecretId = '' }) => [
    { action: `secretsmanager:${operation}`, resource: SecretId, part: '' },
  ],
  // All alarms: no policy names one.
  GraniteServiceVersion20100801: (operation) => [
    { action: `cloudwatch:${operation}`, resource: '', part: '' },
  ],
  TrentService: (operation, { KeyId = '' }) => [{ action: `kms:${operation}`, resource: KeyId, part: '' }],
  AWSStepFunctions: (operation, { stateMachineArn, executionArn }) => [
    // A token names no machine; an execution's ARN has its machine's name before its own.
    {
      action: `states:${operation}`,
      resource: stateMachineArn ?? executionArn?.replace(/:[^:]*$/, '') ?? '',
      part: executionArn === undefined ? '' : 'execution',
    },
  ],
  AWSEvents: (operation, { Entries = [] }) =>
    Entries.map(({ EventBusName = 'default' }) => {
      return { action: `events:${operation}`, resource: EventBusName, part: '' };
    }),
};

function itemRights(operation: string, body: Body): NeededRight[] {
  const one = (action: string, { TableName, Key, Item: item }: Partial<Write>): NeededRight => {
    return { action: `dynamodb:${action}`, resource: TableName ?? '', part: kindOf(Key ?? item) };
  };
  const { TransactItems = [], RequestItems = {}, IndexName } = body;
  if (operation === 'TransactWriteItems') {
    return TransactItems.flatMap((item) =>
      Object.entries(item).map(([kind, write]) =>
        one(kind === 'ConditionCheck' ? 'ConditionCheckItem' : `${kind}Item`, write),
      ),
    );
  }
  if (operation === 'TransactGetItems') {
    return TransactItems.flatMap((item) => Object.values(item).map((get) => one('GetItem', get)));
  }
  if (operation.startsWith('Batch')) {
    return Object.entries(RequestItems).flatMap(([TableName, { Keys = [{}] }]) =>
      Keys.map((Key) => one(operation, { TableName, Key })),
    );
  }
  if (IndexName !== undefined) {
    return [{ action: `dynamodb:${operation}`, resource: body.TableName ?? '', part: `index/${IndexName}` }];
  }
  return [one(operation, body as Partial<Write>)];
}

/**
 * What stands before the first `#` of the partition key, where a table has several kinds of items; a secret's name. The keys of
 * flags themselves are ids, and have none.
 */
function kindOf(item: Item | undefined): string {
  if (item?.flag?.S !== undefined) return /^[^#]*#|/.exec(item.flag.S)![0];
  return /^(?:secret#.*|[^#]*#?)/.exec((item?.pk ?? item?.subject)?.S ?? '')![0];
}

const SUBRESOURCES = [
  'versions',
  'uploads',
  'retention',
  'tagging',
  'acl',
  'delete',
  'legal-hold',
  'list-type',
];

function objectRights(request: AwsRequest, status: number): NeededRight[] {
  const { pathname, searchParams: query } = new URL(request.url, 'http://s3');
  const [, bucket = '', key = ''] = /^\/([^/]+)\/?(.*)$/.exec(decodeURIComponent(pathname)) ?? [];
  const part = /^[^/]*\/|/.exec(key)![0];
  // What is delivered is deleted domain by domain.
  const ofDomain = /^(?:drops|labels|work\/text)\/[^/]*\//.exec(key)?.[0] ?? part;
  const object = (action: string): NeededRight => ({
    ...{ action: `s3:${action}`, resource: bucket },
    part: action === 'DeleteObjectVersion' ? ofDomain : part,
  });
  const whole = (action: string): NeededRight => ({ action: `s3:${action}`, resource: bucket, part: '' });
  const about = SUBRESOURCES.filter((name) => query.has(name)).join('+');
  const version = query.has('versionId') ? 'Version' : '';
  switch (`${request.method} ${key === '' ? 'bucket' : 'object'} ${about}`.trimEnd()) {
    case 'GET bucket list-type':
      return [whole('ListBucket')];
    case 'GET bucket versions':
      return [whole('ListBucketVersions')];
    case 'GET object':
    case 'HEAD object':
      // Without the right to list, S3 answers "denied" where there is no object.
      return [object(`GetObject${version}`), ...(status === 404 ? [whole('ListBucket')] : [])];
    case 'PUT object': {
      if (headerOf(request, 'x-amz-copy-source') !== undefined) break;
      const put: NeededRight =
        headerOf(request, 'if-none-match') === '*'
          ? { ...object('PutObject'), ifNoneMatch: true }
          : object('PutObject');
      const retained = headerOf(request, 'x-amz-object-lock-mode') !== undefined;
      return retained ? [put, object('PutObjectRetention')] : [put];
    }
    case 'POST object uploads':
      return [object('PutObject')];
    case 'POST object':
      if (query.has('uploadId')) return [object('PutObject')];
      break;
    case 'DELETE object':
      return [object(query.has('uploadId') ? 'AbortMultipartUpload' : `DeleteObject${version}`)];
  }
  throw new Error(`no rights are known for ${request.method} ${pathname}?${String(query)}`);
}
