/**
 * The state machine of a drop: lib/drops/flow.ts as states.
 *
 *     Plan ─► whole? ─► Whole ───────────────────────────────────────────────┐
 *                └────► Intake* ─► Identify* ─► Windows* ─► Score* ─► Assemble ─► Publish* ─► Finish ─► Done
 *     any fault or error ─► Fail ─► Refused (the sender's fault, or the domain is stopped and the drop waits) or Failed (ours: it
 *                                   is in the dead letters)
 *     stopped, out of time, an error that no state catches ─► a rule calls the same function as Fail
 *
 * Where a model waits for approval, Finish goes on to Shadow, with a flow of its own: the drop is done, and nothing there fails it.
 *
 *     Shadow ─► in parts? ─► Shadow intake* ─► identify* ─► windows* ─► score* ─► compare ─► Shadow ended ─► Done
 *     any fault or error ─► Shadow fail ─► Shadow ended
 *
 * Where tasks are on (lib/stack/tasks.ts), each step that computes has a twin that is one: what the plan finds to be large goes there
 * from the start, and so does what a function turned out to be too small for.
 *
 * A starred state is a distributed map: its children run as executions of their own, as many as a drop needs. A child's
 * error becomes its result (`fault`), since a map that fails says neither which child failed nor of what.
 */
import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import {
  Choice,
  Condition,
  DefinitionBody,
  type IChainable,
  LogLevel,
  Pass,
  type State,
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
  ShadowInput,
  WholeInput,
  WindowsInput,
} from '../drops/flow.ts';
import {
  DropSteps,
  ending,
  inTurn,
  STEP_HANDLERS,
  type Step,
  type StepsProps,
  type TaskName,
} from './drop-steps.ts';
import { itemOf, payloadOf } from './flow-payload.ts';
import type { HandlerName } from './handlers.ts';
import { machineLogName } from './machine-log-name.ts';
import type { Stage } from './stage.ts';
import { reportStops } from './stopped-executions.ts';
import { isTaskHandler } from './tasks.ts';

/** Longest that a drop may take, its retries included; past it the execution times out and its alarm sounds. */
const MAX_DROP_TIME = Duration.hours(6);

/** What a file may have for the function `plan`: packed to a tenth, its text is the 4 GB that the function's disk has room for. */
const MAX_PLANNED_BYTES = 400_000_000;

export interface DropMachineProps extends StepsProps {
  readonly functions: StepsProps['functions'] & { named(name: HandlerName): IFunction };
  readonly key: IKey;
  readonly stage: Stage;
  readonly deadLetters: IQueue;
}

export class DropMachine extends Construct {
  readonly machine: StateMachine;
  readonly #steps: DropSteps;
  readonly #shadowSteps: DropSteps;
  readonly #done: State;
  readonly #shadowEnd: State;

