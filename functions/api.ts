/** The API but for scoring: flags, drops, models, the service itself. An event of the HTTP API in, a response out. */
import { dropAnswerers } from '../lib/api/drops.ts';
import { flagAnswerers } from '../lib/api/flags.ts';
import { modelAnswerers } from '../lib/api/models.ts';
import { type ApiEvent, serve } from '../lib/api/serve.ts';
import { serviceAnswerers } from '../lib/api/service.ts';
import { log } from '../lib/observe/logger.ts';
import { observe } from '../lib/observe/observe.ts';
import { promptDocumentClient, s3Client, signingClient } from '../lib/store/clients.ts';
import { cursorSecret } from '../lib/store/cursor-secret.ts';
import { DropTable } from '../lib/store/drop-table.ts';
import { readEnvironment } from '../lib/store/environment.ts';
import { FlagTable } from '../lib/store/flag-table.ts';
import { IdempotencyTable } from '../lib/store/idempotency-table.ts';
import { ModelTable } from '../lib/store/model-table.ts';
import { presignUpload } from '../lib/store/presign-upload.ts';
import { S3ObjectStore } from '../lib/store/s3-object-store.ts';

const environment = readEnvironment(
  [
    'ASSAY_FLAGS_TABLE',
    'ASSAY_DROPS_TABLE',
    'ASSAY_MODELS_TABLE',
    'ASSAY_DROPS_BUCKET',
    'ASSAY_ARTIFACTS_BUCKET',
  ],
  process.env,
);
const documents = promptDocumentClient();
const artifacts = new S3ObjectStore(s3Client(), environment.ASSAY_ARTIFACTS_BUCKET);
const models = new ModelTable(documents, environment.ASSAY_MODELS_TABLE, { artifacts, now: Date.now });
const bucket = environment.ASSAY_DROPS_BUCKET;

let secret: Promise<Uint8Array> | undefined;
/** Asked for once in a process; a failure is asked again. */
function knownSecret(): Promise<Uint8Array> {
  secret ??= cursorSecret(documents, environment.ASSAY_DROPS_TABLE).catch((error: unknown) => {
    secret = undefined;
    throw error;
  });
  return secret;
}

const service = {
  answerers: {
    ...serviceAnswerers,
    ...modelAnswerers(models),
    ...flagAnswerers(new FlagTable(documents, environment.ASSAY_FLAGS_TABLE), knownSecret),
    ...dropAnswerers({
      drops: new DropTable(documents, environment.ASSAY_DROPS_TABLE, Date.now),
      uploads: { sign: (key, seconds) => presignUpload(signingClient(), { bucket, key, seconds }) },
      domains: () => models.domains(),
      cursorSecret: knownSecret,
      now: Date.now,
    }),
  },
  keys: new IdempotencyTable(documents, environment.ASSAY_DROPS_TABLE, Date.now),
  log,
};

export const handler = observe((event: ApiEvent) => serve(service, event));
