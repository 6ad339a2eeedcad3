/** What is done for an approved erasure, by the function that takes up what was left: its key is destroyed, then what was made of it. */
import type { S3Client } from '@aws-sdk/client-s3';
import { AuditChain } from '../aws/audit-chain.ts';
import { documentClient, s3Client } from '../aws/clients.ts';
import { DropTable } from '../aws/drop-table.ts';
import { readEnvironment } from '../aws/environment.ts';
import { ErasureTable } from '../aws/erasure-table.ts';
import { ExportTable } from '../aws/export-table.ts';
import { deleteVersion, versionsUnder } from '../aws/object-versions.ts';
import type { SubjectTable } from '../aws/subject-table.ts';
import { isPersonalExport } from '../dossier/export-job.ts';
import { carryOutErasure, type Erasure, type ErasureSteps } from '../privacy/erasure.ts';
import { subjectTable } from './subject-keys.ts';

export interface ErasureStores {
  readonly subjects: Pick<SubjectTable, 'of'>;
  readonly exports: Pick<ExportTable, 'get' | 'atWork'>;
  readonly drops: Pick<DropTable, 'list'>;
  readonly client: S3Client;
  readonly dropsBucket: string;
  readonly dataBucket: string;
}

/** Where a file lies that was delivered to a domain, and its copy in UTF-8. */
const deliveredPrefixes = (domain: string) => ({
  drops: [`drops/${domain}/`, `labels/${domain}/`],
  data: [`work/text/${domain}/`],
});

/** Drops that are looked at in one turn. */
const PAGE = 100;

export function erasureSteps({ subjects, exports, drops, ...stores }: ErasureStores): ErasureSteps {
  const { client, dropsBucket, dataBucket } = stores;
  return {
    destroyKey: async (domain, pseudonym) => void (await (await subjects.of(domain)).destroy(pseudonym)),
    deleteFiles: async ({ domain, decidedAt }) => {
      // First: what one of them stores meanwhile is deleted by the next turn.
      let left = (await exports.atWork(domain)).length;
      await deleteExports();
      const before = new Date(decidedAt!);
      const prefixes = deliveredPrefixes(domain);
      for (const [bucket, of] of [
        [dropsBucket, prefixes.drops],
        [dataBucket, prefixes.data],
      ] as const)
        for (const prefix of of)
          for await (const { at } of versionsUnder(client, bucket, prefix)) if (at <= before) left++;
      if (left === 0) await destroyDropKeys();
      return { left };

      /**
       * Of what was delivered before: a drop that failed has kept its key, by which the name of its file can be read, and the words that
       * quote it.
       */
      async function destroyDropKeys(): Promise<void> {
        const keys = await subjects.of(domain);
        let next: string | null = null;
        do {
          const page = await drops.list({
            scope: [domain],
            limit: PAGE,
            ...(next !== null && { before: next }),
          });
          const own = page.items.filter(
            ({ sealed, receivedAt }) => sealed !== undefined && new Date(receivedAt) <= before,
          );
          await keys.destroyDropKeys(own.map(({ id }) => id));
          next = page.next;
        } while (next !== null);
      }

      /** With personal data: whose they are no one can say any more. One that is not kept any longer is of no one's. */
      async function deleteExports(): Promise<void> {
        for await (const object of versionsUnder(client, dataBucket, 'exports/')) {
          const job = await exports.get(object.key.split('/')[1]!);
          if (job === null || (job.domain === domain && isPersonalExport(job.request)))
            await deleteVersion(client, dataBucket, object);
        }
      }
    },
  };
}

/** Approved erasures, each as far as it can go now. What fails does not keep the others waiting. */
export class ErasureRunner {
  readonly #store: ErasureTable;
  readonly #steps: ErasureSteps;

  constructor(store: ErasureTable, steps: ErasureSteps) {
    this.#store = store;
    this.#steps = steps;
  }

  /** `now` is ISO 8601. */
  async carryOutAll(now: string): Promise<{ readonly done: number; readonly failures: readonly unknown[] }> {
    const failures: unknown[] = [];
    let done = 0;
    for (const erasure of await this.#store.underWay()) {
      try {
        const { state }: Erasure = await carryOutErasure(this.#store, this.#steps, erasure, now);
        if (state === 'done') done++;
      } catch (error) {
        failures.push(error);
      }
    }
    return { done, failures };
  }
}

/** Of the function's environment. */
export function erasureRunner(): ErasureRunner {
  const { ASSAY_DROPS_TABLE, ASSAY_DROPS_BUCKET, ASSAY_DATA_BUCKET } = readEnvironment(
    ['ASSAY_DROPS_TABLE', 'ASSAY_DROPS_BUCKET', 'ASSAY_DATA_BUCKET'],
    process.env,
  );
  const audit = new AuditChain(documentClient(), ASSAY_DROPS_TABLE);
  const steps = erasureSteps({
    subjects: subjectTable(),
    exports: new ExportTable(documentClient(), ASSAY_DROPS_TABLE, audit, Date.now),
    drops: new DropTable(documentClient(), ASSAY_DROPS_TABLE, Date.now),
    client: s3Client(),
    dropsBucket: ASSAY_DROPS_BUCKET,
    dataBucket: ASSAY_DATA_BUCKET,
  });
  return new ErasureRunner(new ErasureTable(documentClient(), ASSAY_DROPS_TABLE, audit), steps);
}
