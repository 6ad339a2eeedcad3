/** A domain's log of acts as a stack has it: its sealed parts from the audit bucket, and the live log from the table. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { isActsSegment } from '../audit/acts-folder.ts';
import type { ActsLog, ActsSegment } from '../audit/verify-acts.ts';
import { AuditChain } from '../aws/audit-chain.ts';
import type { RetainedFinding, RetainedReader } from '../aws/retained-reader.ts';

export interface ActsSource {
  readonly documents: DynamoDBDocumentClient;
  readonly table: string;
  readonly audit: RetainedReader;
  /** What `audit` has found so far. */
  readonly findings: readonly RetainedFinding[];
}

/** The sealed parts are read first: what is sealed was live before. */
export async function readActs(
  { documents, table, audit, findings }: ActsSource,
  domain: string,
): Promise<ActsLog> {
  const prefix = `${domain}/acts/`;
  const segments: ActsSegment[] = [];
  for (const key of await audit.list(prefix)) {
    if (!isActsSegment(key.slice(prefix.length))) continue;
    const name = key.slice(prefix.length, -'.jsonl'.length);
    const lines = await audit.readBytes(key);
    segments.push({
      name,
      lines: lines ?? Buffer.alloc(0),
      seal: await audit.readText(`${prefix}${name}.seal.json`),
    });
  }
  const chain = new AuditChain(documents, table);
  const head = await chain.head(domain);
  // Acts may have been added since the head was read.
  const lines = (await chain.lines(domain)).filter(({ seq }) => seq < head.entries);
  const bytes = Buffer.from(lines.map(({ line }) => `${line}\n`).join(''), 'utf8');
  return { segments, live: { lines: bytes, head }, findings: [...findings] };
}
