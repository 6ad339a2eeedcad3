/** Each function's size and rights, in one table: what a reviewer of least privilege reads. */
import { Duration, Size } from 'aws-cdk-lib';
import type { AccessName } from './access.ts';
import type { HandlerName } from './handlers.ts';
import { LAYER_NAMES, type LayerName } from './native-layer.ts';
import { RECEIVE_TIMEOUT, WEBHOOK_TIMEOUT } from './queues.ts';

export interface FunctionPlan {
  readonly memoryMb: number;
  readonly timeout: Duration;
  readonly ephemeralStorage: Size;
  /** Native packages that it loads. */
  readonly layers: readonly LayerName[];
  readonly access: readonly AccessName[];
  /** A rule or a schedule calls it, and nobody waits for its answer: what fails for good goes to the dead letters. */
  readonly asynchronous?: true;
  /** Settings of its own, beside where things are. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Lambda gives processors by memory: this is 1.7 of them, and the most that an account that is new may ask for. */
const HEAVY_MB = 3008;

/** The longest that Lambda lets a function run: the sizes of ranges and partitions keep a stage well under it. */
const LONGEST = Duration.minutes(15);

const heavy = (
  memoryMb: number,
  diskGb: number,
  access: readonly AccessName[],
  layers: readonly LayerName[] = LAYER_NAMES,
): FunctionPlan => ({
  memoryMb,
  timeout: LONGEST,
  ephemeralStorage: Size.gibibytes(diskGb),
  layers,
  access,
});

const light = (memoryMb: number, timeout: Duration, access: readonly AccessName[]): FunctionPlan => ({
  memoryMb,
  timeout,
  ephemeralStorage: Size.mebibytes(512),
  layers: [],
  access,
});

const asynchronous = (plan: FunctionPlan): FunctionPlan => ({ ...plan, asynchronous: true });

/** Each of these reads the drop, the plan and the model, and leaves its work for the next. */
const WORK = ['readDrops', 'readData', 'writeData', 'readModels'] as const;
/** Of the table of drops: all is read, and how far a drop is is written. */
const STATUS = ['readStatus', 'markDrops'] as const;

export const FUNCTION_PLANS: Readonly<Record<HandlerName, FunctionPlan>> = {
  receive: light(512, RECEIVE_TIMEOUT, [
    'findVersions',
    'readLabels',
    'listDomains',
    ...STATUS,
    'markLabels',
    'recordActs',
  ]),
  plan: {
    ...heavy(2048, 10, [...WORK, ...STATUS], ['duckdb']),
    settings: {
      ASSAY_ROWS_PER_PARTITION: '250000',
      ASSAY_BYTES_PER_RANGE: String(64 * 1024 ** 2),
      ASSAY_WHOLE_BYTES: String(16 * 1024 ** 2),
    },
  },
  whole: heavy(HEAVY_MB, 4, [...WORK, ...STATUS, 'retain', 'sample']),
  intake: heavy(HEAVY_MB, 4, [...WORK, ...STATUS], ['duckdb']),
  identify: heavy(HEAVY_MB, 4, WORK, ['duckdb']),
  windows: heavy(HEAVY_MB, 4, WORK, ['duckdb']),
  score: heavy(HEAVY_MB, 4, [...WORK, ...STATUS]),
  assemble: heavy(HEAVY_MB, 10, [...WORK, ...STATUS, 'retain', 'sample'], ['duckdb']),
  publish: light(1024, Duration.minutes(5), ['readData', 'writeFlags', 'tellEvents', 'raiseFlags']),
  finish: light(1024, Duration.minutes(5), [
    ...(['readData', ...STATUS, 'extendHistory', 'writeFlags', 'tellEvents'] as const),
  ]),
  shadow: heavy(HEAVY_MB, 10, [...WORK, 'keepShadows']),
  fail: asynchronous(
    light(512, Duration.minutes(1), [
      ...STATUS,
      'storeEvents',
      'sendDeadLetters',
      'tellEvents',
      'emptyOutbox',
    ]),
  ),
  // An HTTP API waits 30 seconds at the most.
  api: light(1024, Duration.seconds(29), [
    ...(['readFlags', 'readStatus', 'readModels', 'signUploads', 'serveResults'] as const),
    ...([
      'offerUploads',
      'recordActs',
      'keepNames',
      'storeEvents',
      'storeResponses',
      'releaseKeys',
      'makeSecrets',
    ] as const),
    ...(['writeFlags', 'writeRegistry', 'tellEvents', 'emptyOutbox'] as const),
    ...(['startRetrainings', 'cancelRetrainings', 'answerRetrainings', 'readCallers'] as const),
  ]),
  retrain: asynchronous({
    ...heavy(HEAVY_MB, 10, [
      ...(['readDrops', 'readLabels', 'readData', 'writeData', 'readModels', 'writeModels'] as const),
      ...(['readFlags', 'readStatus', 'recordActs', 'storeEvents', 'answerRetrainings'] as const),
      ...(['tellEvents', 'emptyOutbox'] as const),
    ]),
    settings: { ASSAY_TREE_GROUPS: '8' },
  }),
  monitor: asynchronous(
    light(2048, Duration.minutes(15), [
      ...(['readData', 'readModels', 'writeRegistry', 'readFlags', 'readStatus', 'storeEvents'] as const),
      ...(['noteWatches', 'retain', 'tellEvents', 'emptyOutbox', 'startRetrainings'] as const),
    ]),
  ),
  tell: asynchronous(
    light(512, Duration.minutes(5), ['readStatus', 'noteWatches', 'tellEvents', 'emptyOutbox']),
  ),
  webhook: light(512, WEBHOOK_TIMEOUT, ['webhook']),
  'api-score': {
    ...heavy(2048, 2, [
      'readData',
      'writeData',
      'readModels',
      'readFlags',
      'writeFlags',
      'readStatus',
      'markDrops',
      'extendHistory',
      'storeResponses',
      'storeEvents',
      'releaseKeys',
      'retain',
      'sample',
      'keepShadows',
      'tellEvents',
      'raiseFlags',
      'readCallers',
      'keepNames',
    ]),
    timeout: Duration.seconds(29),
  },
};
