/**
 * The samples through the stack: each is dropped into the bucket, followed to its end in the table of drops, and its most severe
 * flags are printed. The labelled sample goes first: it is the past of the newer file's records.
 */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { documentClient, s3Client } from '../lib/aws/clients.ts';
import { DropTable } from '../lib/aws/drop-table.ts';
import { FlagTable } from '../lib/aws/flag-table.ts';
import { S3ObjectStore } from '../lib/aws/s3-object-store.ts';
import type { DropStatus } from '../lib/drops/drop-status.ts';
import { StoredRates } from '../lib/drops/stored-rates.ts';
import type { Progress } from '../lib/progress.ts';
import { root } from '../operations/places.ts';
import type { Outputs } from './deploy.ts';

const DOMAINS = ['finance', 'pharma'] as const;
const FILES = ['labelled.csv.gz', 'new.csv'] as const;
const FLAGS_SHOWN = 3;
const LOOK_EVERY_MS = 250;
/** A sample is through in seconds; without news for this long, something is wrong. */
const PATIENCE_MS = 180_000;

export async function dropSamples(outputs: Outputs, progress: Progress): Promise<DropStatus[]> {
  const drops = new DropTable(documentClient(), outputs.DropsTable, Date.now);
  await sendRates(outputs);
  const done: DropStatus[] = [];
  for (const domain of DOMAINS) {
    for (const file of FILES) {
      progress.stage(`${domain}: ${file}`);
      const dropped = await drop(
        s3Client(),
        outputs.DropsBucket,
        domain,
        join(root, 'samples', domain, file),
      );
      done.push(await follow(drops, dropped, (share) => progress.share(share)));
    }
  }
  return done;
}

async function sendRates({ ArtifactsBucket }: Outputs): Promise<void> {
  const text = await readFile(join(root, 'samples', 'finance', 'rates.csv'), 'utf8');
  await new StoredRates(new S3ObjectStore(s3Client(), ArtifactsBucket)).save('finance', text, 'rates.csv');
}

interface Dropped {
  readonly domain: string;
  readonly key: string;
  readonly version: string;
}

async function drop(client: S3Client, bucket: string, domain: string, path: string): Promise<Dropped> {
  const key = `drops/${domain}/${basename(path)}`;
  const { size } = await stat(path);
  const { VersionId } = await client.send(
    new PutObjectCommand({ Bucket: bucket, Key: key, Body: createReadStream(path), ContentLength: size }),
  );
  if (VersionId === undefined) throw new Error(`the bucket ${bucket} keeps no versions`);
  return { domain, key, version: VersionId };
}

async function follow(
  drops: DropTable,
  dropped: Dropped,
  report: (share: number) => void,
): Promise<DropStatus> {
  const what = `${dropped.key} (version ${dropped.version})`;
  let news = Date.now();
  let seen = '';
  while (Date.now() - news < PATIENCE_MS) {
    const status = await find(drops, dropped);
    if (status?.state === 'done') return status;
    if (status?.state === 'failed') throw new Error(`${what} failed: ${status.reason ?? 'no reason given'}`);
    const now = JSON.stringify(status);
    if (now !== seen) news = Date.now();
    seen = now;
    report(shareDone(status));
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Error(`${what}: no news for ${PATIENCE_MS / 1000} seconds`);
}

async function find(drops: DropTable, { domain, key, version }: Dropped): Promise<DropStatus | undefined> {
  const { items } = await drops.list({ scope: [domain], limit: 20 });
  return items.find((status) => status.key === key && status.version === version);
}

const BEFORE_SCORING = 0.2;
const SCORING = 0.7;
const REACHED: Readonly<Record<DropStatus['state'], number>> = {
  received: 0.02,
  planned: 0.1,
  reading: 0.15,
  scoring: BEFORE_SCORING,
  finishing: BEFORE_SCORING + SCORING,
  done: 1,
  failed: 1,
};

function shareDone(status: DropStatus | undefined): number {
  if (status === undefined) return 0;
  const { state, progress } = status;
  const scored = state === 'scoring' && progress !== null ? progress.scored / progress.of : 0;
  return REACHED[state] + scored * SCORING;
}

/** What became of a drop, in words, with its most severe flags. */
export async function describeDrop(outputs: Outputs, status: DropStatus): Promise<string> {
  const { key, id, summary } = status;
  const { received = 0, scored = 0, rejected = 0, flagged = 0 } = summary ?? {};
  const { items } = await new FlagTable(documentClient(), outputs.FlagsTable).query({
    scope: [status.domain],
    drop: id,
    limit: FLAGS_SHOWN,
  });
  const lines = items.map(({ score, severity, record_id, reasons }) => {
    const head = `  ${score.toFixed(3)}  ${record_id}${severity === null ? '' : ` (${severity})`}`;
    return [head, ...reasons.map((reason) => `         ${reason}`)].join('\n');
  });
  return [
    `${key}: ${received} records, ${scored} scored, ${rejected} rejected, ${flagged} flagged`,
    ...lines,
  ].join('\n');
}
