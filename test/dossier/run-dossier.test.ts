/** A dossier of a run: what it holds and hides, and that whatever is changed in its folder is found. */
import { hash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyEntryProof } from '../../lib/audit/entry-proof.ts';
import type { Dossier } from '../../lib/dossier/dossier.ts';
import { runDossier } from '../../lib/dossier/run-dossier.ts';
import { verifyDossier } from '../../lib/dossier/verify-dossier.ts';
import { writeDossier } from '../../lib/dossier/write-dossier.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { MASKED } from '../../lib/packs/personal-data.ts';
import { secretKey } from '../../lib/tlog/note-key.ts';
import { runAssayHere } from '../helpers/command-line.ts';
import { makeOrders, scoreOrders, shopPack, trainShop, writeOrders } from '../helpers/shop.ts';

const MAKING = { made_at: '2026-11-28T12:00:00.000Z', made_by: 'ada', version: '0.1.0' };
const key = secretKey('example.org/assay', 'ed25519', Buffer.alloc(32, 7));
const other = secretKey('example.org/assay', 'ed25519', Buffer.alloc(32, 8));
let folder: string;
let run: string;
let whole: string;
let dossier: Dossier;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-dossier-'));
  const pack = parsePack(
    shopPack.source.replace('note: string', 'note: { type: string, pii: true }'),
    'shop.yaml',
  );
  const model = await trainShop(await writeOrders(folder, 'labelled.csv', makeOrders(300, 1)), { pack });
  run = join(folder, 'run');
  await scoreOrders(model, await writeOrders(folder, 'fresh.csv', makeOrders(24, 2)), run, {
    threshold: 0.1,
  });
  whole = join(folder, 'whole');
  ({ dossier } = await writeDossier(whole, await runDossier(run, {}, false), MAKING, key));
}, 180_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function copy(): Promise<string> {
  const path = await mkdtemp(join(folder, 'copy-'));
  await cp(whole, path, { recursive: true });
  return path;
}

const found = async (path: string, keys?: Parameters<typeof verifyDossier>[1]) => {
  const { problems } = await verifyDossier(path, keys);
  return problems.map(({ where, kind }) => `${where}: ${kind}`);
};

/** Changes a file, and makes the manifest fit. */
async function rewrite(path: string, name: string, change: (text: string) => string): Promise<void> {
  const text = change(await readFile(join(path, name), 'utf8'));
  await writeFile(join(path, name), text);
  const manifest = JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8'));
  manifest.files[name] = hash('sha256', text);
  await writeFile(join(path, 'manifest.json'), JSON.stringify(manifest));
}

