/** Signed models against OpenSSF's model_signing (test/parity/model-signing.py), and what is refused. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError } from '../../lib/errors.ts';
import { loadModel, saveModel } from '../../lib/models/model-folder.ts';
import { parseModelKey, parseModelSigner } from '../../lib/models/model-key.ts';
import {
  findSignatureProblems,
  loadSignedModel,
  signFolder,
  signModel,
} from '../../lib/models/model-signature.ts';
import { championFolder } from '../../lib/models/shipped-models.ts';
import { signStatement } from '../../lib/models/signed-statement.ts';
import { runAssayHere } from '../helpers/command-line.ts';
import { makeOrders, shopPack, trainShop, writeOrders } from '../helpers/shop.ts';
import oracle from '../parity/golden/model-signing/oracle.json' with { type: 'json' };

const golden = new URL('../parity/golden/model-signing/', import.meta.url).pathname;
const text = (name: string) => readFileSync(join(golden, name), 'utf8');
const signer = parseModelSigner(text('key.pem'), 'key.pem');
const [own, other, large] = ['key.pem', 'key-p384.pem', 'key-p521.pem'].map((name) =>
  parseModelKey(text(`${name}.pub`), name),
) as [ReturnType<typeof parseModelKey>, ReturnType<typeof parseModelKey>, ReturnType<typeof parseModelKey>];

let work: string;
let model: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'assay-signed-'));
  model = join(work, 'model');
  await saveModel(model, await trainShop(await writeOrders(work, 'orders.csv', makeOrders(300, 1))));
  await signModel(model, signer);
  await writeFile(join(work, 'shop.yaml'), shopPack.source);
});
afterAll(() => rm(work, { recursive: true, force: true }));

async function copyOf(folder: string, signature?: string): Promise<string> {
  const copy = join(await mkdtemp(join(work, 'copy-')), 'folder');
  await cp(folder, copy, { recursive: true });
  if (signature !== undefined) await writeFile(join(copy, 'model.sig'), text(signature));
  return copy;
}

const statementOf = (bundle: string): Record<string, unknown> =>
  JSON.parse(
    Buffer.from(
      (JSON.parse(bundle) as { dsseEnvelope: { payload: string } }).dsseEnvelope.payload,
      'base64',
    ).toString(),
  );

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(InputError);
  return (error as InputError).message;
}

describe('a signature of OpenSSF model_signing', () => {
  test.each([
    ['theirs-p256.sig', own],
    ['theirs-p384.sig', other],
    ['theirs-p521.sig', large],
    ['theirs-blake2b.sig', own],
  ])('%s is taken of the folder as it was, and names what is not', async (signature, key) => {
    const folder = await copyOf(join(golden, 'folder'), signature);
    expect(await findSignatureProblems(folder, [own, other, large])).toEqual([]);
    expect(await findSignatureProblems(folder, [key])).toEqual([]);
    await writeFile(join(folder, 'card.json'), '{"domain":"shoq"}\n');
    await rename(join(folder, 'notes/b.txt'), join(folder, 'c.txt'));
    const problems = await findSignatureProblems(folder, [key]);
    expect(problems.map((line) => line.slice(folder.length + 1).slice(0, 40))).toEqual([
      expect.stringContaining('c.txt: not signed by model.sig'),
      expect.stringContaining('card.json: changed since it was signed'),
      expect.stringContaining('notes/b.txt: signed by model.sig, and mi'),
    ]);
  });

  test('by shards is refused as such', async () => {
    const folder = await copyOf(join(golden, 'folder'), 'theirs-shards.sig');
    expect(await refusal(findSignatureProblems(folder, [own]))).toMatch(
      /model\.sig: not a signature of a model: predicate\.serialization\.method: expected "files": a signature of shards/,
    );
  });

  test('is what Assay writes: the very statement that their tool took, in the same bundle', async () => {
    expect(oracle).toMatchObject({
      'as signed': 'intact',
      'without rejects': 'intact',
      'by another key': expect.stringContaining('Key mismatch'),
      changed: expect.stringContaining('Hash mismatch'),
      'another file': expect.stringContaining('Extra files'),
    });
    const folder = await copyOf(join(golden, 'folder'));
    await signFolder(folder, 'folder', signer);
    const [made, taken] = [await readFile(join(folder, 'model.sig'), 'utf8'), text('ours.sig')];
    const unsigned = (bundle: string) => bundle.replace(/"sig":"[^"]+"/, '"sig":""');
    expect(unsigned(made)).toBe(unsigned(taken));
    await writeFile(join(folder, 'model.sig'), taken);
    expect(await findSignatureProblems(folder, [own])).toEqual([]);
  });
});

describe('a signed model', () => {
  test('loads by its key, and its signature is no part of its version or card', async () => {
    const loaded = await loadSignedModel(model, [other, own]);
    expect(loaded.card).toEqual((await loadModel(model)).card);
    const shipped = await championFolder('finance');
    const copy = await copyOf(shipped);
    const before = (await loadModel(copy)).card;
    await signModel(copy, signer);
    expect((await loadSignedModel(copy, [own])).card).toEqual(before);
    expect(await readFile(join(copy, 'card.json'))).toEqual(await readFile(join(shipped, 'card.json')));
  });

  test.each([
    ['unsigned', async (folder: string) => rm(join(folder, 'model.sig')), 'model.sig: missing'],
    [
      'its trees changed',
      async (folder: string) => writeFile(join(folder, 'model.onnx'), 'x'),
      'model.onnx: changed since it was signed',
    ],
    [
      'without its provenance',
      async (folder: string) => rm(join(folder, 'provenance.sigstore.json')),
      'provenance.sigstore.json: signed by model.sig, and missing',
    ],
    [
      'beside a file that was put there',
      async (folder: string) => writeFile(join(folder, 'notes.txt'), 'x'),
      'notes.txt: not signed by model.sig',
    ],
    [
      'with a link in it',
      async (folder: string) => symlink('/etc/passwd', join(folder, 'notes.txt')),
      'notes.txt is a link or a device',
    ],
    [
      'its signature a link',
      async (folder: string) => {
        await rename(join(folder, 'model.sig'), join(folder, '../elsewhere.sig'));
        await symlink('../elsewhere.sig', join(folder, 'model.sig'));
      },
      'model.sig is a symbolic link',
    ],
    [
      'its signature no JSON',
      async (folder: string) => writeFile(join(folder, 'model.sig'), '{'),
      'model.sig: not JSON',
    ],
    [
      'its signature of another kind',
      async (folder: string) => writeFile(join(folder, 'model.sig'), '{"mediaType":"text/plain"}'),
      'model.sig: not a signature bundle of Sigstore with a key: mediaType',
    ],
  ])('is refused %s, and the file is named', async (_, change, message) => {
    const folder = await copyOf(model);
    await change(folder);
    expect(await refusal(loadSignedModel(folder, [own]))).toContain(message);
  });

  test('is refused by another key, and by a signature whose statement was changed', async () => {
    expect(await refusal(loadSignedModel(model, [other]))).toMatch(
      /model\.sig: signed by another key than expected/,
    );
    const folder = await copyOf(model);
    const bundle = JSON.parse(await readFile(join(folder, 'model.sig'), 'utf8')) as {
      dsseEnvelope: { payload: string; signatures: unknown[] };
      verificationMaterial: { publicKey: { hint?: string } };
    };
    const payload = Buffer.from(bundle.dsseEnvelope.payload, 'base64')
      .toString()
      .replace('"card.json"', '"cord.json"');
    bundle.dsseEnvelope.payload = Buffer.from(payload).toString('base64');
    await writeFile(join(folder, 'model.sig'), JSON.stringify(bundle));
    expect(await refusal(loadSignedModel(folder, [own]))).toContain('model.sig: the signature does not fit');
    delete bundle.verificationMaterial.publicKey.hint;
    await writeFile(join(folder, 'model.sig'), JSON.stringify(bundle));
    expect(await refusal(loadSignedModel(folder, [own, other]))).toContain('it is not by a key given');
  });

  test.each([
    [
      'a name outside the folder',
      (s: Resources) => {
        s.predicate.resources[0]!.name = '../card.json';
      },
      'expected a name inside',
    ],
    [
      'a file twice',
      (s: Resources) => {
        const { resources } = s.predicate;
        resources.push(resources[0]!);
        const hash = createHash('sha256');
        for (const { digest } of resources) hash.update(digest, 'hex');
        s.subject[0]!.digest.sha256 = hash.digest('hex');
      },
      'it names a file twice',
    ],
    [
      'more than one subject',
      (s: Resources) => void s.subject.push(s.subject[0]!),
      'which its subject does not say',
    ],
    [
      'a hash that is not of its files',
      (s: Resources) => {
        s.subject[0]!.digest.sha256 = '0'.repeat(64);
      },
      'which its subject does not say',
    ],
    [
      'another predicate',
      (s: Resources) => {
        s.predicateType = 'https://example.org/else';
      },
      'its predicate is https://example.org/else',
    ],
  ])('is refused where its signer signed %s', async (_, change, message) => {
    const folder = await copyOf(model);
    const statement = statementOf(await readFile(join(folder, 'model.sig'), 'utf8')) as unknown as Resources;
    change(statement);
    await writeFile(join(folder, 'model.sig'), signStatement(statement, signer));
    expect(await refusal(loadSignedModel(folder, [own]))).toContain(message);
  });

  test.each(['', '.', '..', '/card.json', 'a//b', './a', 'a/..', 'a/../b', 'a\\b', 'a\0b', '/'])(
    'is refused where its signer signed the name %j, which may lie outside the folder',
    async (name) => {
      const folder = await copyOf(model);
      const statement = statementOf(
        await readFile(join(folder, 'model.sig'), 'utf8'),
      ) as unknown as Resources;
      statement.predicate.resources[0]!.name = name;
      await writeFile(join(folder, 'model.sig'), signStatement(statement, signer));
      expect(await refusal(loadSignedModel(folder, [own]))).toContain(
        'model.sig: not a signature of a model: predicate.resources.0.name: expected a name inside the folder',
      );
    },
  );

  test('is refused with the first five of what is wrong, in order of names', async () => {
    const folder = await copyOf(model);
    await rm(join(folder, 'card.json'));
    for (const name of ['f', 'e', 'd', 'b', 'a']) await writeFile(join(folder, name), '');
    expect((await refusal(loadSignedModel(folder, [own]))).split('; ')).toEqual([
      ...['a', 'b'].map((name) => `${join(folder, name)}: not signed by model.sig`),
      `${join(folder, 'card.json')}: signed by model.sig, and missing`,
      ...['d', 'e'].map((name) => `${join(folder, name)}: not signed by model.sig`),
    ]);
  });

  test('brought in part is judged by the files that are there, which must be the model', async () => {
    const folder = await copyOf(model);
    await rm(join(folder, 'provenance.sigstore.json'));
    await writeFile(join(folder, 'notes.txt'), '');
    expect(await findSignatureProblems(folder, [own], ['card.json', 'model.onnx'])).toEqual([]);
    expect(await findSignatureProblems(folder, [own], ['card.json', 'notes.txt'])).toEqual([
      `${join(folder, 'notes.txt')}: not signed by model.sig`,
    ]);
  });

  test('whose signature leaves out no names must have every file signed', async () => {
    const folder = await copyOf(model);
    await writeFile(join(folder, 'rejects.csv'), '');
    expect(await findSignatureProblems(folder, [own])).toEqual([]);
    const statement = statementOf(await readFile(join(folder, 'model.sig'), 'utf8')) as unknown as Resources;
    delete (statement.predicate.serialization as { ignore_paths?: string[] }).ignore_paths;
    await writeFile(join(folder, 'model.sig'), signStatement(statement, signer));
    expect(await findSignatureProblems(folder, [own])).toEqual([
      `${join(folder, 'rejects.csv')}: not signed by model.sig`,
    ]);
  });

  test('is signed as what it is, its files in order of the parts of their names', async () => {
    const folder = await copyOf(model);
    await mkdir(join(folder, 'a'));
    for (const name of ['a/b.txt', 'a.txt', 'z.txt']) await writeFile(join(folder, name), '');
    const names = await signModel(folder, signer);
    expect(names).toEqual([
      ...['a/b.txt', 'a.txt', 'card.json', 'model.onnx', 'provenance.sigstore.json', 'z.txt'],
    ]);
    const { card } = await loadModel(folder);
    expect(statementOf(await readFile(join(folder, 'model.sig'), 'utf8'))).toMatchObject({
      subject: [{ name: `shop-${card.version}` }],
    });
  });

  test('whose signature is no file is refused as such', async () => {
    const folder = await copyOf(model);
    await rm(join(folder, 'model.sig'));
    await expect(loadSignedModel(folder, [own])).rejects.toMatchObject({ cause: { code: 'ENOENT' } });
    await mkdir(join(folder, 'model.sig'));
    await expect(loadSignedModel(folder, [own])).rejects.toThrow(/model\.sig(?!: missing)/);
  });

  test('without a hash of its trees is refused, also where they are said to be of no account', async () => {
    const folder = await copyOf(join(golden, 'folder'));
    await rename(join(folder, 'model.onnx'), join(folder, '../model.onnx'));
    await signFolder(folder, 'folder', signer);
    const statement = statementOf(await readFile(join(folder, 'model.sig'), 'utf8')) as unknown as Resources;
    statement.predicate.serialization.ignore_paths.push('model.onnx');
    await writeFile(join(folder, 'model.sig'), signStatement(statement, signer));
    await rename(join(folder, '../model.onnx'), join(folder, 'model.onnx'));
    expect(await findSignatureProblems(folder, [own])).toEqual([
      `${folder}/model.onnx: not signed by model.sig`,
    ]);
  });

  test('names its records, pack and seed in a provenance that the same training makes again', async () => {
    const { card } = await loadModel(model);
    const provenance = await readFile(join(model, 'provenance.sigstore.json'), 'utf8');
    const statement = statementOf(provenance);
    expect(statement).toMatchObject({
      predicateType: 'https://slsa.dev/provenance/v1',
      subject: [{ name: 'card.json' }, { name: 'model.onnx', digest: { sha256: card.onnx.sha256 } }],
      predicate: {
        buildDefinition: {
          externalParameters: { domain: 'shop', seed: card.seed },
          internalParameters: { records: { sha256: card.dataset.hash } },
        },
      },
    });
    const text = JSON.stringify(statement);
    expect(text).toContain(card.pack.hash);
    for (const { sha256 } of card.dataset.files) expect(text).toContain(sha256);
    const again = join(work, 'again');
    await saveModel(again, await trainShop(await writeOrders(work, 'orders.csv', makeOrders(300, 1))));
    await signModel(again, parseModelSigner(readFileSync(join(golden, 'key-p384.pem'), 'utf8'), 'k'));
    expect(statementOf(await readFile(join(again, 'provenance.sigstore.json'), 'utf8'))).toEqual(statement);
  });

  test('is refused with the provenance of another model, signed by the same key', async () => {
    const folder = await copyOf(model);
    const path = join(folder, 'provenance.sigstore.json');
    const write = async (change: (statement: Resources) => void): Promise<void> => {
      const statement = statementOf(
        await readFile(join(model, 'provenance.sigstore.json'), 'utf8'),
      ) as unknown as Resources;
      change(statement);
      await writeFile(path, signStatement(statement, signer));
      await signFolder(folder, 'shop', signer);
    };
    for (const [at, name] of ['card.json', 'model.onnx'].entries()) {
      await write(({ subject }) => {
        subject[at]!.digest.sha256 = '0'.repeat(64);
      });
      expect(await findSignatureProblems(folder, [own])).toEqual([
        `${path}: it is the provenance of another ${name}`,
      ]);
      await write(({ subject }) => {
        subject[at]!.name = 'else';
      });
      expect(await findSignatureProblems(folder, [own])).toEqual([
        `${path}: it is the provenance of another ${name}`,
      ]);
    }
    // What is not as it was signed comes before what the provenance says of it.
    await writeFile(join(folder, 'card.json'), '{}');
    expect(await findSignatureProblems(folder, [own])).toEqual([
      expect.stringContaining('card.json: changed since it was signed'),
    ]);
    await cp(join(model, 'card.json'), join(folder, 'card.json'));
    await write((statement) => {
      statement.predicateType = 'urn:else';
    });
    expect(await findSignatureProblems(folder, [own])).toEqual([
      `${path}: its predicate is urn:else, expected https://slsa.dev/provenance/v1`,
    ]);
  });
});

interface Resources {
  predicateType: string;
  subject: { name: string; digest: { sha256: string } }[];
  predicate: { resources: { name: string; digest: string }[]; serialization: { ignore_paths: string[] } };
}

describe('on the command line', () => {
  test('a key is made, a model signed and verified, and a model of another key scores nothing', async () => {
    const [key, folder] = [join(work, 'model.key'), await copyOf(model)];
    expect((await runAssayHere('keys', 'generate', '--for', 'model', '--out', key)).code).toBe(0);
    const verify = () => runAssayHere('model', 'verify', folder, '--model-key', `${key}.pub`);
    expect((await verify()).stderr).toContain('signed by another key');
    const signed = await runAssayHere('model', 'sign', folder, '--sign-key', key, '--json');
    expect(JSON.parse(signed.stdout)).toMatchObject({
      files: ['card.json', 'model.onnx', 'provenance.sigstore.json'],
    });
    expect(await verify()).toMatchObject({ code: 0, stdout: expect.stringContaining('as it was signed') });
    await writeFile(join(folder, 'report.html'), 'mine');
    const scored = await runAssayHere(
      ...['score', '--domain', join(work, 'shop.yaml'), '--model', folder, '--model-key', `${key}.pub`],
      ...['--data', join(work, 'orders.csv'), '--out', join(work, 'run')],
    );
    expect(scored).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('report.html: not signed by model.sig'),
    });
    expect((await runAssayHere('bom', folder, '--model-key', `${key}.pub`)).stderr).toContain('report.html');
  });

  test('the shipped champion, which no one signed, is refused where a key is named', async () => {
    const scored = await runAssayHere(
      ...['score', '--domain', 'finance', '--model-key', join(golden, 'key.pem.pub')],
      ...['--data', join(work, 'orders.csv'), '--out', join(work, 'run')],
    );
    expect(scored).toMatchObject({ code: 1, stderr: expect.stringContaining('model.sig: missing') });
  });

  test('a key of notes, a secret key and a key of another curve are refused as such', async () => {
    const note = join(work, 'log.key');
    await runAssayHere('keys', 'generate', '--name', 'example.org/a', '--out', note);
    const signed = await runAssayHere('model', 'sign', model, '--sign-key', note);
    expect(signed.stderr).toContain('is not a key of models in PEM');
    const secret = await runAssayHere('model', 'verify', model, '--model-key', join(golden, 'key.pem'));
    expect(secret.stderr).toContain('is a secret key; the public one was expected');
    expect(() => parseModelKey(ED25519, 'k')).toThrow('k is a key of ed25519; models are signed by P-256');
  });
});

const ED25519 = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
`;
