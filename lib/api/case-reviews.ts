/** What answers for verdicts on several flags at once, for those taken back, and for personal data that is shown on request. */

import { formatPerson, type NameOf } from '../actor.ts';
import type { Case } from '../cases/case.ts';
import type { FlagItem, FlagStatus, PendingVerdict } from '../decisions/flag-item.ts';
import type { Events } from '../events/event-schemas.ts';
import { hasPersonalData } from '../packs/personal-data.ts';
import { ReviewRefused, StaleFlags } from '../reviews/apply-review.ts';
import type { Review, ReviewDraft } from '../reviews/review.ts';
import type { ReviewTerms } from '../reviews/review-flags.ts';
import { expectPersonalData } from './authorize.ts';
import { type ColleagueServices, readMentions } from './colleagues.ts';
import type { Call, Handlers, Reply } from './endpoints.ts';
import { asSentence, type Fault, Problem } from './problem.ts';
import { readVerdict } from './read-verdict.ts';
import { type CaseViewServices, showCases } from './show-case.ts';

interface ChangedFlag {
  readonly flag: FlagItem;
  readonly review: Review;
  readonly status: FlagStatus;
  readonly pending: PendingVerdict | null;
}

interface ChangedFlags {
  readonly flags: readonly ChangedFlag[];
  readonly case: Case | null;
  readonly events: Events;
}

export interface CaseReviewServices extends CaseViewServices, ColleagueServices {
  readonly reviews: {
    reviewFlags(request: {
      flags: readonly { id: string; version: number }[];
      draft: Omit<ReviewDraft, 'kind' | 'version'>;
      reviewer: { by: string; at: string };
      terms: ReviewTerms;
      caseId: string | null;
    }): Promise<ChangedFlags>;
    withdraw(id: string, reviewer: { by: string; at: string }): Promise<ChangedFlags | null>;
  };
  readonly flags: { get(id: string): Promise<FlagItem | null> };
  readonly namesOf: (ids: Iterable<string>) => Promise<NameOf>;
  readonly publish: (events: Events) => Promise<unknown>;
  readonly signInSeconds: number;
  readonly now: () => number;
}

export function caseReviewHandlers(
  services: CaseReviewServices,
): Required<Pick<Handlers, 'reviewCase' | 'withdrawReview' | 'revealFlag' | 'getReviewRules'>> {
  return {
    reviewCase: (call) => reviewCase(services, call),
    withdrawReview: (call) => withdrawReview(services, call),
    revealFlag: (call) => revealFlag(services, call),
    getReviewRules: async ({ query }) => {
      const { policy } = await services.reviewRules(query.domain);
      return { body: shownRules(policy) };
    },
  };
}

async function reviewCase(
  services: CaseReviewServices,
  { params, body, caller, scope }: Call<'reviewCase'>,
): Promise<Reply<'reviewCase'>> {
  const now = services.now();
  const { policy } = await services.reviewRules(String(scope[0]));
  const { signInSeconds } = services;
  const verdict = readVerdict(body, { policy, caller, now, signInSeconds }, 'open');
  const draft = { ...verdict, mentions: await readMentions(services, String(scope[0]), body.mentions) };
  expectOnce(body.flags.map(({ id }) => id));
  const reviewer = { by: caller.sub, at: new Date(now).toISOString() };
  const terms = { fourEyes: policy.fourEyes };
  const request = { flags: body.flags, draft, reviewer, terms, caseId: params.id };
  const made = await withProblems(services, body.flags, () => services.reviews.reviewFlags(request));
  return await answerOf(services, made, made.flags[0]!.review.id ?? '', reviewer);
}

async function withdrawReview(
  services: CaseReviewServices,
  { params, caller }: Call<'withdrawReview'>,
): Promise<Reply<'withdrawReview'>> {
  const actor = { by: caller.sub, at: new Date(services.now()).toISOString() };
  const made = await withProblems(services, [], () => services.reviews.withdraw(params.id, actor));
  if (made === null) throw new Problem(404, `There is no review ${params.id}.`);
  return await answerOf(services, made, params.id, actor);
}

