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
  /** A rule or a schedule calls it, and no one waits for its answer: what fails for good goes to the dead letters. */
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

/** Reads and leaves work between the stages of a drop, and what a drop leaves for good. */
const WORK = ['readData', 'writeData'] as const;
/** The same of what sees records as they were delivered, and seals them. */
const SEALING = [...WORK, 'takeSubjects'] as const;

export const FUNCTION_PLANS: Readonly<Record<HandlerName, FunctionPlan>> = {
  receive: light(512, RECEIVE_TIMEOUT, [
    ...(['findVersions', 'readLabels', 'listDomains'] as const),
    ...(['readStatus', 'beginDrops', 'markDrops', 'markLabels', 'recordActs', 'readNames'] as const),
    ...(['findModels', 'queryStatus', 'queueDrops', 'takeSubjects', 'keyLabels'] as const),
  ]),
  plan: heavy(
    2048,
    10,
    [
      ...(['readDrops', ...SEALING, 'cutDrops'] as const),
      ...(['findModels', 'loadModels', 'readRates', 'queryStatus', 'markDrops'] as const),
      'readStatus',
    ],
    ['duckdb'],
  ),
  whole: heavy(HEAVY_MB, 4, [
    ...(['readDrops', ...SEALING, 'loadModels', 'readRates', 'markDrops', 'retain'] as const),
    ...(['sample', 'readSamplingSecret', 'queryStatus'] as const),
  ]),
  intake: heavy(HEAVY_MB, 4, ['readDrops', ...SEALING, 'loadModels', 'readRates', 'markDrops'], ['duckdb']),
  identify: heavy(HEAVY_MB, 4, [...WORK, 'loadModels'], ['duckdb']),
  windows: heavy(HEAVY_MB, 4, [...WORK, 'loadModels'], ['duckdb']),
  score: heavy(HEAVY_MB, 4, [...WORK, 'loadModels', 'markDrops']),
  assemble: heavy(
    HEAVY_MB,
    10,
    [
      ...(['readDrops', ...SEALING, 'loadModels', 'markDrops', 'retain'] as const),
      ...(['sample', 'readSamplingSecret', 'queryStatus'] as const),
    ],
    ['duckdb'],
  ),
  publish: light(1024, Duration.minutes(5), [
    'readData',
    'putFlags',
    'putBlindReviews',
    'countCases',
    'publishEvents',
    'raiseFlags',
  ]),
  finish: light(1024, Duration.minutes(5), [
    ...(['readData', 'markDrops', 'extendHistory', 'publishEvents'] as const),
    ...(['noteSealed', 'deleteDelivered'] as const),
  ]),
  shadow: heavy(HEAVY_MB, 10, ['readDrops', ...SEALING, 'loadModels', 'saveShadows']),
  fail: asynchronous(
    light(512, Duration.minutes(1), [
      ...(['readStatus', 'markDrops', 'storeEvents'] as const),
      ...(['sendDeadLetters', 'sendArrivals', 'publishEvents', 'emptyOutbox'] as const),
    ]),
  ),
  // An HTTP API waits 30 seconds at the most.
  api: light(1024, Duration.seconds(29), [
    ...(['readFlags', 'reviewFlags', 'listOpenFlags', 'deferWrites'] as const),
    ...(['signUploads', 'serveResults', 'attachFiles', 'askExports', 'serveExports'] as const),
    ...(['loadModels', 'saveModels'] as const),
    ...(['findModels', 'listRetrainings', 'writeRegistry', 'markRetrainings'] as const),
    ...(['readStatus', 'queryStatus', 'listAllDrops', 'offerUploads', 'recordActs', 'writeStops'] as const),
    ...(['countDenials', 'storeResponses', 'signCursors', 'readCallers'] as const),
    ...(['saveNames', 'readNames', 'takeSubjects', 'writeErasures'] as const),
    ...(['storeEvents', 'publishEvents', 'emptyOutbox'] as const),
    ...(['startRetrainings', 'cancelRetrainings', 'answerRetrainings', 'watchStack'] as const),
  ]),
  retrain: asynchronous({
    ...heavy(HEAVY_MB, 10, [
      ...(['readLabels', ...WORK, 'readRecords', 'loadModels', 'saveModels'] as const),
      ...(['findModels', 'listDomains', 'writeRegistry', 'markRetrainings', 'readReviews'] as const),
      ...(['readStatus', 'queryStatus', 'listDrops', 'recordActs', 'readNames'] as const),
      'answerRetrainings',
      ...(['storeEvents', 'publishEvents', 'emptyOutbox'] as const),
    ]),
    settings: { ASSAY_TREE_GROUPS: '8' },
  }),
  monitor: asynchronous(
    light(2048, Duration.minutes(15), [
      ...(['readData', 'loadModels', 'findModels', 'listRetrainings', 'writeRegistry'] as const),
      ...(['markRetrainings', 'startRetrainings', 'readReviews', 'retain'] as const),
      ...(['queryStatus', 'listDrops', 'noteWatches'] as const),
      ...(['storeEvents', 'publishEvents', 'emptyOutbox'] as const),
    ]),
  ),
  'publish-events': asynchronous(
    light(512, Duration.minutes(5), [
      ...(['readStatus', 'queryStatus', 'noteWatches', 'publishEvents', 'emptyOutbox'] as const),
      ...(['finishVerdicts', 'carryOutErasures'] as const),
    ]),
  ),
  'extend-log': asynchronous(
    light(1024, Duration.minutes(10), [
      ...(['listDomains', 'readStatus', 'queryStatus', 'recordActs', 'takeSealed'] as const),
      ...(['retain', 'signLogs'] as const),
    ]),
  ),
  'compact-history': asynchronous(
    heavy(
      HEAVY_MB,
      10,
      [
        ...([...WORK, 'cutDrops', 'listDomains', 'readStatus', 'queryStatus'] as const),
        ...(['indexHistory', 'checkHistory', 'takeHistory'] as const),
      ],
      ['duckdb'],
    ),
  ),
  export: asynchronous(
    heavy(
      HEAVY_MB,
      10,
      [
        ...(['serveResults', 'saveExports', 'readLabels', 'loadModels', 'findModels'] as const),
        ...(['gatherFlags', 'readStatus', 'queryStatus', 'listDrops', 'markExports'] as const),
        ...(['recordActs', 'readNames', 'readSubjects'] as const),
      ],
      ['duckdb'],
    ),
  ),
  webhook: light(512, WEBHOOK_TIMEOUT, ['webhook']),
  // Hands out its own files: it has no permissions.
  console: light(512, Duration.seconds(10), ['serveConsole']),
  'api-score': {
    ...heavy(2048, 2, [
      ...([...WORK, 'findModels', 'listDomains', 'loadModels', 'readRates', 'saveShadows'] as const),
      ...(['readStatus', 'queryStatus', 'beginDrops', 'markDrops', 'extendHistory'] as const),
      ...(['storeResponses', 'recordActs', 'countDenials', 'readCallers'] as const),
      ...(['saveNames', 'readNames', 'nameErasable'] as const),
      ...([
        'putFlags',
        'countCases',
        'raiseFlags',
        'retain',
        'sample',
        'storeEvents',
        'publishEvents',
        'noteSealed',
      ] as const),
    ]),
    timeout: Duration.seconds(29),
  },
};
