/** POST /v1/score: the decisions on the records of a request, at once. */
import type { ApiEvent } from '../lib/api/api-event.ts';
import { readGroupMap } from '../lib/api/group-map.ts';
import { scoreHandlers } from '../lib/api/score.ts';
import { serve } from '../lib/api/serve.ts';
import { AuditChain } from '../lib/aws/audit-chain.ts';
import { promptDocumentClient } from '../lib/aws/clients.ts';
import { DenialLog } from '../lib/aws/denial-log.ts';
import { readEnvironment } from '../lib/aws/environment.ts';
import { FlagTable } from '../lib/aws/flag-table.ts';
import { HistoryTable } from '../lib/aws/history-table.ts';
import { IdempotencyTable } from '../lib/aws/idempotency-table.ts';
import { People } from '../lib/aws/people.ts';
import { StoredRates } from '../lib/drops/stored-rates.ts';
import { processFolder } from '../lib/engine/temporary-folder.ts';
import { PastReader } from '../lib/history/past-reader.ts';
import { log } from '../lib/observe/logger.ts';
import { countRows, measureScoring } from '../lib/observe/metrics.ts';
import { observe } from '../lib/observe/observe.ts';
import { OnlineEngine } from '../lib/online/online-engine.ts';
import { OnlineDrops } from '../lib/online/record-request.ts';
import { personalDataServices } from '../lib/services/personal-data-source.ts';
import { candidateOf, saveRun } from '../lib/services/shadow-runs.ts';
import {
  artifactStore,
  auditWriter,
  candidateSource,
  dataStore,
  dropStatus,
  dueDrops,
  functionSize,
  reviewTable,
  samplingPlan,
  stageModels,
  warnOfDrop,
} from '../lib/services/stage-deps.ts';
import { flagEvents, outbox } from '../lib/services/stage-events.ts';
import { stopOfChampion } from '../lib/services/stop-source.ts';
import { erasureDomains } from '../lib/services/subject-keys.ts';

/** Of the function's own disk, for files of the past. */
const CACHE_BYTES = 300 * 2 ** 20;

const environment = readEnvironment(
  ['ASSAY_FLAGS_TABLE', 'ASSAY_DROPS_TABLE', 'ASSAY_MODELS_TABLE', 'ASSAY_ISSUER_GROUPS'],
  process.env,
);
const models = stageModels();
const data = dataStore();
const history = new HistoryTable(promptDocumentClient(), environment.ASSAY_DROPS_TABLE);
const engine = new OnlineEngine({
  champion: (domain) => models.champion(domain),
  past: (domain) => history.past(domain),
  history: new PastReader({ store: data, folder: processFolder('history'), maxBytes: CACHE_BYTES }),
  rates: new StoredRates(artifactStore()),
  ...functionSize(),
  clock: () => performance.now(),
});
const reviews = reviewTable();
const artifacts = artifactStore();
const candidates = candidateSource(models);
const due = dueDrops();
const recorder = new OnlineDrops({
  engine,
  data,
  retain: auditWriter(),
  status: dropStatus(),
  noteSealed: (sealed) => due.note(sealed),
  addHistory: (domain, entry) => history.add(domain, entry),
  sampling: samplingPlan(),
  putBlind: (entries) => reviews.putBlind(entries),
  candidate: (domain) => candidateOf(candidates, domain),
  saveShadow: (domain, run) => saveRun(artifacts, domain, run),
  warn: warnOfDrop,
  now: () => new Date(),
});

const people = new People(promptDocumentClient(), environment.ASSAY_DROPS_TABLE);
const audit = new AuditChain(promptDocumentClient(), environment.ASSAY_DROPS_TABLE, people);
const flags = new FlagTable(promptDocumentClient(), environment.ASSAY_FLAGS_TABLE);
const { publishOrStore } = outbox();
const eventsOf = flagEvents();

const stores = {
  documents: promptDocumentClient(),
  dropsTable: environment.ASSAY_DROPS_TABLE,
  modelsTable: environment.ASSAY_MODELS_TABLE,
};

const erasable = erasureDomains();
const service = {
  handlers: scoreHandlers({
    scorer: engine,
    recorder,
    flags: {
      putFlags: async (items) => {
        const stored = await flags.putFlags(items);
        await publishOrStore(eventsOf(items));
        return stored;
      },
    },
    personal: personalDataServices(models, audit, Date.now),
    domains: () => models.domains(),
    isErasable: (domain) => erasable.includes(domain),
    stopOf: (domain) => stopOfChampion(stores, domain),
    now: Date.now,
    onScored: (domain, counts, milliseconds) => {
      countRows(domain, counts);
      measureScoring(domain, milliseconds);
    },
  }),
  people,
  groups: readGroupMap(environment.ASSAY_ISSUER_GROUPS),
  denials: new DenialLog(promptDocumentClient(), environment.ASSAY_DROPS_TABLE, {
    audit,
    domains: () => models.domains(),
    now: Date.now,
  }),
  // It answers for no thing that is named by its id.
  domainOf: async () => null,
  keys: new IdempotencyTable(promptDocumentClient(), environment.ASSAY_DROPS_TABLE, Date.now),
  log,
};

export const handler = observe((event: ApiEvent) => serve(service, event));
