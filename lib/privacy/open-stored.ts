/**
 * Records as the tables of a stack hold them, put back to true values by their keys, for who may read them. What is erased stays a
 * pseudonym. A list has no sealed fields: there the ids of records stay keyed.
 */
import { SEALED } from './erasable.ts';
import { isPseudonym, revealValue } from './reveal.ts';
import { SubjectCipher } from './subject-cipher.ts';
import type { SubjectKeys } from './subject-keys.ts';

export interface StoredRecord {
  readonly record_id?: string;
  readonly entity?: string | null;
  readonly record?: Readonly<Record<string, unknown>> | null;
  readonly explanation?: { readonly record_id: string } | null;
}

/** A repeat of a record without an id of its own has a number after it. */
const KEYED_ID = /^r_[0-9a-f]{32}/;

/** Whether it was sealed. */
export function isSealed({ entity, record }: StoredRecord): boolean {
  if (isPseudonym(entity ?? '')) return true;
  return typeof record?.[SEALED] === 'string' && pseudonymsOf({ record }).length > 0;
}

/** Without the sealed field, which says nothing to people. */
export function withoutSealed<Body extends StoredRecord>(body: Body): Body {
  const { record } = body;
  if (!record || !isSealed(body) || !(SEALED in record)) return body;
  const { [SEALED]: _, ...rest } = record;
  return { ...body, record: rest };
}

/** `sealed` are the sealed columns of each body, in the order of its model's pack. The keys are read in one batch. */
export async function openStored<Body extends StoredRecord>(
  keys: Pick<SubjectKeys, 'findByPseudonym'>,
  bodies: readonly { readonly body: Body; readonly sealed: readonly string[] }[],
): Promise<Body[]> {
  const found = await keys.findByPseudonym([...new Set(bodies.flatMap(({ body }) => pseudonymsOf(body)))]);
  return bodies.map(({ body, sealed }) => {
    const own = pseudonymsOf(body).flatMap((pseudonym) => found.get(pseudonym) ?? []);
    const names = new Map(own.map(({ pseudonym, id }) => [pseudonym, id]));
    const recordId = idOf(body);
    const field = body.record?.[SEALED];
    // The first that opens it: its own subject's.
    const texts =
      recordId === null || typeof field !== 'string'
        ? []
        : own.flatMap((key) => new SubjectCipher(key).open(field, recordId) ?? []);
    const [trueId, ...values] = JSON.parse(texts[0] ?? '[]') as (string | null)[];
    if (recordId !== null && trueId) names.set(recordId, trueId);
    const shown = revealValue(withoutSealed(body), names);
    if (texts.length === 0 || !shown.record) return shown;
    const opened = Object.fromEntries(sealed.map((name, at) => [name, values[at] ?? null]));
    return { ...shown, record: { ...shown.record, ...opened } };
  });
}

/** The keyed id that a sealed field belongs to. */
function idOf({ record_id, explanation }: StoredRecord): string | null {
  return KEYED_ID.exec(record_id ?? explanation?.record_id ?? '')?.[0] ?? null;
}

function pseudonymsOf({ entity, record }: StoredRecord): string[] {
  const texts = [entity, ...Object.values(record ?? {})];
  return [...new Set(texts.filter((text) => typeof text === 'string' && isPseudonym(text)))] as string[];
}
