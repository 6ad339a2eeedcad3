/** What a run with sealed records holds of a subject, with true values in place of what stands for them. */

import { SEALED } from '../privacy/erasable.ts';
import type { OpenedRecords } from '../privacy/open-run.ts';
import { revealValue } from '../privacy/reveal.ts';
import { openRejected } from '../privacy/seal-rejects.ts';
import { SubjectCipher } from '../privacy/subject-cipher.ts';
import type { SubjectKey } from '../privacy/subject-keys.ts';
import type { SubjectInRun, TextRow } from './subject-of-run.ts';

/** `rejects` is the key of lines that belong to no subject that could be read: those that name this one are its. */
export function openFound(
  found: SubjectInRun,
  { names, values }: OpenedRecords,
  { own, rejects }: { readonly own: SubjectKey; readonly rejects: SubjectKey },
): SubjectInRun {
  const ciphers = [own, rejects].map((key) => new SubjectCipher(key));
  const opened = {
    ...found,
    records: found.records.map(({ [SEALED]: _, ...record }) => ({
      ...record,
      ...values.get(record.record_id ?? ''),
    })),
    rejects: found.rejects
      .map((reject) => ({ sealer: sealerOf(reject), reject: openReject(reject, ciphers) }))
      .filter(({ sealer, reject }) => sealer === own.pseudonym || reject.text?.includes(own.id) === true)
      .map(({ reject }) => reject),
  };
  return revealValue(opened, names);
}

function sealerOf({ text, line }: TextRow): string | undefined {
  return openRejected(text ?? '', Number(line))?.pseudonym;
}

function openReject(reject: TextRow, ciphers: readonly SubjectCipher[]): TextRow {
  const sealed = openRejected(reject.text ?? '', Number(reject.line));
  const cipher = ciphers.find(({ pseudonym }) => pseudonym === sealed?.pseudonym);
  const text = cipher === undefined ? null : sealed?.open(cipher);
  return { ...reject, text: text ?? reject.text ?? null };
}
