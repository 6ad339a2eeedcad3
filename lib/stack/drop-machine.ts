/**
 * The state machine of a drop: lib/drops/flow.ts as states.
 *
 *     Plan ─► whole? ─► Whole ───────────────────────────────────────────────┐
 *                └────► Intake* ─► Identify* ─► Windows* ─► Score* ─► Assemble ─► Publish* ─► Finish ─► Done
 *     any fault or error ─► Fail ─► Refused (the sender's fault) or Failed (ours: it is in the dead letters)
 *
 * A starred state is a distributed map: its children run as executions of their own, as many as a drop needs. A child's
 * error becomes its result (`fault`), since a map that fails tells neither which child failed nor of what.
 */
import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  Choice,
  Condition,
  DefinitionBody,
  type IChainable,
  LogLevel,
  StateMachine,
  Succeed,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type {
  AssembleInput,
  FinishInput,
  IdentifyInput,
  IntakeInput,
  PlanInput,
  PlannedDrop,
  PublishInput,
  ScoreInput,
  WholeInput,
  WindowsInput,
} from '../drops/flow.ts';
import { DropSteps, ending, inTurn, type StepsProps } from './drop-steps.ts';
import { itemOf, payloadOf } from './flow-payload.ts';
import type { Stage } from './stage.ts';

/** Longest that a drop may take, its retries included; past it the execution times out and its alarm sounds. */
const LONGEST_DROP = Duration.hours(6);

export interface DropMachineProps extends StepsProps {
  readonly key: IKey;
  readonly stage: Stage;
}

export class DropMachine extends Construct {
  readonly machine: StateMachine;
  readonly #steps: DropSteps;

  constructor(scope: Construct, id: string, props: DropMachineProps) {
    super(scope, id);
    this.#steps = new DropSteps(this, props);
    this.machine = new StateMachine(this, 'Machine', {
      definitionBody: DefinitionBody.fromChainable(this.#definition()),
      timeout: LONGEST_DROP,
      tracingEnabled: true,
      // Payloads name files, and a file's name may name a person: the log has the steps alone.
      logs: {
        destination: new LogGroup(this, 'Logs', {
          logGroupName: `/aws/vendedlogs/states/assay-${props.stage.name}-drop`,
          retention: props.stage.logRetentionDays,
          encryptionKey: props.key,
          removalPolicy: props.stage.removal,
        }),
        level: LogLevel.ALL,
        includeExecutionData: false,
      },
    });
  }

  #definition(): IChainable {
    const drop = '$.drop';
    const item = '$$.Map.Item.Value';
    const finish = this.#steps.task(
      'Finish',
      payloadOf<FinishInput>({ 'drop.$': drop, 'attempt.$': '$.attempt' }),
    );
    const publish = this.#steps.map(
      'Publish',
      '$.settled.chunks',
      itemOf<PublishInput, 'chunk'>({ 'drop.$': drop, 'chunk.$': item }),
    );
    const settle = inTurn(publish, finish, ending(new Succeed(this, 'Done')));

    const parts = inTurn(
      this.#steps.map(
        'Intake',
        '$.plan.ranges',
        itemOf<IntakeInput, 'range'>({ 'drop.$': drop, 'range.$': item }),
      ),
      this.#steps.map(
        'Identify',
        '$.plan.partitions',
        itemOf<IdentifyInput, 'partition'>({ 'drop.$': drop, 'partition.$': item }),
      ),
      this.#steps.map(
        'Windows',
        '$.plan.windows',
        itemOf<WindowsInput, 'window'>({ 'drop.$': drop, 'window.$': item }),
      ),
      this.#steps.map(
        'Score',
        '$.plan.partitions',
        itemOf<ScoreInput, 'partition'>({ 'drop.$': drop, 'partition.$': item }),
      ),
      this.#steps.task('Assemble', payloadOf<AssembleInput>({ 'drop.$': drop }), '$.settled'),
      settle,
    );
    const whole = inTurn(
      this.#steps.task('Whole', payloadOf<WholeInput>({ 'drop.$': drop }), '$.settled'),
      settle,
    );
    const inParts: PlannedDrop['mode'] = 'parts';
    const choose = new Choice(this, 'In parts?')
      .when(Condition.stringEquals('$.plan.mode', inParts), parts.start)
      .otherwise(whole.start);
    const plan = this.#steps.task(
      'Plan',
      payloadOf<PlanInput>({ 'drop.$': drop, 'attempt.$': '$.attempt' }),
      '$.plan',
    );
    return inTurn(plan, ending(choose)).start;
  }
}