describe('a dossier of a run', () => {
  test('holds every flag with its reasons, its record and what the log says, the most urgent first', async () => {
    const lines = (await readFile(join(run, 'explanations.jsonl'), 'utf8')).trimEnd().split('\n');
    expect(dossier.flags).toHaveLength(lines.length);
    expect(lines.length).toBeGreaterThan(3);
    const ranks = dossier.flags.map(({ severity }) => ['high', 'medium', 'low', null].indexOf(severity));
    expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
    for (const { entries, record, record_id, explanation } of dossier.flags) {
      expect(entries.map(({ event }) => event)).toEqual(['flagged']);
      expect([record.id, explanation.record_id]).toEqual([record_id, record_id]);
    }
    expect(dossier.models[0]!.held_out!.figures.map(({ name }) => name)).toEqual([
      ...['ROC-AUC', 'PR-AUC', 'Precision', 'Recall'],
    ]);
  });

  test('is proven by its logs, flag by flag, and signed by its key', async () => {
    const verified = await verifyDossier(whole, { keys: [key.key] });
    expect(verified).toMatchObject({ problems: [], proven: dossier.flags.length, isSigned: true });
  });

  test('masks personal data in all of its files, unless they are asked for', async () => {
    const notes = (await readFile(join(folder, 'fresh.csv'), 'utf8')).match(/note \d+/g)!;
    expect(notes.length).toBeGreaterThan(0);
    for (const name of ['dossier.json', 'explanations.jsonl', 'logs/run/audit.jsonl'])
      expect(await readFile(join(whole, name), 'utf8'), name).not.toMatch(/note \d+/);
    expect(dossier.flags.some(({ record }) => record.note === MASKED)).toBe(true);
    const shown = await runDossier(run, {}, true);
    expect(shown.dossier.personal).toBe('shown');
    expect(shown.dossier.flags.some(({ record }) => /^note \d+$/.test(String(record.note)))).toBe(true);
  });

  test('leaves out the logs where ids are personal, and says so', async () => {
    const pack = parsePack(
      shopPack.source.replace(
        'id: { type: string, required: true }',
        'id: { type: string, required: true, pii: true }',
      ),
      'shop.yaml',
    );
    const model = await trainShop(join(folder, 'labelled.csv'), { pack });
    const own = join(folder, 'personal-run');
    await scoreOrders(model, join(folder, 'fresh.csv'), own, { threshold: 0.1 });
    const content = await runDossier(own, {}, false);
    const out = join(folder, 'personal');
    await writeDossier(out, content, MAKING);
    expect(content.dossier.proof).toBe('left out: ids are personal');
    const ids = (await readFile(join(own, 'explanations.jsonl'), 'utf8')).match(/(?<="record_id":")[^"]+/g)!;
    const text = await readFile(join(out, 'dossier.json'), 'utf8');
    expect(ids.filter((id) => text.includes(`"${id}"`))).toEqual([]);
    expect(await verifyDossier(out)).toMatchObject({ problems: [], proven: 0 });
  }, 180_000);

  test('is of a record, replayed; of an entity; of a time whose end is not included', async () => {
    const [first] = dossier.flags;
    const one = (await runDossier(run, { record: first!.record_id }, false)).dossier;
    expect(one.flags.map(({ record_id, replayed }) => [record_id, replayed])).toEqual([
      [first!.record_id, true],
    ]);
    const of = (await runDossier(run, { entity: first!.entity! }, false)).dossier.flags;
    expect(of.map(({ flag }) => flag)).toEqual(
      dossier.flags.filter(({ entity }) => entity === first!.entity).map(({ flag }) => flag),
    );
    const times = dossier.flags.map(({ time }) => time!).toSorted();
    const middle = times[Math.floor(times.length / 2)]!;
    const [before, after] = [
      (await runDossier(run, { until: middle }, false)).dossier.flags,
      (await runDossier(run, { from: middle }, false)).dossier.flags,
    ];
    expect(before.every(({ time }) => time! < middle)).toBe(true);
    expect(before.length + after.length).toBe(dossier.flags.length);
    await expect(runDossier(run, { record: 'nowhere' }, false)).rejects.toThrow(
      'there is no flag of the record',
    );
  });

  test('is not written over what is there', async () => {
    await expect(writeDossier(run, await runDossier(run, {}, false), MAKING)).rejects.toThrow('is not empty');
  });
});

