/** The content of a dossier from a deployed stack: flags with their reviews, signatures and logs, masked as the API masks them. */
import { showRecords } from '../api/personal-data.ts';
import { type AuditEntry, parseEntries } from '../audit/audit-entry.ts';
import { liveLines } from '../audit/verify-acts.ts';
import type { StoredReview } from '../aws/review-row.ts';
import { type Case, statusAt } from '../cases/case.ts';
import type { Explanation } from '../decisions/explanation.ts';
import type { FlagItem } from '../decisions/flag-item.ts';
import { compareUrgency } from '../decisions/rule-hits.ts';
import { modelFacts } from '../dossier/card-facts.ts';
import {
  type DossierCase,
  type DossierContent,
  type DossierFlag,
  type DossierLog,
  type DossierReview,
  MAX_DOSSIER_FLAGS,
} from '../dossier/dossier.ts';
import type { DossierSelection } from '../dossier/export-job.ts';
import { signatureHolds } from '../dossier/signed-reviews.ts';
import { dropKeys } from '../drops/drop-keys.ts';
import { InputError } from '../errors.ts';
import { MASKED } from '../packs/personal-data.ts';
import type { DeployedStack } from './deployed-stack.ts';
import { dossierProofs } from './dossier-proofs.ts';
import type { LearningStack } from './learning-stack.ts';
import { isAboutFlag } from './prove-act.ts';

export interface DossierStack {
  readonly deployed: Pick<DeployedStack, 'name' | 'audit' | 'acts'>;
  readonly learning: Pick<
    LearningStack,
    'flags' | 'reviews' | 'cases' | 'attachments' | 'models' | 'personal' | 'people'
  >;
}

export interface DossierReading {
  /** Personal data are shown to this person; null: they are masked. */
  readonly actor: string | null;
  /** How they are read, as the log says it. */
  readonly route: string;
  /** ISO 8601. */
  readonly now: string;
}

/** Where personal data are shown, the read is an act first. */
export async function stackDossier(
  stack: DossierStack,
  selection: DossierSelection,
  { actor, route, now }: DossierReading,
): Promise<DossierContent> {
  const one = selection.kind === 'case' ? await readCase(stack, selection.id) : null;
  const items = await readFlags(stack, selection, one);
  const domain = items[0]!.domain;
  const drops = await Promise.all(
    [...new Set(items.map(({ drop }) => drop))].map((drop) => readLog(stack, domain, drop)),
  );
  const acts = await stack.deployed.acts(domain);
  const said = parseEntries(liveLines(acts));
  const entries = [...drops.flatMap((drop) => drop.entries), ...said];
  const flags = await Promise.all(items.map((item) => dossierFlag(stack, item, entries)));
  const bodies = flags.map((flag) => ({
    domain,
    model: flag.explanation.model,
    id: flag.flag,
    body: { ...flag, explanation: flag.explanation },
  }));
  const subject = selection.kind === 'period' ? `dossier of ${domain}` : selection.id;
  const reading = { actor: actor ?? '', pii: actor !== null, route, subject };
  // As it is stored: entries and proofs hold pseudonyms, and who opens them has what proves nothing.
  const { open: _, ...personal } = stack.learning.personal;
  const shown = (await showRecords(personal, reading, bodies)) as DossierFlag[];
  const isHidden = shown.some(({ record_id }, at) => record_id !== flags[at]!.record_id);
  const proofs = isHidden
    ? []
    : await dossierProofs(
        {
          ...{ audit: stack.deployed.audit, domain, acts: said },
          drops: new Map(drops.flatMap(({ drop, text }) => (text === null ? [] : [[drop, text]]))),
        },
        items,
      );
  const models = await Promise.all(
    [...new Set(items.map(({ model }) => model))].map((version) =>
      stack.learning.models.load(domain, version),
    ),
  );
  const { from = null, until = null } = selection.kind === 'period' ? selection : {};
  return {
    dossier: {
      subject: {
        ...{ kind: selection.kind, domain, from, until },
        id: selection.kind === 'period' ? null : selection.id,
      },
      personal: actor === null ? 'masked' : 'shown',
      proof: isHidden ? 'left out: ids are personal' : 'logs',
      case: one === null ? null : await dossierCase(stack, one, { at: now, showsPersonal: actor !== null }),
      flags: shown
        .map((flag) => (isHidden ? { ...flag, entries: [] } : flag))
        .toSorted((a, b) => compareUrgency(a.explanation, b.explanation)),
      models: models.map(modelFacts),
    },
    lines: new Map(isHidden ? [] : items.map(({ flag, explanation }) => [flag, explanation!])),
    files: isHidden ? [] : [...drops.flatMap((drop) => drop.files), ...proofs],
    acts: isHidden ? null : acts,
  };
}

async function readCase({ deployed, learning }: DossierStack, id: string): Promise<Case> {
  const one = await learning.cases.get(id);
  if (one !== null) return one;
  throw new InputError(
    `the stack ${deployed.name} has no case ${id}: an id is 32 hex digits, as assay cases lists them`,
  );
}

