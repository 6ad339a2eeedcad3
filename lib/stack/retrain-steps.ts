/**
 * What the state machine of a retraining is put together from. Each step is a call of the function `retrain`; where it finds an
 * end (`$.….end`) or fails, the way leads to End.
 */
import type { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  type CustomState,
  DistributedMap,
  Errors,
  Fail,
  type IChainable,
  IntegrationPattern,
  JsonPath,
  Pass,
  type State,
  StateMachineType,
  Succeed,
  TaskInput,
  Timeout,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { StepName } from '../retraining/flow.ts';
import { RETRIES, TOO_LARGE, TOO_MUCH_DATA } from './retries.ts';
import type { HandlerInput, Tasks } from './tasks.ts';

type StateName = Capitalize<StepName>;

/** The steps that a task does where the function turned out to be too small. */
const COMPUTING: readonly StateName[] = [
  'Snapshot',
  'Prepare',
  'Tune',
  'Choose',
  'Train',
  'Assemble',
  'Compare',
];

/** A state, and how another follows it. */
interface Link {
  readonly start: State;
  readonly next: (after: State) => void;
}

export interface RetrainStepsProps {
  /** An execution goes on with the code that it was started with. */
  readonly functions: { version(name: 'retrain'): IFunction };
  readonly maxConcurrency: number;
  /** Null: what is too large for a function fails. */
  readonly tasks: Tasks | null;
}

const RETRAINING = { 'retraining.$': '$.retraining' };
const NOWHERE = '$.outcome';

export class RetrainSteps {
  readonly #scope: Construct;
  readonly #props: RetrainStepsProps;
  readonly #ending: State;
  readonly #failing: State;

  constructor(scope: Construct, props: RetrainStepsProps) {
    this.#scope = scope;
    this.#props = props;
    const ended = this.#ended();
    this.#ending = this.#endBy('End', { 'end.$': '$.end' }, ended);
    this.#failing = this.#endBy('End by an error', { 'error.$': '$.error' }, ended);
  }

  /** A step, its result at `resultPath`; a task does it where the function turned out to be too small. */
  step(name: StateName, payload: Readonly<Record<string, unknown>>, resultPath = NOWHERE): Link {
    const parts = { ...RETRAINING, ...payload };
    const task = this.#invoke(this.#scope, name, name, parts, resultPath);
    const twin = this.#twin(this.#scope, name, parts, resultPath);
    if (twin !== null) {
      task.addCatch(twin, { errors: [...TOO_LARGE], resultPath: JsonPath.DISCARD });
      this.#catch(twin);
    }
    this.#catch(task);
    return {
      start: task,
      next: (after) => {
        const choice = this.#unlessEnded(name, resultPath, after);
        task.next(choice);
        twin?.next(choice);
      },
    };
  }

  /** A step for each item. A child's error is its result, since a map that fails says neither which child failed nor of what. */
  each(name: 'Tune' | 'Train', itemsPath: string, item: 'task' | 'group'): Link {
    const map = new DistributedMap(this.#scope, `${name} all`, {
      itemsPath,
      itemSelector: { ...RETRAINING, [`${item}.$`]: '$$.Map.Item.Value' },
      maxConcurrency: this.#props.maxConcurrency,
      mapExecutionType: StateMachineType.STANDARD,
      resultSelector: { 'faults.$': '$[*].fault', 'ends.$': '$[*].end' },
      resultPath: NOWHERE,
    });
    const payload = { ...RETRAINING, [`${item}.$`]: `$.${item}` };
    const child = this.#invoke(map, name, name, payload);
    const failed = new Pass(map, `${name} failed`, { parameters: { 'fault.$': '$' } });
    const twin = this.#twin(map, name, payload);
    if (twin !== null) {
      child.addCatch(twin, { errors: [...TOO_LARGE], resultPath: JsonPath.DISCARD });
      twin.addCatch(failed, { errors: [Errors.ALL] });
    }
    child.addCatch(failed, { errors: [Errors.ALL] });
    map.itemProcessor(child);
    this.#catch(map);
    const goOn = (after: State): Choice =>
      new Choice(this.#scope, `${name} went well?`)
        .when(Condition.isPresent(`${NOWHERE}.faults[0]`), this.#take(name, 'fault', `${NOWHERE}.faults[0]`))
        .when(Condition.isPresent(`${NOWHERE}.ends[0]`), this.#take(name, 'end', `${NOWHERE}.ends[0]`))
        .otherwise(after);
    return { start: map, next: (after) => map.next(goOn(after)) };
  }

  /** Goes on when someone answers with the token, or when the time is over: what was decided stands in the registry. */
  waiting(name: 'Await', payload: Readonly<Record<string, unknown>>, longest: Duration): Link {
    const task = new LambdaInvoke(this.#scope, name, {
      lambdaFunction: this.#props.functions.version('retrain'),
      integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN,
      payload: TaskInput.fromObject({
        ...{ ...RETRAINING, ...payload, step: 'await' },
        token: JsonPath.taskToken,
      }),
      taskTimeout: Timeout.duration(longest),
      retryOnServiceExceptions: false,
      resultPath: JsonPath.DISCARD,
    });
    // Out of time is how the waiting ends; what else goes wrong is tried again like any step, with a token of its own.
    task.addRetry({ errors: [Errors.TIMEOUT], maxAttempts: 0 });
    for (const retry of RETRIES) task.addRetry(retry);
    return {
      start: task,
      next: (after) => {
        task.addCatch(after, { errors: [Errors.TIMEOUT], resultPath: JsonPath.DISCARD });
        this.#catch(task);
        task.next(after);
      },
    };
  }

  inTurn(...links: readonly Link[]): IChainable {
    links.forEach((link, index) => {
      link.next(links[index + 1]?.start ?? this.#ending);
    });
    return links[0]!.start;
  }

  #unlessEnded(name: StateName, resultPath: string, after: State): Choice {
    const path = `${resultPath}.end`;
    return new Choice(this.#scope, `${name} went well?`)
      .when(Condition.isPresent(path), this.#take(name, 'end', path))
      .otherwise(after);
  }

  /** Puts what was found where the last state looks for it. */
  #take(name: StateName, what: 'end' | 'fault', path: string): State {
    const [into, next] =
      what === 'end' ? (['$.end', this.#ending] as const) : (['$.error', this.#failing] as const);
    return new Pass(this.#scope, `${name} found ${what === 'end' ? 'an end' : 'a fault'}`, {
      inputPath: path,
      resultPath: into,
    }).next(next).startState;
  }

  /** The same step as a task; null where there are none, or it computes nothing. */
  #twin(scope: Construct, name: StateName, parts: HandlerInput, resultPath?: string): CustomState | null {
    if (!COMPUTING.includes(name)) return null;
    const input = { ...parts, step: name.toLowerCase() };
    return this.#props.tasks?.state(scope, `${name} as a task`, 'retrain', input, resultPath) ?? null;
  }

  #catch(state: LambdaInvoke | DistributedMap | CustomState): void {
    for (const error of [TOO_MUCH_DATA, Errors.ALL]) {
      state.addCatch(this.#failing, { errors: [error], resultPath: '$.error' });
    }
  }

  #invoke(
    scope: Construct,
    id: string,
    name: StateName,
    payload: Readonly<Record<string, unknown>>,
    resultPath?: string,
  ): LambdaInvoke {
    const task = new LambdaInvoke(scope, id, {
      lambdaFunction: this.#props.functions.version('retrain'),
      payloadResponseOnly: true,
      retryOnServiceExceptions: false,
      payload: TaskInput.fromObject({ ...payload, step: name.toLowerCase() }),
      ...(resultPath !== undefined && { resultPath }),
    });
    for (const retry of RETRIES) task.addRetry(retry);
    return task;
  }

  #endBy(id: string, payload: Readonly<Record<string, unknown>>, after: State): State {
    const task = this.#invoke(this.#scope, id, 'End', { ...RETRAINING, ...payload }, '$.ended');
    task.addCatch(new Fail(this.#scope, `${id}: not on record`), { errors: [Errors.ALL] });
    task.next(after);
    return task;
  }

  /** What is ours sounds the alarm; every other end is an answer. */
  #ended(): State {
    return new Choice(this.#scope, 'Whose fault?')
      .when(
        Condition.stringEquals('$.ended.end.outcome', 'failed'),
        new Fail(this.#scope, 'Failed', { causePath: '$.ended.end.reason', error: 'RetrainingFailed' }),
      )
      .otherwise(new Succeed(this.#scope, 'Ended'));
  }
}
