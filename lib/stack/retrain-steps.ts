/**
 * What the state machine of a retraining is put together from. Each step is a call of the function `retrain`; where it finds an
 * end (`$.….end`) or fails, the way leads to End.
 */
import type { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
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
import { RETRIES, TOO_MUCH_DATA } from './retries.ts';

type StateName = Capitalize<StepName>;

/** A state, and how another follows it. */
interface Link {
  readonly start: State;
  readonly next: (after: State) => void;
}

export interface RetrainStepsProps {
  /** An execution goes on with the code that it was started with. */
  readonly functions: { version(name: 'retrain'): IFunction };
  readonly maxConcurrency: number;
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

  /** A step, its result at `resultPath`. */
  step(name: StateName, payload: Readonly<Record<string, unknown>>, resultPath = NOWHERE): Link {
    const task = this.#invoke(this.#scope, name, name, { ...RETRAINING, ...payload }, resultPath);
    this.#catch(task);
    return { start: task, next: (after) => task.next(this.#unlessEnded(name, resultPath, after)) };
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
    child.addCatch(new Pass(map, `${name} failed`, { parameters: { 'fault.$': '$' } }), {
      errors: [Errors.ALL],
    });
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

  #catch(state: LambdaInvoke | DistributedMap): void {
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
