/**
 * Personal data in answers: masked, unless the caller may read it and asks for it. What is shown then is first written to the
 * domain's log of acts: who read which columns of which records.
 */
import type { AuditAct } from '../audit/audit-entry.ts';
import { hasPersonalData, MASKED, maskRecord, type PersonalData } from '../packs/personal-data.ts';
import { isSealed, withoutSealed } from '../privacy/open-stored.ts';

export interface PersonalDataServices {
  /** Of a domain by the pack of a model and that of its champion; `model` null: by the champion's alone. */
  readonly personalData: (domain: string, model: string | null) => Promise<PersonalData>;
  readonly recordRead: (domain: string, act: AuditAct) => Promise<void>;
  /** True values of records that are sealed under the keys of their subjects. Absent: these stay pseudonyms. */
  readonly open?: <Body extends ShownRecord>(
    domain: string,
    records: readonly RecordToShow<Body>[],
  ) => Promise<Body[]>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What an answer shows of a record. */
export interface ShownRecord {
  readonly record_id?: string;
  readonly entity?: string | null;
  readonly time?: string | null;
  readonly record?: Readonly<Record<string, unknown>> | null;
  readonly explanation?: { readonly record_id: string } | null;
}

export interface RecordToShow<Body extends ShownRecord> {
  readonly domain: string;
  readonly model: string | null;
  /** Id of the decision, or of the item for blind review. */
  readonly id: string;
  readonly body: Body;
}

export interface Reading {
  /** Who reads. */
  readonly actor: string;
  /** Whether personal data is asked for; who reads may read it then. */
  readonly pii: boolean;
  /** What the log says was read: a record, or a list by its route. */
  readonly subject: string;
  readonly route: string;
}

/** The bodies in their order. */
export async function showRecords<Body extends ShownRecord>(
  services: PersonalDataServices,
  reading: Reading,
  records: readonly RecordToShow<Body>[],
): Promise<Body[]> {
  const known = await Promise.all(records.map(({ domain, model }) => services.personalData(domain, model)));
  if (!reading.pii) return records.map(({ body }, at) => masked(withoutSealed(body), known[at]!));
  const read = records.flatMap(({ domain, id, body }, at) =>
    hasPersonalData(known[at]!) || isSealed(body)
      ? [{ domain, id, columns: [...(known[at]!.columns ?? ['*'])] }]
      : [],
  );
  for (const [domain, own] of Map.groupBy(read, (one) => one.domain)) {
    await services.recordRead(domain, readAct(services, reading, own));
  }
  return await opened(services, records);
}

async function opened<Body extends ShownRecord>(
  { open }: PersonalDataServices,
  records: readonly RecordToShow<Body>[],
): Promise<Body[]> {
  const bodies = records.map(({ body }) => (open === undefined ? withoutSealed(body) : body));
  if (open === undefined) return bodies;
  const sealed = [...records.entries()].filter(([, { body }]) => isSealed(body));
  for (const [domain, own] of Map.groupBy(sealed, ([, record]) => record.domain)) {
    const shown = await open(
      domain,
      own.map(([, record]) => record),
    );
    for (const [nth, [at]] of own.entries()) bodies[at] = shown[nth]!;
  }
  return bodies;
}

function readAct(
  { now }: PersonalDataServices,
  { actor, subject, route }: Reading,
  records: readonly { readonly id: string; readonly columns: readonly string[] }[],
): AuditAct {
  const columns = [...new Set(records.flatMap((one) => one.columns))].sort();
  return {
    event: 'pii_read',
    actor,
    subject,
    at: new Date(now()).toISOString(),
    data: { route, columns, decisions: records.map(({ id }) => id) },
  };
}

function masked<Body extends ShownRecord>(body: Body, personal: PersonalData): Body {
  const { entity, time, record, explanation } = body;
  const isShown = (value: unknown) => value !== undefined && value !== null;
  return {
    ...body,
    ...(personal.id && body.record_id !== undefined && { record_id: MASKED }),
    ...(personal.entity && isShown(entity) && { entity: MASKED }),
    ...(personal.time && isShown(time) && { time: MASKED }),
    ...(record !== undefined && record !== null && { record: maskRecord(record, personal) }),
    ...(personal.id && explanation && { explanation: { ...explanation, record_id: MASKED } }),
  };
}
