import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../lib/errors.ts';
import { type ModelKey, parseModelKey, parseModelSigner } from '../../lib/models/model-key.ts';
import { openStatement, signStatement } from '../../lib/models/signed-statement.ts';

const pem = (name: string) =>
  readFileSync(new URL(`../parity/golden/model-signing/${name}`, import.meta.url), 'utf8');
const key = (name = 'key') => parseModelKey(pem(`${name}.pem.pub`), name);
const statement = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'a', digest: { sha256: 'f0' } }],
  predicateType: 'urn:p',
  predicate: { any: 1 },
};
const sign = (of: object = statement) => signStatement(of, parseModelSigner(pem('key.pem'), 'k'));

interface Bundle {
  mediaType: string;
  verificationMaterial: { publicKey?: { hint?: string | null }; tlogEntries: unknown[] };
  dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string; keyid?: string }[] };
}

/** The bundle with a change. */
function changed(change: (bundle: Bundle) => void): string {
  const bundle = JSON.parse(sign()) as Bundle;
  change(bundle);
  return JSON.stringify(bundle);
}

function refusal(text: string, keys: readonly ModelKey[] = [key()]): string {
  try {
    openStatement(text, keys, 'm.sig');
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as InputError).message;
  }
  throw new Error('it was taken');
}

test('a statement is a bundle of Sigstore, and read again by the key that signed it', () => {
  const text = sign();
  expect(text.endsWith('}\n')).toBe(true);
  expect(JSON.parse(text)).toEqual({
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: key().hint }, tlogEntries: [] },
    dsseEnvelope: {
      payload: Buffer.from(JSON.stringify(statement)).toString('base64'),
      payloadType: 'application/vnd.in-toto+json',
      signatures: [{ sig: expect.any(String), keyid: '' }],
    },
  });
  const opened = openStatement(text, [key('key-p384'), key()], 'm.sig');
  expect(opened.statement).toEqual(statement);
  expect(opened.key.hint).toBe(key().hint);
});

test('one that names no key is tried by each', () => {
  for (const none of [undefined, null, ''])
    expect(
      openStatement(
        changed((bundle) => {
          bundle.verificationMaterial.publicKey = none === undefined ? {} : { hint: none };
        }),
        [key('key-p521'), key()],
        'm.sig',
      ).key.hint,
    ).toBe(key().hint);
});

describe('is refused with its file and what was expected', () => {
  test('by another key than it names', () => {
    const others = [key('key-p384'), key('key-p521')];
    expect(refusal(sign(), others)).toBe(
      `m.sig: signed by another key than expected: it names ${key().hint}, the keys given are ${others[0]!.hint}, ${others[1]!.hint}`,
    );
  });

  test('where what it signs was changed, or none of the keys signed it', () => {
    const other = Buffer.from(JSON.stringify({ ...statement, predicate: 2 })).toString('base64');
    const text = changed((bundle) => {
      bundle.dsseEnvelope.payload = other;
    });
    // The other key is there, but not tried: the bundle names one.
    expect(refusal(text, [key('key-p384'), key()])).toBe(
      'm.sig: the signature does not fit: it is not by the key that it names, or what it signs was changed',
    );
    const nameless = changed((bundle) => {
      bundle.verificationMaterial.publicKey = {};
    });
    expect(refusal(nameless, [key('key-p384')])).toBe(
      'm.sig: the signature does not fit: it is not by a key given, or what it signs was changed',
    );
  });

  test('as no JSON, with its cause', () => {
    expect(() => openStatement('{', [key()], 'm.sig')).toThrow(
      expect.objectContaining({ cause: expect.any(SyntaxError) }),
    );
  });

  test.each([
    ['no JSON', () => '{', /^m\.sig: not JSON: /],
    ['no object', () => '7', /^m\.sig: not a signature bundle of Sigstore with a key: the whole: /],
    [
      'a certificate in place of a key',
      () =>
        changed((bundle) => {
          delete bundle.verificationMaterial.publicKey;
        }),
      'verificationMaterial.publicKey: expected the public key of its signer',
    ],
    [
      'another version of bundles',
      () =>
        changed((bundle) => {
          bundle.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.1';
        }),
      'mediaType: ',
    ],
    [
      'another payload',
      () =>
        changed((bundle) => {
          bundle.dsseEnvelope.payloadType = 'text/plain';
        }),
      'dsseEnvelope.payloadType: ',
    ],
    [
      'a payload that is no base64',
      () =>
        changed((bundle) => {
          bundle.dsseEnvelope.payload = '*';
        }),
      'dsseEnvelope.payload: expected base64',
    ],
    [
      'two signatures',
      () =>
        changed(({ dsseEnvelope: { signatures } }) => {
          signatures.push(signatures[0]!);
        }),
      'dsseEnvelope.signatures: ',
    ],
    [
      'another type of statement',
      () => sign({ ...statement, _type: 'urn:t' }),
      'a statement of in-toto: _type: ',
    ],
    ['no subject', () => sign({ ...statement, subject: [] }), 'a statement of in-toto: subject: '],
    [
      'a subject without hash',
      () => sign({ ...statement, subject: [{ name: 'a' }] }),
      'a statement of in-toto: subject.0.digest: ',
    ],
  ])('that is %s', (_, make, message) => {
    expect(refusal(make())).toMatch(message);
  });
});
