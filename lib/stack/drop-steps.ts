/**
 * What the state machine of a drop is put together from: a function as a step, a function for each item as a step, and
 * where both go when something fails. Every step is tried again as `RETRIES` say, and none goes on past a fault.
 */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  type CustomState,
  DistributedMap,
  Errors,
  Fail,
  type IChainable,
  JsonPath,
  Pass,
  type State,
  StateMachineType,
  Succeed,
  TaskInput,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { DropFlow, FailInput, ShadowFailInput } from '../drops/flow.ts';
import { DOMAIN_STOPPED } from '../oversight/stop.ts';
import { type ItemsPath, payloadOf } from './flow-payload.ts';
import type { HandlerName } from './handlers.ts';
import { RETRIES, SENDERS_FAULTS, TOO_LARGE, TOO_MUCH_DATA } from './retries.ts';
import { type HandlerInput, isTaskHandler, type Tasks } from './tasks.ts';

/** Where the flow holds what failed. */
const ERROR = '$.error' satisfies `$.${keyof DropFlow}`;

const FAILED = { 'drop.$': '$.drop', 'attempt.$': '$.attempt', 'error.$': ERROR } as const;

/** Where a task's result goes: into the flow, or where only a fault is looked for. */
type ResultPath = `$.${keyof Pick<DropFlow, 'plan' | 'assembled' | 'shadow'>}` | '$.outcome';

const HANDLER_OF = {
  Plan: 'plan',
  Whole: 'whole',
  Intake: 'intake',
  Identify: 'identify',
  Windows: 'windows',
  Score: 'score',
  Assemble: 'assemble',
  Publish: 'publish',
  Finish: 'finish',
  Fail: 'fail',
  Shadow: 'shadow',
  'Shadow intake': 'intake',
  'Shadow identify': 'identify',
  'Shadow windows': 'windows',
  'Shadow score': 'score',
  'Shadow compare': 'shadow',
  'Shadow fail': 'shadow',
  'Shadow ended': 'finish',
} as const satisfies Record<string, HandlerName>;

export type TaskName = keyof typeof HANDLER_OF;

/** The functions that the steps are calls of. */
export const STEP_HANDLERS: readonly HandlerName[] = [...new Set<HandlerName>(Object.values(HANDLER_OF))];

/** Where something begins, and how something else follows it. */
export interface Step {
  readonly start: State;
  readonly next: (after: IChainable) => void;
}

export interface StepsProps {
  /** An execution goes on with the code that it was started with. */
  readonly functions: { version(name: HandlerName): IFunction };
  /** Children of a map that run at a time, so that one drop leaves the account's functions to others. */
  readonly maxConcurrency: number;
  /** Null: what is too large for a function fails. */
  readonly tasks: Tasks | null;
}

export class DropSteps {
  readonly #scope: Construct;
  readonly #props: StepsProps;
  readonly #failing: State;

  /** Where a step that fails leads is made from the steps themselves. */
  private constructor(scope: Construct, props: StepsProps, failing: (steps: DropSteps) => State) {
    this.#scope = scope;
    this.#props = props;
    this.#failing = failing(this);
  }

  /** Steps that the drop depends on: it fails with them. */
  static ofDrop(scope: Construct, props: StepsProps): DropSteps {
    return new DropSteps(scope, props, (steps) => steps.#failure());
  }

  /** Steps after it is done: what fails there is reported, and leads to `end` all the same. */
  static ofShadow(scope: Construct, props: StepsProps, end: State): DropSteps {
    return new DropSteps(scope, props, (steps) => steps.#shadowFailure(end));
  }

  /** After a shadow, whatever became of it: nothing reads the delivered file any more. Rules of the bucket are the net under it. */
  static shadowEnd(scope: Construct, props: StepsProps, done: State): State {
    const steps = new DropSteps(scope, props, () => done);
    const end = steps.#invoke(scope, 'Shadow ended', {
      payload: TaskInput.fromObject({ 'drop.$': '$.drop', 'attempt.$': '$.attempt', ended: true }),
      resultPath: JsonPath.DISCARD,
    });
    end.addCatch(done, { errors: [Errors.ALL], resultPath: JsonPath.DISCARD });
    end.next(done);
    return end;
  }

