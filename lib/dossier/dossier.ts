/**
 * A dossier: everything that shows how flags came about and what people decided, for an inspector who trusts no one. What it holds,
 * whether it was made from a run's folder or from a stack.
 */
import type { AuditAct, AuditEntry } from '../audit/audit-entry.ts';
import type { ActsLog } from '../audit/verify-acts.ts';
import type { Explanation } from '../decisions/explanation.ts';
import type { FlagStatus } from '../decisions/flag-item.ts';
import type { Severity } from '../packs/pack.ts';
import type { Review } from '../reviews/review.ts';

export const DOSSIER_FORMAT = 'assay-dossier/1';
/** More than an inspector reads in one piece. */
export const MAX_DOSSIER_FLAGS = 1_000;

export interface DossierSubject {
  readonly kind: 'flag' | 'entity' | 'case' | 'period';
  readonly domain: string;
  /** Of the record, the entity or the case; masked where it is personal. */
  readonly id: string | null;
  /** Of a period; null: open. */
  readonly from: string | null;
  readonly until: string | null;
}

export interface DossierFlag {
  readonly flag: string;
  /** The folder under `logs/` with the log that the flag stands in. */
  readonly run: string;
  readonly record_id: string;
  readonly entity: string | null;
  readonly time: string | null;
  /** Of the most severe rule; null: none was met. */
  readonly severity: Severity | null;
  /** Null: made from a folder, which knows no reviews. */
  readonly status: FlagStatus | null;
  readonly explanation: Explanation;
  readonly record: Readonly<Record<string, unknown>>;
  readonly reviews: readonly DossierReview[];
  /** What the logs say of the flag and of its reviews. */
  readonly entries: readonly AuditEntry[];
  /** Recomputed while the dossier was made: identical or not; null: not tried. */
  readonly replayed: boolean | null;
}

export type DossierReview = Omit<Review, 'flag'> & {
  readonly by_name: string | null;
  /** By the log's hash it is the signature of this very record; null: the review is not signed. */
  readonly signature_holds: boolean | null;
};

export interface DossierModel {
  readonly version: string;
  readonly algorithm: string;
  readonly pack: string;
  readonly trained: { readonly records: number; readonly positives: number; readonly dataset: string };
  readonly threshold: number;
  /** On the held-out part, each with its interval; null: not known. */
  readonly held_out: {
    readonly records: number;
    readonly positives: number;
    readonly figures: readonly DossierFigure[];
  } | null;
  readonly card_sha256: string;
  readonly warnings: readonly string[];
}

export interface DossierFigure {
  readonly name: string;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export interface DossierCase {
  readonly id: string;
  readonly status: string;
  readonly opened_at: string;
  readonly closed_at: string | null;
  readonly history: readonly {
    readonly act: string;
    readonly by: string;
    readonly at: string;
    readonly reason?: string;
  }[];
  /** By their hashes: the files themselves are not in it. Absent: made by an earlier version. */
  readonly attachments?: readonly {
    readonly id: string;
    readonly name: string;
    readonly type: string;
    readonly bytes: number;
    readonly sha256: string;
    readonly by: string;
    readonly at: string;
  }[];
}

/** What a dossier says of its making: the content above says nothing of it. */
export interface DossierMaking {
  /** ISO 8601. */
  readonly made_at: string;
  readonly made_by: string;
  /** The version of Assay. */
  readonly version: string;
}

export interface Dossier {
  readonly format: typeof DOSSIER_FORMAT;
  readonly subject: DossierSubject;
  readonly making: DossierMaking;
  /** Personal data are masked, or shown. */
  readonly personal: 'masked' | 'shown';
  /** Where ids are personal and masked, the logs are left out: they would show them. */
  readonly proof: 'logs' | 'left out: ids are personal';
  readonly case: DossierCase | null;
  /** The most urgent first. */
  readonly flags: readonly DossierFlag[];
  readonly models: readonly DossierModel[];
}

/** A log, or a proof out of one, as it lies beside the dossier. */
export interface DossierLog {
  /** `logs/<run>/audit.jsonl` and the like, with `/`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What the log of a domain says of a dossier: which one was made, by whom and of what. */
export function dossierAct(
  { dossier }: Pick<DossierContent, 'dossier'>,
  { manifest, actor, at }: { readonly manifest: string; readonly actor: string; readonly at: string },
): AuditAct {
  const { subject, flags, personal } = dossier;
  return {
    ...({ event: 'dossier_made', actor, at } as const),
    subject: subject.id ?? `dossier of ${subject.domain}`,
    data: { manifest, kind: subject.kind, flags: flags.length, personal },
  };
}

export interface DossierContent {
  readonly dossier: Omit<Dossier, 'making' | 'format'>;
  /** Lines of explanations.jsonl, byte for byte, by flag; empty where ids are masked. */
  readonly lines: ReadonlyMap<string, string>;
  readonly files: readonly DossierLog[];
  /** The domain's log of acts, of a stack. */
  readonly acts: ActsLog | null;
}
