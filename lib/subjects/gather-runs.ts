/** What several runs say of a subject, one after the other, each thing with the run that it stands in. */
import type { Session } from '../engine/session.ts';
import { type SubjectFiles, type SubjectInRun, subjectOfRun } from './subject-of-run.ts';

type Found = Record<keyof SubjectInRun, Readonly<Record<string, unknown>>[]>;

interface LookedFor {
  readonly column: string;
  readonly subject: string;
  readonly rejectTexts?: readonly string[];
}

export class FoundInRuns {
  readonly found: Found = {
    ...{ records: [], decisions: [], explanations: [], rule_hits: [], rejects: [], mentions: [], log: [] },
  };

  /** `source` names the run; `open` puts true values back. Says whether anything was found. */
  async add(
    session: Session,
    source: string,
    files: SubjectFiles,
    { column, subject, rejectTexts }: LookedFor,
    open: (found: SubjectInRun) => SubjectInRun = (found) => found,
  ): Promise<boolean> {
    const run = open(await subjectOfRun(session, files, column, subject, rejectTexts));
    for (const kind of Object.keys(this.found) as (keyof SubjectInRun)[])
      this.found[kind].push(...run[kind].map((item) => ({ source, ...item })));
    return Object.values(run).some((items: readonly unknown[]) => items.length > 0);
  }

  /** Ids of the subject's records and of the decisions on them. */
  ids(): { readonly records: ReadonlySet<string>; readonly decisions: ReadonlySet<string> } {
    const idsOf = (items: readonly Readonly<Record<string, unknown>>[], key: string) =>
      new Set(items.map((item) => String(item[key])));
    return {
      records: idsOf(this.found.records, 'record_id'),
      decisions: idsOf(this.found.decisions, 'decision_id'),
    };
  }
}
