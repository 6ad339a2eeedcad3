/** What administrators look at: who came in which role, which alarms are on, what waits, how the stack is set. */
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { People } from '../../lib/aws/people.ts';
import { clientSettings, localDocuments } from '../helpers/local-aws.ts';
import { api, call, useLocalApi } from './local-api.ts';

useLocalApi();

const admin = { groups: '[admin]', sub: 'sub-ada', name: 'Ada Lee' };

describe('people', () => {
  it('are those who came, with the roles of their last token, and the domain’s own for who administers one', async () => {
    await call('GET /v1/me', { groups: '[officer:finance viewer:pharma]', sub: 'sub-fin', name: 'Fin Roe' });
    await call('GET /v1/me', { groups: '[officer:pharma]', sub: 'sub-phil', name: 'Phil Kim' });
    await call('GET /v1/me', { groups: '[approver:pharma]', sub: 'sub-phil', name: 'Phil Kim' });
    const seen = new Date().toISOString().slice(0, 10);
    const { json } = await call('GET /v1/people', admin);
    expect(json.items).toEqual(
      expect.arrayContaining([
        { person: 'sub-ada', person_name: 'Ada Lee', roles: ['admin'], seen },
        { person: 'sub-fin', person_name: 'Fin Roe', roles: ['officer:finance', 'viewer:pharma'], seen },
        { person: 'sub-phil', person_name: 'Phil Kim', roles: ['approver:pharma'], seen },
      ]),
    );
    const { json: own } = await call('GET /v1/people', { ...admin, groups: '[admin:finance]' });
    const byId = new Map(
      own.items.map((one: { person: string; roles: string[] }) => [one.person, one.roles]),
    );
    expect([byId.get('sub-fin'), byId.get('sub-phil')]).toEqual([['officer:finance'], undefined]);
    expect((await call('GET /v1/people', { groups: '[officer]' })).status).toBe(403);
    // A person who was taken out of all groups is in none.
    expect((await call('GET /v1/me', { groups: '[]', sub: 'sub-phil', name: 'Phil Kim' })).status).toBe(403);
    const { json: after } = await call('GET /v1/people', admin);
    expect(after.items.map((one: { person: string }) => one.person)).not.toContain('sub-phil');
  });

  it('are noted once a day, and again when a role changes', async () => {
    let now = Date.parse('2026-03-01T08:00:00Z');
    const documents = localDocuments();
    const people = new People(documents, api.tables.drops, () => now);
    const roles = async () => (await people.seen()).find(({ id }) => id === 'sub-zoe');
    await people.meet('sub-zoe', 'Zoe Orr', ['viewer']);
    await people.meet('sub-zoe', 'Zoe Orr', ['officer']);
    expect(await roles()).toMatchObject({ roles: ['officer'], seen: '2026-03-01' });
    now += 86_400_000;
    await people.meet('sub-zoe', 'Zoe Orr', ['officer']);
    expect(await roles()).toMatchObject({ roles: ['officer'], seen: '2026-03-02' });
    await people.meet('arn:aws:iam::1:user/x', 'Someone', ['admin']);
    expect((await people.seen()).map(({ id }) => id)).not.toContain('arn:aws:iam::1:user/x');
  });
});

describe('the status', () => {
  it('has the alarms of this stack, those that are on first, and what waits for a person', async () => {
    const watch = new CloudWatchClient(clientSettings());
    const put = (AlarmName: string, AlarmDescription: string) =>
      watch.send(
        new PutMetricAlarmCommand({
          ...{ AlarmName, AlarmDescription, Namespace: 'Test', MetricName: 'm', Statistic: 'Sum' },
          ...{ Period: 300, EvaluationPeriods: 1, Threshold: 1 },
          ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        }),
      );
    const prefix = `${api.bucket}-Alarms`;
    await put(`${prefix}ApiFaults1A2B3C4D-X1Y2`, 'The API answered 5xx. See docs/runbook.md#api-faults');
    await put(`${prefix}DeadLetters5A2B3C4D-X1Y2`, 'Drops wait. See docs/runbook.md#dead-letters');
    await put(`another-${prefix}Other`, 'Of another stack.');
    const set = (name: string, StateValue: 'OK' | 'ALARM') =>
      watch.send(
        new SetAlarmStateCommand({ AlarmName: `${prefix}${name}`, StateValue, StateReason: 'a test' }),
      );
    await set('ApiFaults1A2B3C4D-X1Y2', 'OK');
    await set('DeadLetters5A2B3C4D-X1Y2', 'ALARM');
    const queues = new SQSClient({ ...clientSettings(), useQueueUrlAsEndpoint: false });
    await queues.send(new SendMessageCommand({ QueueUrl: api.deadLetters, MessageBody: '{}' }));
    // As `receive` puts a file back that found no place.
    await queues.send(
      new SendMessageCommand({ QueueUrl: api.arrivals, MessageBody: '{}', DelaySeconds: 60 }),
    );
    const { status, json } = await call('GET /v1/status', admin);
    expect([status, json]).toEqual([
      200,
      {
        alarms: [
          {
            ...{ name: 'DeadLetters', state: 'alarm', since: expect.any(String) },
            ...{ words: 'Drops wait.', language: 'en', runbook: 'dead-letters' },
          },
          {
            ...{ name: 'ApiFaults', state: 'ok', since: expect.any(String) },
            ...{ words: 'The API answered 5xx.', language: 'en', runbook: 'api-faults' },
          },
        ],
        queues: { arrivals: 1, dead_letters: 1 },
      },
    ]);
    // What is not one of the stack's own sentences is said as it is.
    expect((await call('GET /v1/status?language=de', admin)).json.alarms).toMatchObject([
      { words: 'Drops wait.', language: 'en' },
      { words: 'Die API hat mit 5xx geantwortet.', language: 'de' },
    ]);
  });
});

describe('the settings', () => {
  it('are those that are not the defaults', async () => {
    const { json } = await call('GET /v1/settings', admin);
    const groups = { key: 'access.groups', value: '{"AML":["officer:pharma"]}' };
    expect(json).toEqual({ stage: 'dev', changed: [{ key: 'reviews.perDay', value: '40' }, groups] });
    const { json: own } = await call('GET /v1/settings', { ...admin, groups: '[admin:finance]' });
    expect(own.changed).toEqual([{ key: 'reviews.perDay', value: '40' }]);
  });
});
