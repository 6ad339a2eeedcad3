/** A verdict that is sent again, since the answer to it got lost: what was written then, or null where it is not the same verdict. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Events } from '../events/event-schemas.ts';
import type { ReviewedFlag } from '../reviews/review-flags.ts';
import type { FlagReviewRequest, StoredFlag } from './flag-review-request.ts';
import { reviewsMade } from './flag-review-writes.ts';
import { getAllItems } from './get-all-items.ts';
import { asStored, type ReviewRow, reviewItem, type StoredReview } from './review-row.ts';
import { doing } from './store-error.ts';

export interface GivenReviews {
  readonly reviews: readonly StoredReview[];
  readonly flags: readonly ReviewedFlag[];
  readonly events: Events;
}

export async function givenBefore(
  client: DynamoDBDocumentClient,
  table: string,
  { flags: seen, draft, reviewer, caseId }: FlagReviewRequest,
): Promise<GivenReviews | null> {
  if (caseId === null) return null;
  const keys = seen.flatMap(({ id, version }) => [
    { flag: id, item: 'flag' },
    { flag: id, item: reviewItem(version) },
  ]);
  const found = await doing(`reading ${seen.length} reviews`, () => getAllItems(client, table, keys));
  const items = new Map(found.map((item) => [`${item.flag} ${item.item}`, item]));
  const given: { review: StoredReview; flag: ReviewedFlag }[] = [];
  for (const { id, version } of seen) {
    const row = items.get(`${id} ${reviewItem(version)}`) as ReviewRow | undefined;
    const flag = items.get(`${id} flag`) as StoredFlag | undefined;
    if (row === undefined || flag === undefined || flag.version !== version + 1) return null;
    const review = asStored(row);
    if (!isSame(review, draft) || review.by !== reviewer.by || review.withdrawnAt !== undefined) return null;
    const { status, pending = null } = flag;
    given.push({ review, flag: { flag: { ...flag, version }, review, status, pending } });
  }
  const [first] = given;
  if (new Set(given.map(({ review }) => review.id)).size !== 1) return null;
  if ((first!.review.together?.length ?? 1) !== given.length) return null;
  const flags = given.map(({ flag }) => flag);
  return { reviews: given.map(({ review }) => review), flags, events: reviewsMade(flags) };
}

function isSame(
  review: StoredReview,
  { verdict, reason, reasonCode, note, signature }: FlagReviewRequest['draft'],
) {
  return (
    review.verdict === verdict &&
    review.reason === reason &&
    review.reasonCode === reasonCode &&
    review.note === note &&
    review.signature?.meaning === signature?.meaning
  );
}
