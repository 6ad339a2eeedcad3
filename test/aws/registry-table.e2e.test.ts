import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditChain } from '../../lib/aws/audit-chain.ts';
import { RegistryTable } from '../../lib/aws/registry-table.ts';
import { approveModel, proposeModel } from '../../lib/registry/registry-approval.ts';
import { installModel, promoteModel, rollBack } from '../../lib/registry/registry-promotion.ts';
import { emptyRegistry, type ModelRegistry, type Transition } from '../../lib/registry/registry-state.ts';
import { changeThreshold } from '../../lib/registry/registry-threshold.ts';
import { dropTable, localDocuments, makeTable } from '../helpers/local-aws.ts';

const documents = localDocuments();
let tables: string[];
let chain: AuditChain;
let store: RegistryTable;
beforeAll(async () => {
  tables = [await makeTable('Models'), await makeTable('Drops')];
  chain = new AuditChain(documents, tables[1]!);
  store = new RegistryTable(documents, tables[0]!, chain);
});
afterAll(() => Promise.all(tables.map(dropTable)));

const act = { by: 'ann', at: '2026-03-01T00:00:00.000Z' };
const metrics = { rocAuc: 0.9, prAuc: 0.5, precision: 0.6, recall: 0.7, threshold: 0.4 };
const proposal = (version: string) => ({
  ...{ version, dataset: 'd', metrics, retraining: 'r-1', startedBy: 'assay' },
  expiresAt: '2026-04-01T00:00:00.000Z',
});

function done(transition: Transition) {
  if (!transition.done) throw new Error(transition.refusal.message);
  return transition;
}

async function carryOut(domain: string, step: (registry: ModelRegistry) => Transition): Promise<boolean> {
  const before = await store.read(domain);
  return await store.write(domain, before, done(step(before)));
}

const pointerOf = async (domain: string) =>
  (await documents.send(new GetCommand({ TableName: tables[0]!, Key: { domain, version: 'champion' } })))
    .Item;

async function promoteTo(domain: string, version: string) {
  await carryOut(domain, (registry) => proposeModel(registry, proposal(version), act));
  for (const by of ['ben', 'eve'])
    await carryOut(domain, (registry) => approveModel(registry, version, { ...act, by }));
  await carryOut(domain, (registry) => promoteModel(registry, version, act));
}

describe('RegistryTable', () => {
  it('begins empty', async () => {
    expect(await store.read('nothing')).toEqual(emptyRegistry('nothing'));
  });

  it('moves the pointer with the champion, and with nothing else', async () => {
    const first = { version: 'a'.repeat(12), dataset: 'd', metrics: null };
    await carryOut('one', (registry) => installModel(registry, first, act));
    expect(await pointerOf('one')).toMatchObject({ model: first.version });
    const second = 'b'.repeat(12);
    await carryOut('one', (registry) => proposeModel(registry, proposal(second), act));
    expect(await pointerOf('one')).toMatchObject({ model: first.version });
    for (const by of ['ben', 'eve'])
      await carryOut('one', (registry) => approveModel(registry, second, { ...act, by }));
    await carryOut('one', (registry) => promoteModel(registry, second, act));
    expect(await pointerOf('one')).toEqual({ domain: 'one', version: 'champion', model: second });
    await carryOut('one', (registry) => rollBack(registry, { ...act, reason: 'too many flags' }));
    expect(await pointerOf('one')).toMatchObject({ model: first.version });
    const known = new GetCommand({ TableName: tables[0]!, Key: { domain: 'domains', version: 'one' } });
    expect((await documents.send(known)).Item).toBeDefined();
  });

  it('says of each act in the audit log what was done', async () => {
    await carryOut('two', (registry) =>
      installModel(registry, { version: 'a'.repeat(12), dataset: 'd', metrics: null }, act),
    );
    await promoteTo('two', 'b'.repeat(12));
    const lines = await chain.lines('two');
    const events = lines.map(({ line }) => JSON.parse(line).event);
    expect(events).toEqual(['promoted', 'proposed', 'approved', 'approved', 'promoted']);
  });

  it('does one of six acts on the same revision, and of the others nothing', async () => {
    const before = await store.read('race');
    const written = await Promise.all(
      Array.from({ length: 6 }, (_, n) =>
        store.write('race', before, done(proposeModel(before, proposal(`${n}`.repeat(12)), act))),
      ),
    );
    expect(written.filter(Boolean)).toHaveLength(1);
    const registry = await store.read('race');
    expect([registry.revision, Object.keys(registry.models)]).toEqual([
      1,
      [`${written.indexOf(true)}`.repeat(12)],
    ]);
    expect(await chain.lines('race')).toHaveLength(1);
  });

  it('writes nothing over a registry that has gone on since it was read', async () => {
    for (const version of ['a', 'b']) {
      const old = await store.read('late');
      await carryOut('late', (registry) => proposeModel(registry, proposal(version.repeat(12)), act));
      const late = done(proposeModel(old, proposal('c'.repeat(12)), act));
      expect(await store.write('late', old, late)).toBe(false);
    }
    expect(Object.keys((await store.read('late')).models)).toEqual(['a'.repeat(12), 'b'.repeat(12)]);
  });

  it('points at the champion with the threshold in force, also after a rollback, and drops that of another model', async () => {
    const [first, second] = ['a'.repeat(12), 'b'.repeat(12)];
    await carryOut('threshold', (registry) =>
      installModel(registry, { version: first, card: 'f'.repeat(64), dataset: 'd', metrics: null }, act),
    );
    const request = { version: first, cardThreshold: 0.5, to: 0.25, reason: 'too few flags', at: act.at };
    await carryOut('threshold', (registry) => changeThreshold(registry, { ...request, by: 'ben' }));
    expect(await pointerOf('threshold')).not.toHaveProperty('threshold');
    await carryOut('threshold', (registry) => changeThreshold(registry, { ...request, by: 'eve' }));
    const own = { model: first, card: 'f'.repeat(64), threshold: 0.25 };
    expect(await pointerOf('threshold')).toMatchObject(own);
    await promoteTo('threshold', second);
    expect(await pointerOf('threshold')).toEqual({ domain: 'threshold', version: 'champion', model: second });
    await carryOut('threshold', (registry) => rollBack(registry, { ...act, reason: 'too many flags' }));
    expect(await pointerOf('threshold')).toMatchObject(own);
    const lines = await chain.lines('threshold');
    const acts = lines
      .map(({ line }) => JSON.parse(line))
      .filter(({ event }) => event.startsWith('threshold'));
    expect(acts.map(({ event, actor, data }) => [event, actor, data])).toEqual(
      [
        ['threshold_proposed', 'ben'],
        ['threshold_changed', 'eve'],
      ].map((one) => [...one, { model: first, from: 0.5, to: 0.25, reason: 'too few flags' }]),
    );
  });
});
