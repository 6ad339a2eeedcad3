/**
 * The state machine of a retraining: lib/retraining/flow.ts as states, all of them calls of one function.
 *
 *     Begin ─► Snapshot ─► Prepare ─► Tune* ─► Choose ─► Train* ─► Assemble ─► Compare ─► Propose ─► Await ─► Finalize ─► End
 *     any end found, any error, no answer in time ─► End ─► Ended (with its reason) or Failed (ours)
 *
 * A starred state is a map. Whatever happens, the way leads through End, which puts the reason on record and publishes it.
 */
import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import {
  DefinitionBody,
  type IChainable,
  JsonPath,
  LogLevel,
  Pass,
  StateMachine,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { machineLogName } from './machine-log-name.ts';
import { RetrainSteps } from './retrain-steps.ts';
import type { Stage } from './stage.ts';
import { reportStops } from './stopped-executions.ts';
import type { Tasks } from './tasks.ts';

export interface RetrainMachineProps {
  readonly functions: { named(name: 'retrain'): IFunction; version(name: 'retrain'): IFunction };
  readonly key: IKey;
  readonly stage: Stage;
  readonly maxConcurrency: number;
  readonly tasks: Tasks | null;
  readonly deadLetters: IQueue;
  /** How long a challenger waits for two people. */
  readonly approval: Duration;
}

/** All that is computed, its retries included. */
const MAX_TRAINING_TIME = Duration.hours(12);

/** By name: the machine calls a function that may answer for the machine, and neither can wait for the other to be there. */
export function retrainMachineArn(scope: Construct, stage: Stage): string {
  return Stack.of(scope).formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName: retrainMachineName(stage),
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

export class RetrainMachine extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, props: RetrainMachineProps) {
    super(scope, id);
    const { stage, key, approval } = props;
    this.machine = new StateMachine(this, 'Machine', {
      stateMachineName: retrainMachineName(stage),
      definitionBody: DefinitionBody.fromChainable(this.#definition(props)),
      timeout: Duration.seconds(approval.toSeconds() + MAX_TRAINING_TIME.toSeconds()),
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(this, 'Logs', {
          logGroupName: machineLogName(this, 'retrain'),
          retention: stage.logRetentionDays,
          encryptionKey: key,
          removalPolicy: stage.removal,
        }),
        level: LogLevel.ALL,
        includeExecutionData: false,
      },
    });
    // In every version: executions that an earlier deploy's definition started are under way.
    props.functions.named('retrain').grantInvoke(this.machine);
    props.tasks?.connect(this.machine, ['retrain']);
    reportStops(this, {
      machine: this.machine,
      description: 'A retraining that did not come to its own end',
      ends: props.functions.named('retrain'),
      deadLetters: props.deadLetters,
    });
  }

  #definition(props: RetrainMachineProps): IChainable {
    const steps = new RetrainSteps(this, props);
    const begin = new Pass(this, 'Begin', {
      parameters: {
        retraining: {
          id: JsonPath.stringAt('$$.Execution.Name'),
          startedAt: JsonPath.stringAt('$$.Execution.StartTime'),
          request: JsonPath.objectAt('$'),
        },
      },
    });
    const challenger = { 'challenger.$': '$.compared.challenger' };
    return begin.next(
      steps.inTurn(
        steps.step('Snapshot', {}),
        steps.step('Prepare', {}, '$.prepared'),
        steps.each('Tune', '$.prepared.tasks', 'task'),
        steps.step('Choose', {}, '$.chosen'),
        steps.each('Train', '$.chosen.groups', 'group'),
        steps.step('Assemble', {}),
        steps.step('Compare', {}, '$.compared'),
        steps.step('Propose', { ...challenger, approvalSeconds: props.approval.toSeconds() }),
        steps.waiting('Await', challenger, props.approval),
        steps.step('Finalize', challenger),
      ),
    );
  }
}

const retrainMachineName = (stage: Stage): string => `assay-${stage.name}-retrain`;
