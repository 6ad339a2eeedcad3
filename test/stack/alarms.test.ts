/** What must have an alarm has one, and every alarm has its heading in the runbook. */
import { readFileSync } from 'node:fs';
import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test } from 'vitest';
import { ALARM_LANGUAGES, sayAlarm } from '../../lib/oversight/alarm-words.ts';
import { synthesise } from './synthesise.ts';

interface Alarm {
  readonly AlarmDescription: string;
  readonly MetricName?: string;
  readonly Namespace?: string;
  readonly ExtendedStatistic?: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
}

let template: Template;
let alarms: Alarm[];

beforeAll(() => {
  const settings = {
    events: { webhookUrl: 'https://hooks.example.org/assay' },
    retraining: { schedules: { finance: 'rate(30 days)' } },
  };
  template = synthesise(settings);
  alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(
    ({ Properties }) => Properties as Alarm,
  );
}, 300_000);

const idsOf = (type: string): string[] => Object.keys(template.findResources(type)).toSorted();
const on = (metric: string): Alarm[] =>
  alarms.filter((alarm) => JSON.stringify(alarm).includes(`"${metric}"`));
/** The ids, of those given, that the alarms watch. */
const watched = (found: readonly Alarm[], ids: readonly string[]): string[] =>
  ids.filter((id) => found.some((alarm) => JSON.stringify(alarm).includes(`"${id}"`))).toSorted();

describe('an alarm', () => {
  test('has a heading in the runbook, with what it means, where to look and what to do', () => {
    const sections = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8').split(/^## /m);
    for (const { AlarmDescription } of alarms) {
      const [, anchor] = /docs\/runbook\.md#([a-z-]+)$/.exec(AlarmDescription) ?? [];
      const section = sections.find(
        (one) => one.split('\n')[0]!.toLowerCase().replaceAll(' ', '-') === anchor,
      );
      for (const part of ['**Means:**', '**Look at**', '**Do:**'])
        expect([anchor, section]).toEqual([anchor, expect.stringContaining(part)]);
    }
  });

  test('is said in every language of the console', () => {
    for (const { AlarmDescription } of alarms) {
      const words = AlarmDescription.replace(/ See docs\/runbook\.md#[a-z-]+$/, '');
      for (const language of ALARM_LANGUAGES) {
        const said = sayAlarm(words, language);
        expect([words, said]).toEqual([words, expect.stringMatching(/^[A-ZÄÖÜ][^{}]+\.$/)]);
        // What is a name or a number in one is in the other.
        for (const fact of words.match(/\d+|(?<=The (?:function|rule) )\S+/g) ?? [])
          expect(said).toContain(fact);
      }
    }
    expect(sayAlarm('Something of one’s own.', 'de')).toBe(null);
  });

  test('watches one metric by name: the local AWS deploys no metric math', () => {
    expect(alarms.filter(({ MetricName }) => MetricName === undefined)).toEqual([]);
  });

  test('fires when any function is throttled', () => {
    const functions = idsOf('AWS::Lambda::Function');
    expect(watched(on('Throttles'), functions)).toEqual(functions);
  });

  test('fires when any rule does not reach its target, by the rule’s own name and bus', () => {
    const rules = idsOf('AWS::Events::Rule');
    expect(rules.length).toBeGreaterThan(2);
    expect(watched(on('FailedInvocations'), rules)).toEqual(rules);
    for (const [id, { Properties }] of Object.entries(template.findResources('AWS::Events::Rule'))) {
      const [alarm] = on('FailedInvocations').filter((one) => JSON.stringify(one).includes(`"${id}"`));
      const names = alarm!.Dimensions!.map(({ Name }) => Name).toSorted();
      const isOnOwnBus = (Properties as { EventBusName?: unknown }).EventBusName !== undefined;
      expect([id, names]).toEqual([id, isOnOwnBus ? ['EventBusName', 'RuleName'] : ['RuleName']]);
    }
  });

  test('fires when an asynchronous event is dropped or its failure reaches no one, for each function that has such', () => {
    const configured = Object.values(template.findResources('AWS::Lambda::EventInvokeConfig')).map(
      ({ Properties }) => (Properties as { FunctionName: { Ref: string } }).FunctionName.Ref,
    );
    for (const metric of ['AsyncEventsDropped', 'DestinationDeliveryFailures'])
      expect(watched(on(metric), idsOf('AWS::Lambda::Function'))).toEqual(
        [...new Set(configured)].toSorted(),
      );
  });

  test('fires when the API is slow for one answer in a hundred', () => {
    expect(on('Latency').map(({ Namespace, ExtendedStatistic }) => [Namespace, ExtendedStatistic])).toEqual([
      ['AWS/ApiGateway', 'p99'],
    ]);
  });
});
