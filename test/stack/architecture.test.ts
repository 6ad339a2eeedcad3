import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { drawParts } from '../../operations/architecture/draw-parts.ts';
import {
  type StackParts,
  type Template as StackTemplate,
  templateParts,
} from '../../operations/architecture/template-parts.ts';
import { synthesise } from './synthesise.ts';

let parts: StackParts;
beforeAll(() => {
  parts = templateParts(synthesise().toJSON() as StackTemplate);
});

describe('the parts of a template', () => {
  test('the machine of a drop: its functions in an order in which they can run, maps among them', () => {
    const { steps } = parts.machines.find(({ name }) => name === 'drop')!;
    const order = steps.map((step) => step.function);
    expect(order[0]).toBe('plan');
    expect(order.at(-1)).toBe('fail');
    for (const { function: from, next } of steps)
      for (const to of next) expect(order.indexOf(to)).toBeGreaterThan(order.indexOf(from));
    expect(steps.filter(({ isMap }) => isMap).map((step) => step.function)).toEqual(
      expect.arrayContaining(['intake', 'identify', 'windows', 'score', 'publish']),
    );
    expect(steps.find((step) => step.function === 'plan')!.next).toEqual(
      expect.arrayContaining(['whole', 'intake', 'fail']),
    );
  });

  test('what a role lets its function do, and no more', () => {
    const accessOf = (name: string) => {
      const { access } = parts.functions.find((one) => one.name === name)!;
      return Object.fromEntries(
        parts.stores.flatMap(({ id, name: store, kind }) =>
          access.has(id) ? [[`${store} ${kind}`, access.get(id)]] : [],
        ),
      );
    };
    expect(accessOf('identify')).toEqual({ 'data bucket': 'rw', 'artifacts bucket': 'r' });
    expect(accessOf('plan')).toMatchObject({ 'drops bucket': 'r', 'models table': 'r', 'drops table': 'rw' });
    expect(accessOf('publish')).toEqual({ 'data bucket': 'r', 'flags table': 'rw' });
    expect(accessOf('fail')).toMatchObject({ 'dead letters queue': 'w' });
    expect(accessOf('receive')).toMatchObject({ 'arrivals queue': 'rw' });
  });

  test('routes with the function that answers, and which are open', () => {
    expect(parts.routes).toContainEqual({ key: 'POST /v1/score', isOpen: false, function: 'api-score' });
    expect(
      parts.routes
        .filter(({ isOpen }) => isOpen)
        .map(({ key }) => key)
        .toSorted(),
    ).toEqual(['ANY /openapi.json', 'ANY /v1/health', 'GET /', 'GET /{proxy+}']);
  });
});

test('docs/architecture.svg is the stack as it is: node bin/architecture.ts draws it again', () => {
  const file = new URL('../../docs/architecture.svg', import.meta.url);
  expect(readFileSync(file, 'utf8') === drawParts(parts)).toBe(true);
});

test('docs/threat-model.md names every function, store, state machine and open route', () => {
  const page = readFileSync('docs/threat-model.md', 'utf8');
  const names = [
    ...[...parts.functions, ...parts.stores, ...parts.machines].map(({ name }) => name),
    ...parts.routes.filter(({ isOpen }) => isOpen).map(({ key }) => key),
  ];
  expect(names.length).toBeGreaterThan(30);
  expect([...new Set(names)].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