  /**
   * A function, and where to go when it finds a fault or fails. `isLarge`: when a task does it from the start; else one does it where
   * a function turned out to be too small.
   */
  task(
    name: TaskName,
    payload: Readonly<Record<string, unknown>>,
    {
      resultPath = '$.outcome',
      isLarge,
    }: { readonly resultPath?: ResultPath; readonly isLarge?: Condition } = {},
  ): Step {
    const task = this.#invoke(this.#scope, name, {
      payload: TaskInput.fromObject({ ...payload }),
      resultPath,
    });
    const twin = this.#twin(this.#scope, name, payload, resultPath);
    if (twin !== null) {
      task.addCatch(twin, { errors: [...TOO_LARGE], resultPath: JsonPath.DISCARD });
      this.#catch(twin);
    }
    this.#catch(task);
    const start =
      twin === null || isLarge === undefined
        ? task
        : new Choice(this.#scope, `${name} is large?`).when(isLarge, twin).otherwise(task);
    return {
      start,
      next: (after) => {
        const choice = this.#unlessFault(name, `${resultPath}.fault`, after);
        task.next(choice);
        twin?.next(choice);
      },
    };
  }

  /** The function once for each item; its children's faults are its result. */
  map(name: TaskName, itemsPath: ItemsPath, itemSelector: Record<string, string>): Step {
    const map = new DistributedMap(this.#scope, `${name} all`, {
      itemsPath,
      itemSelector,
      maxConcurrency: this.#props.maxConcurrency,
      mapExecutionType: StateMachineType.STANDARD,
      resultSelector: { 'faults.$': '$[*].fault' },
      resultPath: '$.outcome',
    });
    const child = this.#invoke(map, name, {});
    const failed = new Pass(map, `${name} failed`, { parameters: { 'fault.$': '$' } });
    const parts = Object.fromEntries(Object.keys(itemSelector).map((key) => [key, `$.${key.slice(0, -2)}`]));
    const twin = this.#twin(map, name, parts);
    if (twin !== null) {
      child.addCatch(twin, { errors: [...TOO_LARGE], resultPath: JsonPath.DISCARD });
      twin.addCatch(failed, { errors: [Errors.ALL] });
    }
    child.addCatch(failed, { errors: [Errors.ALL] });
    map.itemProcessor(child);
    this.#catch(map);
    return { start: map, next: (after) => map.next(this.#unlessFault(name, '$.outcome.faults[0]', after)) };
  }

  /** The same handler as a task; null where there are none, or this one needs none. */
  #twin(scope: Construct, name: TaskName, parts: HandlerInput, resultPath?: string): CustomState | null {
    const handler = HANDLER_OF[name];
    const { tasks } = this.#props;
    if (tasks === null || !isTaskHandler(handler)) return null;
    return tasks.state(scope, `${name} as a task`, handler, parts, resultPath);
  }

  #catch(state: LambdaInvoke | DistributedMap | CustomState): void {
    for (const error of [TOO_MUCH_DATA, Errors.ALL]) {
      state.addCatch(this.#failing, { errors: [error], resultPath: ERROR });
    }
  }

  #unlessFault(name: TaskName, path: string, after: IChainable): Choice {
    const found = new Pass(this.#scope, `${name} found a fault`, { inputPath: path, resultPath: ERROR }).next(
      this.#failing,
    );
    return new Choice(this.#scope, `${name} went well?`)
      .when(Condition.isPresent(path), found)
      .otherwise(after);
  }

  #invoke(
    scope: Construct,
    name: TaskName,
    props: { payload?: TaskInput; resultPath?: string },
  ): LambdaInvoke {
    const task = new LambdaInvoke(scope, name, {
      lambdaFunction: this.#props.functions.version(HANDLER_OF[name]),
      payloadResponseOnly: true,
      retryOnServiceExceptions: false,
      ...props,
    });
    for (const retry of RETRIES) task.addRetry(retry);
    return task;
  }

  /** Marks the drop as failed, with its reason, and ends; one whose domain was stopped it sends back to where drops arrive. */
  #failure(): State {
    const mark = this.#invoke(this.#scope, 'Fail', {
      payload: TaskInput.fromObject(payloadOf<FailInput>(FAILED)),
      resultPath: JsonPath.DISCARD,
    });
    const failed = new Fail(this.#scope, 'Failed', {
      errorPath: `${ERROR}.Error`,
      causePath: `${ERROR}.Cause`,
    });
    mark.addCatch(failed, { errors: [Errors.ALL], resultPath: JsonPath.DISCARD });
    const refused = Condition.or(
      ...[...SENDERS_FAULTS, DOMAIN_STOPPED].map((name) => Condition.stringEquals(`${ERROR}.Error`, name)),
    );
    mark.next(
      new Choice(this.#scope, 'Whose fault?')
        .when(refused, new Succeed(this.#scope, 'Refused'))
        .otherwise(failed),
    );
    return mark;
  }

  /** Says why the challenger was not scored. */
  #shadowFailure(end: State): State {
    const report = this.#invoke(this.#scope, 'Shadow fail', {
      payload: TaskInput.fromObject(payloadOf<ShadowFailInput>(FAILED)),
      resultPath: JsonPath.DISCARD,
    });
    report.addCatch(end, { errors: [Errors.ALL], resultPath: JsonPath.DISCARD });
    report.next(end);
    return report;
  }
}

export const ending = (state: State): Step => ({ start: state, next: () => {} });

export function inTurn(...steps: readonly Step[]): Step {
  steps.slice(1).forEach((step, index) => {
    steps[index]!.next(step.start);
  });
  return { start: steps[0]!.start, next: steps.at(-1)!.next };
}
