/** The state machines against the schema of the Amazon States Language, and its paths. */
import validate from 'asl-validator';
import { beforeAll, describe, expect, test } from 'vitest';
import { Policies, type Resources } from './policies.ts';
import { synthesise } from './synthesise.ts';

let machines: Readonly<Record<string, unknown>>;

beforeAll(() => {
  const { Resources: resources } = synthesise().toJSON() as {
    Resources: Resources;
  };
  const policies = new Policies(resources);
  machines = Object.fromEntries(
    policies
      .ofType('AWS::StepFunctions::StateMachine')
      .map(([id, { DefinitionString }]) => [
        id.replace(/Machine.*/, ''),
        JSON.parse(policies.resolve(DefinitionString)) as unknown,
      ]),
  );
});

const faults = (definition: unknown) => {
  const { isValid, errors } = validate(definition);
  return isValid ? [] : errors;
};

describe.each(['Drop', 'Retrain'])('the state machine %s', (name) => {
  test('is valid', () => {
    expect(machines[name]).toBeDefined();
    expect(faults(machines[name])).toEqual([]);
  });

  test('would not be with a state that leads nowhere', () => {
    const text = JSON.stringify(machines[name]).replace(/"Next":"[^"]+"/, '"Next":"Nowhere"');
    expect(faults(JSON.parse(text)).length).toBeGreaterThan(0);
  });

  test('would not be with a path that is none', () => {
    const text = JSON.stringify(machines[name]).replace(/"Variable":"[^"]+"/, '"Variable":"outcome["');
    expect(faults(JSON.parse(text)).length).toBeGreaterThan(0);
  });
});