async function readFlags(
  stack: DossierStack,
  selection: DossierSelection,
  one: Case | null,
): Promise<FlagItem[]> {
  const { flags } = stack.learning;
  const ids =
    one !== null
      ? await caseFlags(stack, one)
      : selection.kind === 'flag'
        ? [selection.id]
        : await periodFlags(stack, selection as Extract<DossierSelection, { kind: 'period' }>);
  const items = await flags.getAll(ids);
  if (items.length === 0) {
    throw new InputError(
      `the stack ${stack.deployed.name} has no flag ${selection.kind === 'flag' ? selection.id : 'of that time'}: assay flags lists them`,
    );
  }
  const large = items.find(({ explanation, record }) => explanation === null || record === null);
  if (large === undefined) return items;
  throw new InputError(
    `flag ${large.flag} is too large for the table; it stands among its drop's results: assay drops download ${large.drop} --out run, then assay dossier make --run run`,
  );
}

async function caseFlags({ learning }: DossierStack, one: Case): Promise<string[]> {
  const open = await learning.cases.openFlags(one.id, MAX_DOSSIER_FLAGS);
  const others =
    one.entity === null
      ? [one.top.id]
      : (await learning.flags.ofEntity(one.domain, one.entity, MAX_DOSSIER_FLAGS)).map(({ flag }) => flag);
  return [...new Set([...open, ...others])];
}

async function periodFlags(
  { learning }: DossierStack,
  { domain, from, until }: Extract<DossierSelection, { kind: 'period' }>,
): Promise<string[]> {
  const ids: string[] = [];
  let before: string | undefined;
  do {
    const page = await learning.flags.query({
      ...{ scope: [domain], limit: 200 },
      ...(from !== undefined && { from }),
      ...(until !== undefined && { to: until }),
      ...(before !== undefined && { before }),
    });
    // The filter's end is inclusive, a period's is not.
    ids.push(
      ...page.items.filter(({ time }) => until === undefined || time! < until).map(({ flag }) => flag),
    );
    before = page.next ?? undefined;
    if (ids.length > MAX_DOSSIER_FLAGS) {
      throw new InputError(
        `more than ${MAX_DOSSIER_FLAGS} flags of ${domain} in that time; a dossier holds no more: choose a shorter one`,
      );
    }
  } while (before !== undefined);
  return ids;
}

async function dossierFlag(
  { learning }: DossierStack,
  item: FlagItem,
  all: readonly AuditEntry[],
): Promise<DossierFlag> {
  const { flag, drop, record_id, entity, time, severity, status } = item;
  const entries = all.filter((entry) => isAboutFlag(entry, flag));
  const reviews = await learning.reviews.reviewsOf(flag);
  const names = await learning.people.namesOf(reviews.map(({ by }) => by));
  const text = { flag, record_id, explanation: item.explanation!, record: item.record! };
  return {
    ...{ flag, run: drop, record_id, entity, time, severity, status },
    explanation: JSON.parse(item.explanation!) as Explanation,
    record: JSON.parse(item.record!) as Record<string, unknown>,
    reviews: reviews.map((review) => ({
      ...asReview(review),
      by_name: names(review.by),
      signature_holds: signatureHolds(text, review, entries),
    })),
    ...{ entries, replayed: null },
  };
}

function asReview(review: StoredReview): Omit<DossierReview, 'by_name' | 'signature_holds'> {
  const { version, kind, verdict, reason, note, by, at, reasonCode, signature, unconfirmed, withdrawnAt } =
    review;
  return {
    ...{ version, kind, verdict, reason, note, by, at },
    ...(reasonCode !== undefined && { reasonCode }),
    ...(signature !== undefined && { signature }),
    ...(unconfirmed !== undefined && { unconfirmed }),
    ...(withdrawnAt !== undefined && { withdrawnAt }),
  };
}

interface DropLog {
  readonly drop: string;
  readonly files: readonly DossierLog[];
  /** Null: there is no log. */
  readonly text: string | null;
  readonly entries: readonly AuditEntry[];
}

async function readLog({ deployed }: DossierStack, domain: string, drop: string): Promise<DropLog> {
  const folder = dropKeys({ id: drop, domain }).audit;
  const files: DossierLog[] = [];
  for (const name of ['audit.jsonl', 'seal.json', 'checkpoint']) {
    const bytes = await deployed.audit.readBytes(`${folder}/${name}`);
    if (bytes !== null) files.push({ name: `logs/${drop}/${name}`, bytes });
  }
  const log = files.find(({ name }) => name.endsWith('/audit.jsonl'));
  const text = log === undefined ? null : Buffer.from(log.bytes).toString('utf8');
  return { drop, files, text, entries: text === null ? [] : parseEntries(text.split('\n')) };
}

async function dossierCase(
  { learning }: DossierStack,
  one: Case,
  { at: now, showsPersonal }: { readonly at: string; readonly showsPersonal: boolean },
): Promise<DossierCase> {
  const [history, attached] = await Promise.all([
    learning.cases.history(one.id),
    learning.attachments.of(one.id),
  ]);
  return {
    id: one.id,
    status: statusAt(one, now),
    opened_at: one.openedAt,
    closed_at: one.closedAt,
    history: history.toReversed().map(({ act, by, at, reason }) => ({
      ...{ act, by, at },
      ...(reason !== undefined && { reason }),
    })),
    attachments: attached.map(({ id, name, type, bytes, sha256, by, at }) => ({
      // Free text, which may name a person.
      ...{ id, name: showsPersonal ? name : MASKED, type, bytes, sha256, by, at },
    })),
  };
}
