/**
 * Alarms on what AWS could not hand over: a rule that did not reach its target, an asynchronous event that a function never took, a failure
 * whose report went nowhere. Read from the stack, so that a rule or function that is added has its alarm.
 */

import { Duration, Fn, Stack } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { type CfnRule, Rule } from 'aws-cdk-lib/aws-events';
import { EventInvokeConfig, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { AlarmPlan } from './alarm-plan.ts';

const PERIOD = Duration.minutes(5);

export function deliveryPlans(scope: Construct): Record<string, AlarmPlan> {
  const constructs = Stack.of(scope).node.findAll();
  const rules = constructs.filter((one) => one instanceof Rule).map(rulePlan);
  const functions = constructs
    .filter((one) => one instanceof LambdaFunction)
    .filter((one) => one.node.findAll().some((inner) => inner instanceof EventInvokeConfig))
    .flatMap(asynchronousPlans);
  return Object.fromEntries([...rules, ...functions]);
}

function rulePlan(rule: Rule): [string, AlarmPlan] {
  const name = rule.node.path.split('/').slice(1).join('-');
  return [
    `${name}-undelivered`,
    {
      metric: new Metric({
        namespace: 'AWS/Events',
        metricName: 'FailedInvocations',
        dimensionsMap: dimensionsOf(rule),
        statistic: 'Sum',
        period: PERIOD,
      }),
      atLeast: 1,
      says: `The rule ${name} did not reach its target.`,
      heading: 'undelivered-events',
    },
  ];
}

/** A rule’s reference is its bus and its name where the bus is not the account’s own; its ARN holds both in fixed places. */
function dimensionsOf(rule: Rule): Record<string, string> {
  const parts = Fn.split('/', rule.ruleArn);
  const { eventBusName } = rule.node.defaultChild as CfnRule;
  if (eventBusName === undefined) return { RuleName: Fn.select(1, parts) };
  return { EventBusName: Fn.select(1, parts), RuleName: Fn.select(2, parts) };
}

function asynchronousPlans(made: LambdaFunction): [string, AlarmPlan][] {
  const name = made.node.scope!.node.id;
  const plan = (metricName: string, says: string): AlarmPlan => ({
    metric: made.metric(metricName, { statistic: 'Sum', period: PERIOD }),
    atLeast: 1,
    says,
    heading: 'undelivered-events',
  });
  return [
    [`${name}-dropped`, plan('AsyncEventsDropped', `An event for the function ${name} was dropped.`)],
    [
      `${name}-unreported`,
      plan(
        'DestinationDeliveryFailures',
        `An event that the function ${name} failed on could not be put into the dead letters.`,
      ),
    ],
  ];
}