async function answerOf(
  services: CaseReviewServices,
  { flags, case: one, events }: ChangedFlags,
  review: string,
  { by, at }: { by: string; at: string },
) {
  await services.publish(events);
  const reading = { actor: by, pii: false, route: '', subject: '' };
  const [shown] = one === null ? [] : await showCases(services, reading, [one], at);
  return {
    body: {
      review,
      flags: flags.map(({ flag, status, pending }) => ({
        ...{ id: flag.flag, status, version: flag.version + 1, pending: pending !== null },
      })),
      case: shown ?? null,
    },
  };
}

/** What a reviewer reads where another was faster, or where the reviewer may not. */
async function withProblems<Result>(
  { namesOf }: CaseReviewServices,
  sent: readonly { readonly id: string }[],
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ReviewRefused) throw new Problem(403, asSentence(error.message));
    if (!(error instanceof StaleFlags)) throw error;
    const nameOf = await namesOf(error.flags.flatMap(({ changed }) => changed?.by ?? []));
    const faults = error.flags.map(({ flag, seen, current, changed }): Fault => {
      const place = sent.findIndex(({ id }) => id === flag);
      const who =
        changed === null ? '' : ` by ${formatPerson(changed.by, nameOf(changed.by))} at ${changed.at}`;
      const detail =
        current === null
          ? `flag ${flag} is not one of this case`
          : `flag ${flag} was changed${who}: it is at version ${current}, not ${seen}`;
      return { at: place < 0 ? flag : `/flags/${place}`, detail };
    });
    throw new Problem(409, asSentence(error.message), { faults });
  }
}

function expectOnce(ids: readonly string[]): void {
  const twice = ids.findIndex((id, at) => ids.indexOf(id) !== at);
  if (twice < 0) return;
  const faults = [{ at: `/flags/${twice}/id`, detail: 'is there twice' }];
  throw new Problem(422, 'The body is not as expected.', { faults });
}

async function revealFlag(
  { flags, personal }: CaseReviewServices,
  { params, body, caller, scope }: Call<'revealFlag'>,
): Promise<Reply<'revealFlag'>> {
  expectPersonalData(caller, scope);
  const flag = await flags.get(params.id);
  if (flag === null) throw new Problem(404, `There is no flag ${params.id}.`);
  const { domain, model, record_id: subject } = flag;
  const known = await personal.personalData(domain, model);
  const record: Readonly<Record<string, unknown>> = flag.record === null ? {} : JSON.parse(flag.record);
  const isPersonal = (column: string) => known.columns === null || known.columns.has(column);
  const unknown = body.columns.findIndex((column) => !(column in record) || !isPersonal(column));
  if (unknown >= 0) {
    const detail = hasPersonalData(known)
      ? 'is not a personal column of this record'
      : 'the record has no personal data';
    throw new Problem(422, 'The body is not as expected.', {
      faults: [{ at: `/columns/${unknown}`, detail }],
    });
  }
  await personal.recordRead(domain, {
    event: 'pii_read',
    actor: caller.sub,
    subject,
    at: new Date(personal.now()).toISOString(),
    data: {
      route: 'POST /v1/flags/{id}/reveal',
      columns: [...new Set(body.columns)].sort(),
      decisions: [flag.flag],
    },
  });
  const values = Object.fromEntries(body.columns.map((column) => [column, record[column]]));
  return { body: { flag: flag.flag, values } };
}

/** A policy as the API shows it. */
export function shownRules({
  reasons,
  signature,
  fourEyes,
}: Awaited<ReturnType<CaseViewServices['reviewRules']>>['policy']) {
  const { true_positive, false_positive, inconclusive } = reasons;
  return {
    reasons: {
      true_positive: [...true_positive],
      false_positive: [...false_positive],
      inconclusive: [...inconclusive],
    },
    signature,
    four_eyes: fourEyes,
  };
}