describe('a dossier that was changed is found', () => {
  test('and nothing is read of one in which a link stands for a file', async () => {
    for (const name of ['manifest.json', 'dossier.json', 'extra.txt']) {
      const path = await copy();
      await rm(join(path, name), { force: true });
      await symlink('/dev/zero', join(path, name));
      await expect(verifyDossier(path)).rejects.toThrow(`${name} is a symbolic link`);
    }
  });

  test.each([
    'dossier.json',
    'dossier.pdf',
    'explanations.jsonl',
    'logs/run/audit.jsonl',
    'logs/run/seal.json',
  ])('in %s', async (name) => {
    const path = await copy();
    const bytes = await readFile(join(path, name));
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(join(path, name), bytes);
    const verdict = await found(path).catch((error: Error) => [`${name}: ${error.message}`]);
    expect(verdict.some((one) => one.startsWith(`${name}: `))).toBe(true);
  });

  test('where a file is gone, or one too many', async () => {
    const path = await copy();
    await rm(join(path, 'explanations.jsonl'));
    await writeFile(join(path, 'logs', 'more.txt'), 'more');
    const verdict = await found(path);
    expect(verdict).toContain('explanations.jsonl: missing');
    expect(verdict).toContain('logs/more.txt: inserted');
  });

  test('where a reason was changed with all hashes of the manifest made to fit', async () => {
    const path = await copy();
    const { flag } = dossier.flags[0]!;
    await rewrite(path, 'dossier.json', (text) => text.replace('The amount is', 'The sum is'));
    expect(await found(path)).toContain(`flag ${flag}: changed`);
  });

  test('where a contribution was changed in both files, and no longer adds up or is no longer the log’s', async () => {
    const path = await copy();
    const { flag, explanation } = dossier.flags[0]!;
    const [most] = explanation.contributions;
    const forged = (text: string) => text.replaceAll(String(most!.contribution), '0.123456789');
    await rewrite(path, 'dossier.json', forged);
    await rewrite(path, 'explanations.jsonl', forged);
    const { problems, proven } = await verifyDossier(path);
    const own = problems.filter(({ where }) => where === `flag ${flag}`).map(({ message }) => message);
    expect(own).toEqual([
      'base and contributions do not add up to its score',
      'its line in explanations.jsonl is not the one that the log vouches for',
    ]);
    expect(proven).toBeLessThan(dossier.flags.length);
  });

  test('where the log was cut, or a flag never was in it', async () => {
    const path = await copy();
    const { flag } = dossier.flags[0]!;
    await rewrite(path, 'logs/run/audit.jsonl', (text) =>
      text
        .split('\n')
        .filter((line) => !line.includes(flag))
        .join('\n'),
    );
    const verdict = await found(path);
    expect(verdict).toContain(`flag ${flag}: unproven`);
    expect(verdict.some((one) => /^logs\/run\/audit\.jsonl: line \d+: dropped$/.test(one))).toBe(true);
  });

  test('by its signature, where the manifest was made to fit, signed by another key or not at all', async () => {
    const path = await copy();
    await rewrite(path, 'dossier.pdf', () => 'another');
    expect(await found(path, { keys: [key.key] })).toContain('manifest.note: forged');
    expect(await found(whole, { keys: [other.key] })).toEqual(['manifest.note: forged']);
    const bare = await copy();
    await rm(join(bare, 'manifest.note'));
    expect(await found(bare, { keys: [key.key] })).toEqual(['manifest.note: unsigned']);
    expect(await found(bare)).toEqual([]);
  });

  test('and a name that leads out of the folder is never followed', async () => {
    for (const name of ['../secret', '/etc/passwd', 'logs/../../secret', 'logs/run/../x']) {
      const path = await copy();
      const manifest = JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8'));
      manifest.files[name] = '0'.repeat(64);
      await writeFile(join(path, 'manifest.json'), JSON.stringify(manifest));
      await expect(verifyDossier(path), name).rejects.toThrow('manifest.json');
    }
  });
});

