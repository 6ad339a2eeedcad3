/** How the flags of a domain are reviewed: as its pack says, else as the shipped file for the domain of that name, else by default. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Pack } from './pack.ts';
import { PackDocument } from './pack-document.ts';
import { REVIEW_FILE, readFields } from './pack-schema.ts';
import { readReviewPolicy } from './read-review-policy.ts';
import { DEFAULT_REVIEW_POLICY, type ReviewPolicy } from './review-policy.ts';

const SHIPPED = new URL('./review-policies/', import.meta.url);
const shipped = new Map<string, Promise<ReviewPolicy>>();

export async function reviewPolicyOf({
  domain,
  review,
}: Pick<Pack, 'domain' | 'review'>): Promise<ReviewPolicy> {
  if (review !== null) return review;
  const known = shipped.get(domain) ?? readShipped(domain);
  shipped.set(domain, known);
  return await known;
}

async function readShipped(domain: string): Promise<ReviewPolicy> {
  const url = new URL(`${domain}.yaml`, SHIPPED);
  try {
    return parseReviewPolicy(await readFile(url, 'utf8'), fileURLToPath(url));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return DEFAULT_REVIEW_POLICY;
    throw error;
  }
}

/** A file with the one key `review`. Throws an InputError that names everything wrong with it. */
export function parseReviewPolicy(yaml: string, file: string): ReviewPolicy {
  const document = new PackDocument(yaml, file);
  readFields(document, [], document.root, REVIEW_FILE, ['review']);
  const policy = readReviewPolicy(document, document.at(['review']));
  document.throwProblems();
  return policy;
}