  constructor(scope: Construct, id: string, props: DropMachineProps) {
    super(scope, id);
    this.#done = new Succeed(this, 'Done');
    this.#steps = DropSteps.ofDrop(this, props);
    this.#shadowEnd = DropSteps.shadowEnd(this, props, this.#done);
    this.#shadowSteps = DropSteps.ofShadow(this, props, this.#shadowEnd);
    this.machine = new StateMachine(this, 'Machine', {
      definitionBody: DefinitionBody.fromChainable(this.#definition()),
      timeout: MAX_DROP_TIME,
      tracingEnabled: true,
      // Payloads name files, and a file's name may name a person: the log has the steps alone.
      logs: {
        destination: new LogGroup(this, 'Logs', {
          logGroupName: machineLogName(this, 'drop'),
          retention: props.stage.logRetentionDays,
          encryptionKey: props.key,
          removalPolicy: props.stage.removal,
        }),
        level: LogLevel.ALL,
        includeExecutionData: false,
      },
    });
    // In every version: executions that an earlier deploy's definition started are under way.
    for (const name of STEP_HANDLERS) props.functions.named(name).grantInvoke(this.machine);
    props.tasks?.connect(this.machine, STEP_HANDLERS.filter(isTaskHandler));
    reportStops(this, {
      machine: this.machine,
      description: 'A drop that did not come to its own end',
      ends: props.functions.named('fail'),
      deadLetters: props.deadLetters,
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
      '$.assembled.chunks',
      itemOf<PublishInput, 'chunk'>({ 'drop.$': drop, 'chunk.$': item }),
    );
    const shadow = new Choice(this, 'A model waits?')
      .when(Condition.isPresent('$.outcome.shadow'), this.#shadow())
      .otherwise(this.#done);
    const closing = inTurn(publish, finish, ending(shadow));

    const parts = inTurn(
      ...this.#scoringParts(this.#steps, ['Intake', 'Identify', 'Windows', 'Score']),
      this.#steps.task('Assemble', payloadOf<AssembleInput>({ 'drop.$': drop }), {
        resultPath: '$.assembled',
        // A plan that an earlier version made says nothing of it.
        isLarge: Condition.and(
          Condition.isPresent('$.plan.isLarge'),
          Condition.booleanEquals('$.plan.isLarge', true),
        ),
      }),
      closing,
    );
    const whole = inTurn(
      this.#steps.task('Whole', payloadOf<WholeInput>({ 'drop.$': drop }), { resultPath: '$.assembled' }),
      closing,
    );
    const choose = this.#ifInParts('In parts?', parts.start, whole.start);
    const plan = this.#steps.task(
      'Plan',
      payloadOf<PlanInput>({ 'drop.$': drop, 'attempt.$': '$.attempt' }),
      {
        resultPath: '$.plan',
        isLarge: Condition.numberGreaterThan('$.drop.bytes', MAX_PLANNED_BYTES),
      },
    );
    return inTurn(plan, ending(choose)).start;
  }

  /** Of a drop or its shadow: what is done to its parts, from its text to its decisions. */
  #scoringParts(
    steps: DropSteps,
    [intake, identify, windows, score]: readonly [TaskName, TaskName, TaskName, TaskName],
  ): Step[] {
    const drop = '$.drop';
    const item = '$$.Map.Item.Value';
    return [
      steps.map(intake, '$.plan.ranges', itemOf<IntakeInput, 'range'>({ 'drop.$': drop, 'range.$': item })),
      steps.map(
        identify,
        '$.plan.partitions',
        itemOf<IdentifyInput, 'partition'>({ 'drop.$': drop, 'partition.$': item }),
      ),
      steps.map(
        windows,
        '$.plan.windows',
        itemOf<WindowsInput, 'window'>({ 'drop.$': drop, 'window.$': item }),
      ),
      steps.map(
        score,
        '$.plan.partitions',
        itemOf<ScoreInput, 'partition'>({ 'drop.$': drop, 'partition.$': item }),
      ),
    ];
  }

  /** From here on the flow's drop and plan are those of the shadow. */
  #shadow(): IChainable {
    const steps = this.#shadowSteps;
    const payload = () => payloadOf<ShadowInput>({ 'drop.$': '$.drop', 'attempt.$': '$.attempt' });
    const parts = inTurn(
      ...this.#scoringParts(steps, ['Shadow intake', 'Shadow identify', 'Shadow windows', 'Shadow score']),
      steps.task('Shadow compare', payload()),
      ending(this.#shadowEnd),
    );
    const begun = new Pass(this, 'Shadow begun', { inputPath: '$.shadow' });
    begun.next(this.#ifInParts('Shadow in parts?', parts.start, this.#shadowEnd));
    return inTurn(steps.task('Shadow', payload(), { resultPath: '$.shadow' }), ending(begun)).start;
  }

  #ifInParts(name: string, parts: IChainable, whole: IChainable): Choice {
    const inParts: PlannedDrop['mode'] = 'parts';
    return new Choice(this, name)
      .when(Condition.stringEquals('$.plan.mode', inParts), parts)
      .otherwise(whole);
  }
}
