import { beforeAll, describe, expect, test } from 'vitest';
import { synthesise } from './synthesise.ts';

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { Next: string }[];
  readonly Catch?: readonly { ErrorEquals: string[]; Next: string }[];
  readonly Retry?: readonly Record<string, unknown>[];
  readonly ItemProcessor?: { ProcessorConfig: { Mode: string }; States: Record<string, State> };
  readonly ItemSelector?: Record<string, string>;
  readonly Parameters?: Record<string, string>;
}

let states: Record<string, State>;

beforeAll(() => {
  const template = synthesise();
  const [machine] = Object.values(template.findResources('AWS::StepFunctions::StateMachine'));
  const { 'Fn::Join': joined } = machine!.Properties.DefinitionString as { 'Fn::Join': [string, unknown[]] };
  const text = joined[1].map((part) => (typeof part === 'string' ? part : 'arn')).join('');
  states = (JSON.parse(text) as { States: Record<string, State> }).States;
});

/** The way of a drop with which nothing is wrong: choices that look for a fault find none. */
function wayFrom(start: string): string[] {
  const way: string[] = [];
  for (
    let name: string | undefined = start;
    name !== undefined;
    name = states[name]!.Next ?? states[name]!.Default
  ) {
    if (states[name]!.Type !== 'Choice') way.push(name);
  }
  return way;
}

const every = (): [string, State][] =>
  Object.entries(states).flatMap(([name, state]) => [
    [name, state] as [string, State],
    ...Object.entries(state.ItemProcessor?.States ?? {}),
  ]);

describe('the state machine of a drop', () => {
  test('takes a small drop from plan to done in one go', () => {
    expect(wayFrom('Plan')).toEqual(['Plan', 'Whole', 'Publish all', 'Finish', 'Done']);
  });

  test('takes the parts of a large one through every stage', () => {
    const parts = states['In parts?']!.Choices![0]!.Next;
    expect(wayFrom(parts)).toEqual([
      ...['Intake all', 'Identify all', 'Windows all', 'Score all', 'Assemble'],
      ...['Publish all', 'Finish', 'Done'],
    ]);
  });

  test('goes on, where a model waits, with the shadow of the drop: at once, or through the stages of its parts', () => {
    const waits = states['A model waits?']!.Choices![0]!.Next;
    expect(wayFrom(waits)).toEqual(['Shadow', 'Shadow begun', 'Shadow ended', 'Done']);
    const parts = states['Shadow in parts?']!.Choices![0]!.Next;
    expect(wayFrom(parts)).toEqual([
      ...['Shadow intake all', 'Shadow identify all', 'Shadow windows all', 'Shadow score all'],
      ...['Shadow compare', 'Shadow ended', 'Done'],
    ]);
  });

  test('fans out by distributed maps, each child with its drop and its part alone', () => {
    const maps = Object.entries(states).filter(([, { Type }]) => Type === 'Map');
    expect(
      maps.map(([name, { ItemProcessor, ItemSelector }]) => [
        name,
        ItemProcessor!.ProcessorConfig.Mode,
        ItemSelector,
      ]),
    ).toEqual(
      Object.entries({
        Publish: 'chunk',
        Intake: 'range',
        Identify: 'partition',
        Windows: 'window',
        Score: 'partition',
        'Shadow intake': 'range',
        'Shadow identify': 'partition',
        'Shadow windows': 'window',
        'Shadow score': 'partition',
      })
        .map(([name, part]) => [
          `${name} all`,
          'DISTRIBUTED',
          { 'drop.$': '$.drop', [`${part}.$`]: '$$.Map.Item.Value' },
        ])
        .sort(([a], [b]) => maps.findIndex(([n]) => n === a) - maps.findIndex(([n]) => n === b)),
    );
  });

  test('tries every function again with back-off and jitter, but never what the sender must fix', () => {
    const tasks = every().filter(([, { Type }]) => Type === 'Task');
    expect(tasks).toHaveLength(18);
    for (const [, { Retry }] of tasks) {
      expect(Retry).toEqual([
        expect.objectContaining({ ErrorEquals: ['InputError', 'MissingObject'], MaxAttempts: 0 }),
        expect.objectContaining({
          ErrorEquals: expect.arrayContaining(['Lambda.TooManyRequestsException', 'SlowDown']),
          MaxAttempts: 60,
          JitterStrategy: 'FULL',
        }),
        expect.objectContaining({
          ErrorEquals: ['Sandbox.Timedout', 'Lambda.Unknown', 'Runtime.ExitError', 'Runtime.OutOfMemory'],
          MaxAttempts: 1,
        }),
        {
          ErrorEquals: ['States.ALL'],
          IntervalSeconds: 2,
          BackoffRate: 2,
          MaxAttempts: 5,
          MaxDelaySeconds: 60,
          JitterStrategy: 'FULL',
        },
      ]);
    }
  });

  test('lets no error end it unmarked: each state leads to where it is reported, each child’s error becomes a fault', () => {
    const leadsTo = (name: string) => {
      if (name === 'Fail') return 'Failed';
      if (name === 'Shadow fail') return 'Shadow ended';
      if (name === 'Shadow ended') return 'Done';
      return name.startsWith('Shadow') ? 'Shadow fail' : 'Fail';
    };
    for (const [name, { Type, Catch, ItemProcessor }] of Object.entries(states)) {
      if (Type !== 'Task' && Type !== 'Map') continue;
      // The catch of everything does not catch a result that is too large.
      const caught = Catch?.map(({ ErrorEquals, Next }) => [...ErrorEquals, Next]);
      const isFailing = ['Fail', 'Shadow fail', 'Shadow ended'].includes(name);
      expect([name, caught]).toEqual([
        name,
        [...(isFailing ? [] : [['States.DataLimitExceeded', leadsTo(name)]]), ['States.ALL', leadsTo(name)]],
      ]);
      for (const [child, state] of Object.entries(ItemProcessor?.States ?? {})) {
        if (state.Type === 'Task') expect([child, state.Catch![0]!.Next]).toEqual([child, `${child} failed`]);
        else expect(state.Parameters).toEqual({ 'fault.$': '$' });
      }
    }
  });

  test('ends a drop that the sender must fix as refused, any other as failed', () => {
    const { Choices, Default } = states['Whose fault?']!;
    expect([Choices![0]!.Next, Default]).toEqual(['Refused', 'Failed']);
    expect([states.Refused!.Type, states.Failed!.Type]).toEqual(['Succeed', 'Fail']);
  });
});
