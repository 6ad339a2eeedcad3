/** The handler of online scoring: it decides, and records the request where that was asked for. */
import type { FlagItem } from '../decisions/flag-item.ts';
import { flagItem } from '../decisions/flag-item.ts';
import { formatStop, type Stop } from '../oversight/stop.ts';
import { expectDomain } from './drops.ts';
import type { Call, Handlers, Reply } from './endpoints.ts';
import type {
  OnlineRecorder,
  OnlineScorer,
  ScoredRecord,
  ScoringAnswer,
  ScoringRequest,
} from './online-scoring.ts';
import { type PersonalDataServices, showRecords } from './personal-data.ts';
import { Problem } from './problem.ts';

export interface ScoringServices {
  readonly scorer: OnlineScorer;
  readonly recorder: OnlineRecorder;
  readonly flags: { putFlags(flags: readonly FlagItem[]): Promise<{ new: number; seen: number }> };
  readonly personal: PersonalDataServices;
  readonly domains: () => Promise<readonly string[]>;
  /** Whether the records of a domain are stored under keys of their subjects. */
  readonly isErasable: (domain: string) => boolean;
  /** What keeps the model that serves the domain from scoring; null: nothing. */
  readonly stopOf: (domain: string) => Promise<Stop | null>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Called once a request is answered. */
  readonly onScored?: (domain: string, counts: ScoredCounts, milliseconds: number) => void;
}

export interface ScoredCounts {
  readonly received: number;
  readonly scored: number;
  readonly rejected: number;
  readonly flagged: number;
  readonly unexplained: number;
}

export function scoreHandlers(services: ScoringServices): Required<Pick<Handlers, 'score'>> {
  return { score: (call) => score(services, call) };
}

async function score(
  services: ScoringServices,
  { body, caller, pii }: Call<'score'>,
): Promise<Reply<'score'>> {
  const began = services.now();
  const { domain, records, explain } = body;
  await expectDomain(services.domains, domain, caller);
  // Windows would not see the past of a true id, and what is recorded would be in the clear.
  if (services.isErasable(domain))
    throw new Problem(422, `Records of ${domain} are erasable, and requests cannot score such yet.`, {
      faults: [{ at: '/domain', detail: 'deliver the records in a file: POST /v1/uploads' }],
    });
  const stop = await services.stopOf(domain);
  if (stop !== null)
    throw new Problem(503, `No record is scored: ${formatStop(stop)}`, { headers: { 'retry-after': '300' } });
  const request: ScoringRequest = { domain, records, explain };
  const answer = await services.scorer.score(request);
  const storing = services.now();
  const recorded = body.record ? await record(services, request, answer, caller.sub) : null;
  const ended = services.now();
  services.onScored?.(domain, countResults(answer), ended - began);
  const timings = { ...answer.timings, store: ended - storing };
  return {
    body: {
      domain,
      model: answer.model,
      threshold: answer.threshold,
      results: await showResults(services, { caller, pii, domain }, answer, explain),
      recorded,
      timings,
    },
    headers: { 'server-timing': serverTiming(timings) },
  };
}

/** The records first: a flag is never there without what it was raised on. Both may be done twice. */
async function record(
  { recorder, flags, now }: ScoringServices,
  request: ScoringRequest,
  answer: ScoringAnswer,
  by: string,
): Promise<Reply<'score'>['body']['recorded']> {
  const drop = await recorder.record(request, answer, by);
  const flaggedAt = new Date(now()).toISOString();
  const items = answer.results.flatMap((result) => {
    if (result.status !== 'scored' || !result.flagged) return [];
    const { explanation, entity, time, record, links } = result;
    if (explanation === null) throw new Error('a flagged record came without its explanation');
    return [flagItem({ explanation, domain: request.domain, drop, entity, time, record, links, flaggedAt })];
  });
  return { drop, flags: await flags.putFlags(items) };
}

function shownResult(
  result: ScoringAnswer['results'][number],
  explain: ScoringRequest['explain'],
): Reply<'score'>['body']['results'][number] {
  if (result.status === 'rejected') return result;
  const { status, record_id, decision_id, score, flagged } = result;
  const explanation = shownExplanation(flagged || explain === 'all' ? result.explanation : null);
  return { status, record_id, decision_id, score, flagged, explanation, rules: [...result.rules] };
}

/** Those that were scored without their personal data; a reject quotes none. */
async function showResults(
  { personal }: ScoringServices,
  { domain, caller, pii }: Pick<Call<'score'>, 'caller' | 'pii'> & { readonly domain: string },
  { results, model }: ScoringAnswer,
  explain: ScoringRequest['explain'],
): Promise<Reply<'score'>['body']['results']> {
  const shown = results.map((result) => shownResult(result, explain));
  const records = shown.flatMap((body) =>
    body.status === 'scored' ? [{ domain, model, id: body.decision_id, body }] : [],
  );
  const route = 'POST /v1/score';
  const reading = { actor: caller.sub, pii, route, subject: route };
  const scored = (await showRecords(personal, reading, records)).values();
  return shown.map((result) => (result.status === 'scored' ? scored.next().value! : result));
}

type Shown = Extract<Reply<'score'>['body']['results'][number], { status: 'scored' }>['explanation'];

function shownExplanation(explanation: ScoredRecord['explanation']): Shown {
  if (explanation === null) return null;
  return {
    ...explanation,
    contributions: [...explanation.contributions],
    rules: [...explanation.rules],
  };
}

function countResults({ results }: ScoringAnswer): ScoredCounts {
  const scored = results.filter((result) => result.status === 'scored');
  return {
    received: results.length,
    scored: scored.length,
    rejected: results.length - scored.length,
    flagged: scored.filter((result) => result.flagged).length,
    unexplained: scored.filter((result) => result.explanation?.unexplained !== undefined).length,
  };
}

function serverTiming(timings: Readonly<Record<string, number>>): string {
  return Object.entries(timings)
    .map(([name, milliseconds]) => `${name};dur=${milliseconds.toFixed(1)}`)
    .join(', ');
}
