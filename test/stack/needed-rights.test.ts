import { expect, test } from 'vitest';
import { neededRights } from '../helpers/needed-rights.ts';

const object = (method: string, url: string, headers = {}, status = 200) =>
  neededRights({ method, url, headers, body: '' }, status).map(
    ({ action, resource, part, ifNoneMatch }) =>
      `${action} ${resource} ${part}${ifNoneMatch ? ' if-none-match' : ''}`,
  );
const target = (name: string, body: object) =>
  neededRights(
    { method: 'POST', url: '/', headers: { 'x-amz-target': name }, body: JSON.stringify(body) },
    200,
  ).map(({ action, resource, part }) => `${action} ${resource} ${part}`.trimEnd());

test.each([
  ['HEAD', '/b/results/x', {}, 200, ['s3:GetObject b results/']],
  ['GET', '/b/results/x?versionId=1&x-id=GetObject', {}, 200, ['s3:GetObjectVersion b results/']],
  ['GET', '/b/models/a/b', {}, 404, ['s3:GetObject b models/', 's3:ListBucket b ']],
  ['GET', '/b?list-type=2&prefix=work', {}, 200, ['s3:ListBucket b ']],
  ['GET', '/b?versions&prefix=work', {}, 200, ['s3:ListBucketVersions b ']],
  ['PUT', '/b/results/x?partNumber=1&uploadId=2', {}, 200, ['s3:PutObject b results/']],
  ['POST', '/b/results/x?uploads', {}, 200, ['s3:PutObject b results/']],
  ['POST', '/b/results/x?uploadId=2', {}, 200, ['s3:PutObject b results/']],
  ['DELETE', '/b/results/x?uploadId=2', {}, 204, ['s3:AbortMultipartUpload b results/']],
  ['DELETE', '/b/results/x?versionId=2', {}, 204, ['s3:DeleteObjectVersion b results/']],
  [
    'PUT',
    '/b/finance/x',
    { 'if-none-match': '*', 'x-amz-object-lock-mode': 'COMPLIANCE' },
    200,
    ['s3:PutObject b finance/ if-none-match', 's3:PutObjectRetention b finance/'],
  ],
])('%s %s needs its rights', (method, url, headers, status, expected) => {
  expect(object(method, url, headers, status)).toEqual(expected);
});

test('a look at the alarms needs the right to them', () => {
  expect(target('GraniteServiceVersion20100801.DescribeAlarms', { AlarmNamePrefix: 'a' })).toEqual([
    'cloudwatch:DescribeAlarms',
  ]);
});

test('a request to a bucket that is not known here is an error, and no right of another', () => {
  for (const [method, url] of [
    ['PUT', '/b/results/x?acl'],
    ['GET', '/b/results/x?retention'],
    ['POST', '/b?delete'],
    ['DELETE', '/b'],
  ] as const)
    expect(() => object(method, url)).toThrow('no rights are known');
  expect(() => object('PUT', '/b/results/x', { 'x-amz-copy-source': 'b/y' })).toThrow('no rights are known');
});

test('a transaction needs the right of each of its writes, on the kind of item that it writes', () => {
  const Item = { pk: { S: 'audit#finance' } };
  expect(
    target('DynamoDB_20120810.TransactWriteItems', {
      TransactItems: [
        { Put: { TableName: 'drops', Item } },
        { Update: { TableName: 'drops', Key: { pk: { S: 'drop#1' } } } },
        { ConditionCheck: { TableName: 'flags', Key: { flag: { S: 'f' } } } },
        { Delete: { TableName: 'drops', Key: { pk: { S: 'outbox' } } } },
      ],
    }),
  ).toEqual([
    'dynamodb:PutItem drops audit#',
    'dynamodb:UpdateItem drops drop#',
    'dynamodb:ConditionCheckItem flags',
    'dynamodb:DeleteItem drops outbox',
  ]);
});

test('calls of the other services need rights of the same names', () => {
  const arn = 'arn:aws:states:eu-central-1:1:execution:retrain:r1';
  expect(target('DynamoDB_20120810.Query', { TableName: 'flags', IndexName: 'queue' })).toEqual([
    'dynamodb:Query flags index/queue',
  ]);
  expect(
    target('DynamoDB_20120810.PutItem', { TableName: 'd', Item: { pk: { S: 'secret#cursor' } } }),
  ).toEqual(['dynamodb:PutItem d secret#cursor']);
  const Keys = [{ pk: { S: 'person#1' } }, { pk: { S: 'drop#1' } }];
  expect(target('DynamoDB_20120810.BatchGetItem', { RequestItems: { drops: { Keys } } })).toEqual([
    'dynamodb:BatchGetItem drops person#',
    'dynamodb:BatchGetItem drops drop#',
  ]);
  expect(target('AmazonSQS.SendMessage', { QueueUrl: 'http://q' })).toEqual(['sqs:SendMessage http://q']);
  expect(target('AWSStepFunctions.StopExecution', { executionArn: arn })).toEqual([
    'states:StopExecution arn:aws:states:eu-central-1:1:execution:retrain execution',
  ]);
  expect(target('AWSEvents.PutEvents', { Entries: [{ EventBusName: 'assay' }] })).toEqual([
    'events:PutEvents assay',
  ]);
  expect(() => target('Logs_20140328.PutLogEvents', {})).toThrow('no rights are known');
});