describe('a dossier of a signed run', () => {
  const log = secretKey('example.org/log', 'ed25519', Buffer.alloc(32, 9));
  const proofOf = (flag: string) => `proofs/${flag}.tlog-proof`;
  let path: string;
  let flags: Dossier['flags'];

  beforeAll(async () => {
    const model = await trainShop(await writeOrders(folder, 'labelled-2.csv', makeOrders(300, 1)));
    const signed = join(folder, 'signed-run');
    const fresh = await writeOrders(folder, 'fresh-2.csv', makeOrders(24, 2));
    await scoreOrders(model, fresh, signed, { threshold: 0.1, signer: log });
    path = join(folder, 'signed');
    ({
      dossier: { flags },
    } = await writeDossier(path, await runDossier(signed, {}, true), MAKING));
  }, 120_000);

  async function changed(change: (at: string) => Promise<void>): Promise<string[]> {
    const at = await mkdtemp(join(folder, 'proofs-'));
    await cp(path, at, { recursive: true });
    await change(at);
    return await found(at, { logKeys: [log.key] });
  }

  test('has a proof of each flag, signed by the key of the log, which is also checked by itself', async () => {
    const verified = await verifyDossier(path, { logKeys: [log.key] });
    const [proofs, signedProofs] = [flags.length, flags.length];
    expect(verified).toMatchObject({ problems: [], proven: flags.length, proofs, signedProofs });
    expect(await verifyDossier(path)).toMatchObject({ problems: [], proofs, signedProofs: 0 });
    const text = await readFile(join(path, proofOf(flags[0]!.flag)), 'utf8');
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4_096);
    expect(verifyEntryProof(text, [log.key], 'a')).toMatchObject({
      problems: [],
      entry: { event: 'flagged', data: { decision_id: flags[0]!.flag } },
    });
  });

  test('is found out by a proof of another flag, of another log, cut short, or of reasons that were changed', async () => {
    const [one, two] = flags.map(({ flag }) => proofOf(flag)) as [string, string];
    const other = await readFile(join(path, two), 'utf8');
    expect(await changed((at) => rewrite(at, one, () => other))).toEqual([`${one}: unproven`]);
    expect(await changed((at) => rewrite(at, one, (text) => text.slice(0, 200)))).toEqual([
      `${one}: malformed`,
    ]);
    expect(await found(path, { logKeys: [key.key] })).toEqual(
      flags.map(({ flag }) => `${proofOf(flag)}: other key`),
    );
    const reasons = await changed((at) =>
      rewrite(at, 'explanations.jsonl', (text) => text.replace('"score":0.', '"score":0.0')),
    );
    expect(reasons.filter((problem) => problem.startsWith('proofs/'))).toEqual([
      `${proofOf(flags[0]!.flag)}: unproven`,
    ]);
    expect(
      await changed((at) => rewrite(at, one, () => other).then(() => rename(join(at, one), join(at, 'x')))),
    ).toEqual(expect.arrayContaining([`${one}: missing`, 'x: inserted']));
  });
});

describe('assay dossier', () => {
  test('makes one and checks it, as assay verify does by its manifest', async () => {
    const out = join(folder, 'by-command');
    const made = await runAssayHere('dossier', 'make', '--run', run, '--out', out, '--as', 'ada', '--json');
    expect(JSON.parse(made.stdout)).toMatchObject({ out, flags: dossier.flags.length, personal: 'masked' });
    for (const argv of [
      ['dossier', 'verify', out],
      ['verify', join(out, 'manifest.json')],
    ]) {
      const ran = await runAssayHere(...argv, '--json');
      expect(JSON.parse(ran.stdout)).toMatchObject({ ok: true, proven: dossier.flags.length });
      expect(ran.code).toBe(0);
    }
    await writeFile(join(out, 'dossier.pdf'), 'another');
    const ran = await runAssayHere('dossier', 'verify', out);
    expect(ran).toMatchObject({ code: 1 });
    expect(ran.stdout).toContain('dossier.pdf: changed');
  });

  test('asks for one place, and for a folder that holds a dossier', async () => {
    const none = await runAssayHere('dossier', 'make', '--out', join(folder, 'x'));
    expect(none).toMatchObject({ code: 2 });
    const both = await runAssayHere(
      'dossier',
      'make',
      '--run',
      run,
      '--flag',
      'x',
      '--out',
      join(folder, 'x'),
    );
    expect(both).toMatchObject({ code: 2 });
    const empty = join(folder, 'empty');
    await mkdir(empty);
    expect((await runAssayHere('dossier', 'verify', empty)).stderr).toContain('holds no dossier');
  });
});
