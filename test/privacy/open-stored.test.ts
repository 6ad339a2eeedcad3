/** Records as tables hold them, put back to true values for those who may read them. */
import { expect, test } from 'vitest';
import { type RecordToShow, type ShownRecord, showRecords } from '../../lib/api/personal-data.ts';
import type { AuditAct } from '../../lib/audit/audit-entry.ts';
import { keyedRecordId } from '../../lib/privacy/domain-keys.ts';
import { openStored } from '../../lib/privacy/open-stored.ts';
import { SubjectCipher } from '../../lib/privacy/subject-cipher.ts';
import { MemoryKeys } from '../helpers/memory-keys.ts';

const keys = new MemoryKeys('finance');
const sealed = ['transaction_id', 'customer_name'];
const acts: AuditAct[] = [];
const services = {
  personalData: async () => ({
    columns: new Set(['customer_name']),
    ...{ id: false, entity: false, time: false },
  }),
  recordRead: async (_: string, act: AuditAct) => void acts.push(act),
  open: async <Body extends ShownRecord>(_: string, records: readonly RecordToShow<Body>[]) =>
    await openStored(
      keys,
      records.map(({ body }) => ({ body, sealed })),
    ),
  now: () => 0,
};
const reading = { actor: 'officer', route: 'GET /v1/flags', subject: 'GET /v1/flags' };

/** A flag's body as the table has it, with a counterparty that is a subject too. */
async function stored(account: string, recordId: string, name: string, other: string | null = null) {
  const subjects = await keys.take(new Map([account, other ?? account].map((id) => [id, null])));
  const own = subjects.get(account)!;
  const id = keyedRecordId(keys, recordId);
  const record = {
    ...{ transaction_id: null, customer_name: null, amount: 5 },
    account_id: own.pseudonym,
    counterparty: other === null ? null : subjects.get(other)!.pseudonym,
    sealed: new SubjectCipher(own).seal(JSON.stringify([recordId, recordId, name]), id),
  };
  const reasons = [`${own.pseudonym} pays more than before`];
  return { record_id: id, entity: own.pseudonym, record, reasons, explanation: { record_id: id } };
}

const show = async (body: Awaited<ReturnType<typeof stored>>, pii: boolean) =>
  (
    await showRecords(services, { ...reading, pii }, [{ domain: 'finance', model: 'm', id: 'f-1', body }])
  )[0]!;

test('a person who may read them sees true values everywhere, and the read is an act', async () => {
  const shown = await show(await stored('AC1', 'T1', 'Bauer', 'AC2'), true);
  expect(shown).toEqual({
    ...{ record_id: 'T1', entity: 'AC1', explanation: { record_id: 'T1' } },
    reasons: ['AC1 pays more than before'],
    record: {
      ...{ transaction_id: 'T1', customer_name: 'Bauer', amount: 5 },
      ...{ account_id: 'AC1', counterparty: 'AC2' },
    },
  });
  expect(acts).toMatchObject([{ event: 'pii_read', data: { decisions: ['f-1'] } }]);
});

test('everyone else sees pseudonyms, and no sealed field', async () => {
  const body = await stored('AC1', 'T1', 'Bauer');
  const shown = await show(body, false);
  expect(shown).toMatchObject({ record_id: body.record_id, entity: body.entity });
  expect(shown.record).toEqual({
    ...{ transaction_id: null, customer_name: null, amount: 5 },
    ...{ account_id: body.entity, counterparty: null },
  });
});

test('what is erased stays a pseudonym; a counterparty comes back through its own key alone', async () => {
  const body = await stored('AC3', 'T3', 'Huber', 'AC2');
  keys.destroy('AC3');
  const shown = await show(body, true);
  expect(shown).toMatchObject({ record_id: body.record_id, entity: body.entity });
  expect(shown.record).toMatchObject({ customer_name: null, account_id: body.entity, counterparty: 'AC2' });
  const swapped = { ...(await stored('AC1', 'T1', 'Bauer')), record_id: keyedRecordId(keys, 'T9') };
  expect((await show(swapped, true)).record).toMatchObject({ customer_name: null });
});

test('a record that is not sealed is shown as it is, whatever a column of its is called', async () => {
  const body = { record_id: 'T1', entity: 'AC1', record: { sealed: 'yes', account_id: 'AC1' } };
  const record = { domain: 'shop', model: null, id: 'f-2', body };
  expect(await showRecords(services, { ...reading, pii: true }, [record])).toEqual([body]);
  expect(await showRecords(services, { ...reading, pii: false }, [record])).toEqual([body]);
});
