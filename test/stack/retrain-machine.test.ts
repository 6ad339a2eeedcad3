import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test } from 'vitest';
import { synthesise } from './synthesise.ts';

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { Next: string }[];
  readonly Catch?: readonly { ErrorEquals: string[]; Next: string }[];
  readonly Retry?: readonly { ErrorEquals: string[]; MaxAttempts: number }[];
  readonly TimeoutSeconds?: number;
  readonly Resource?: string;
}

let template: Template;
let states: Record<string, State>;

beforeAll(() => {
  const settings = {
    retraining: { approvalDays: 2, schedules: { finance: 'cron(0 2 1 * ? *)' } },
    events: { webhookUrl: 'https://hooks.example.com/assay' },
  };
  template = synthesise(settings);
  const [, machine] = Object.entries(template.findResources('AWS::StepFunctions::StateMachine')).find(
    ([id]) => id.startsWith('Retrain'),
  )!;
  const { 'Fn::Join': joined } = machine.Properties.DefinitionString as { 'Fn::Join': [string, unknown[]] };
  const text = joined[1].map((part) => (typeof part === 'string' ? part : 'arn')).join('');
  states = (JSON.parse(text) as { States: Record<string, State> }).States;
});

describe('the state machine of a retraining', () => {
  test('goes from the snapshot to the end by every step', () => {
    const way: string[] = [];
    for (
      let name: string | undefined = 'Begin';
      name !== undefined;
      name = states[name]!.Next ?? states[name]!.Default
    )
      if (states[name]!.Type !== 'Choice') way.push(name);
    expect(way).toEqual([
      ...['Begin', 'Snapshot', 'Prepare', 'Tune all', 'Choose', 'Train all', 'Assemble', 'Compare'],
      ...['Propose', 'Await', 'Finalize', 'End', 'Ended'],
    ]);
  });

  test('leads every error and every end that is found to a state that puts it on record', () => {
    for (const [name, { Type, Catch, Choices }] of Object.entries(states)) {
      const isEnd = name.startsWith('End');
      if (Type === 'Task' || Type === 'Map') {
        const nexts = Catch!.map(({ Next }) => Next);
        expect([name, nexts.at(-1)]).toEqual([name, isEnd ? `${name}: not on record` : 'End by an error']);
      }
      if (Type === 'Choice' && name.endsWith('went well?')) {
        const found = Choices!.map(({ Next }) => states[Next]!.Next);
        expect([name, found.every((next) => next === 'End' || next === 'End by an error')]).toEqual([
          name,
          true,
        ]);
      }
    }
  });

  test('waits for approval by a token for as long as the context says, and then looks what was decided', () => {
    expect(states.Await).toMatchObject({ TimeoutSeconds: 172_800, Next: 'Finalize' });
    expect(states.Await!.Resource).toContain('waitForTaskToken');
    expect(states.Await!.Retry).toMatchObject([
      { ErrorEquals: ['States.Timeout'], MaxAttempts: 0 },
      { ErrorEquals: ['InputError', 'MissingObject'] },
      { ErrorEquals: expect.arrayContaining(['Lambda.TooManyRequestsException']), MaxAttempts: 60 },
      { ErrorEquals: expect.arrayContaining(['Sandbox.Timedout']), MaxAttempts: 1 },
      { ErrorEquals: ['States.ALL'], MaxAttempts: 5 },
    ]);
    expect(states.Await!.Catch![0]).toMatchObject({ ErrorEquals: ['States.Timeout'], Next: 'Finalize' });
  });

  test('sounds its alarm for what is ours alone', () => {
    expect(states['Whose fault?']).toMatchObject({ Choices: [{ Next: 'Failed' }], Default: 'Ended' });
  });
});

test('a schedule for the monitor, stored events, logs and the past each, and one for each domain that the settings name', () => {
  const schedules = Object.values(template.findResources('AWS::Scheduler::Schedule'));
  expect(schedules.map(({ Properties }) => Properties.ScheduleExpression).sort()).toEqual([
    'cron(0 2 1 * ? *)',
    'cron(20 0 * * ? *)',
    // Stored events, the log of each domain, and its past.
    'rate(5 minutes)',
    'rate(5 minutes)',
    'rate(5 minutes)',
  ]);
  const inputs = schedules.map(({ Properties }) => Properties.Target.Input).filter(Boolean);
  expect(inputs).toEqual(['{"domain":"finance","startedBy":"assay schedule"}']);
});

test('every event goes to the topic and, where one is asked for, to the webhook, whose key is a secret', () => {
  template.resourceCountIs('AWS::SecretsManager::Secret', 1);
  const rules = Object.values(template.findResources('AWS::Events::Rule')).filter(
    ({ Properties }) => Properties.EventPattern.source?.[0] === 'assay',
  );
  // The third starts what waited while its domain was stopped, the fourth makes what someone asked for.
  expect(rules).toHaveLength(4);
  synthesise().resourceCountIs('AWS::SecretsManager::Secret', 0);
});
