import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../lib/errors.ts';
import {
  formatModelKeys,
  isModelKey,
  isSignedBy,
  parseModelKey,
  parseModelKeys,
  parseModelSigner,
} from '../../lib/models/model-key.ts';

const pem = (name: string) =>
  readFileSync(new URL(`../parity/golden/model-signing/${name}`, import.meta.url), 'utf8');

/** Where another error is its cause, it keeps it. */
function refusal(act: () => unknown, cause?: typeof Error): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    if (cause !== undefined) expect((error as Error).cause).toBeInstanceOf(cause);
    return (error as InputError).message;
  }
  throw new Error('it was taken');
}

describe('a key that signs models', () => {
  test.each(['key', 'key-p384', 'key-p521'])('%s.pem signs what its public half alone takes', (name) => {
    const signer = parseModelSigner(pem(`${name}.pem`), 'k');
    const own = parseModelKey(pem(`${name}.pem.pub`), 'k');
    expect(signer.key.hint).toBe(own.hint);
    const bytes = Buffer.from('what is signed');
    const signature = signer.sign(bytes);
    expect(isSignedBy(own, bytes, signature)).toBe(true);
    expect(isSignedBy(own, Buffer.from('what was signed'), signature)).toBe(false);
    const other = parseModelKey(pem(name === 'key' ? 'key-p384.pem.pub' : 'key.pem.pub'), 'k');
    expect(isSignedBy(other, bytes, signature)).toBe(false);
  });

  test('is named by the hash of its text, which the bundles of other tools hold', () => {
    const { hint } = parseModelKey(pem('key.pem.pub'), 'k');
    const bundle = JSON.parse(pem('theirs-p256.sig')) as {
      verificationMaterial: { publicKey: { hint: string } };
    };
    expect(hint).toMatch(/^[0-9a-f]{64}$/);
    expect(hint).toBe(bundle.verificationMaterial.publicKey.hint);
  });

  test('is refused by name where it is secret, of another kind, or none', () => {
    expect(refusal(() => parseModelKey(pem('key.pem'), 'k.pem'))).toBe(
      'k.pem is a secret key; the public one was expected (<file>.pub)',
    );
    const { publicKey, privateKey } = generateKeyPairSync('ed25519', {
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const expected =
      'k.pem is a key of ed25519; models are signed by P-256, P-384 or P-521 (assay keys generate --for model)';
    expect(refusal(() => parseModelKey(publicKey, 'k.pem'))).toBe(expected);
    expect(refusal(() => parseModelSigner(privateKey, 'k.pem'))).toBe(expected);
    const { publicKey: curve } = generateKeyPairSync('ec', {
      namedCurve: 'secp256k1',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    expect(refusal(() => parseModelKey(curve, 'k.pem'))).toContain('k.pem is a key of secp256k1; ');
    for (const parse of [parseModelKey, parseModelSigner])
      expect(refusal(() => parse('none', 'k.pem'), Error)).toMatch(
        /^k\.pem is not a key of models in PEM, unencrypted: .+ \(assay keys generate --for model\)$/,
      );
    expect([pem('key.pem.pub'), pem('key.pem'), publicKey, ''].map(isModelKey)).toEqual([
      ...[true, false, false, false],
    ]);
  });
});

test('keys are the same after a way through an environment variable', () => {
  const pems = ['key.pem.pub', 'key-p384.pem.pub'].map(pem);
  const text = formatModelKeys(pems);
  expect(text).toMatch(/^[A-Za-z0-9+/=]+ [A-Za-z0-9+/=]+$/);
  const hints = pems.map((one) => parseModelKey(one, 'k').hint);
  expect(parseModelKeys(text, 'v').map(({ hint }) => hint)).toEqual(hints);
  expect(parseModelKeys(`  ${text.replace(' ', '  ')} `, 'v').map(({ hint }) => hint)).toEqual(hints);
  expect(parseModelKeys('', 'v')).toEqual([]);
  expect(refusal(() => parseModelKeys('AAAA', 'ASSAY_MODEL_KEYS'))).toContain(
    'ASSAY_MODEL_KEYS is not a key of models',
  );
  expect(refusal(() => formatModelKeys([pem('key.pem')]))).toContain('a key of models is a secret key');
});
