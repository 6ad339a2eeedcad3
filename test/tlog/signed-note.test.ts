import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCheckpoint, parseCheckpoint } from '../../lib/tlog/checkpoint.ts';
import {
  formatVerifierKey,
  parseSecretKey,
  parseVerifierKey,
  secretKey,
  signNote,
  verifyNote,
} from '../../lib/tlog/note-key.ts';
import { formatNote, parseNote } from '../../lib/tlog/signed-note.ts';
import { formatProof, parseProof } from '../../lib/tlog/tlog-proof.ts';
import golden from '../parity/golden/tlog.json' with { type: 'json' };

/** The example of the specification of notes. */
const EXAMPLE = `This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
`;
const EXAMPLE_KEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const TEXT = 'example.org/log\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';
const KINDS = ['ed25519', 'cosignature-ed25519', 'cosignature-ml-dsa-44'] as const;
const seed = (n: number) => Buffer.alloc(32, n);

describe('a signed note', () => {
  it('of the specification verifies with its key, and is written as it was read', () => {
    const note = parseNote(EXAMPLE, 'note');
    const key = parseVerifierKey(EXAMPLE_KEY, 'key');
    expect(verifyNote(note, [key])).toEqual({ valid: [{ key, seconds: null }], broken: [] });
    expect(formatNote(note)).toBe(EXAMPLE);
    expect(formatVerifierKey(key)).toBe(EXAMPLE_KEY);
  });

  it('is the one that Go signs by the same key, and each reads the key of the other', async () => {
    const signer = parseSecretKey(golden.Secret, 'secret');
    expect(formatVerifierKey(signer.key)).toBe(golden.Verifier);
    expect(signer.secret).toBe(golden.Secret);
    expect(formatNote({ text: golden.Text, signatures: [await signNote(signer, golden.Text)] })).toBe(
      golden.Note,
    );
  });

  it.each(KINDS)('signed by a key of kind %s verifies, with the time of a cosignature', async (kind) => {
    const { key, secret } = secretKey('witness.example/1', kind, seed(3));
    const signer = parseSecretKey(secret, 'secret');
    const note = formatNote({ text: TEXT, signatures: [await signNote(signer, TEXT, 1_700_000_000)] });
    const seconds = kind === 'ed25519' ? null : 1_700_000_000;
    const known = parseVerifierKey(formatVerifierKey(key), 'key');
    expect(verifyNote(parseNote(note, 'note'), [known]).valid.map((one) => one.seconds)).toEqual([seconds]);
    const other = secretKey('witness.example/1', kind, seed(4)).key;
    const renamed = secretKey('other.example', kind, seed(3)).key;
    expect(verifyNote(parseNote(note, 'note'), [other, renamed])).toEqual({
      valid: [],
      broken: [],
    });
  });

  it.each(KINDS)('signed by a key of kind %s is refused with any byte changed', async (kind) => {
    const signer = secretKey('w.example', kind, seed(5));
    const note = Buffer.from(
      formatNote({ text: TEXT, signatures: [await signNote(signer, TEXT, 1_700_000_000)] }),
    );
    fc.assert(
      fc.property(fc.nat(note.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = Buffer.from(note.map((byte, n) => (n === at ? byte ^ by : byte)));
        let valid: readonly unknown[] = [];
        try {
          ({ valid } = verifyNote(parseNote(changed, 'note'), [signer.key]));
        } catch (error) {
          expect((error as Error).message).toMatch(/^(note|the checkpoint to be cosigned) is not a/);
        }
        expect(valid).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('says which known key a signature claims that is not by it', async () => {
    const signer = secretKey('a.example', 'ed25519', seed(6));
    const signature = await signNote(signer, TEXT);
    const note = { text: TEXT.replace('7', '8'), signatures: [signature] };
    expect(verifyNote(note, [signer.key])).toEqual({ valid: [], broken: [signer.key] });
  });

  it.each([
    ['no signature', 'a\n\n', /no signature/],
    ['no empty line', 'a\n— a.example AAAAAAAA\n', /no empty line/],
    ['a carriage return', EXAMPLE.replace('.\n', '.\r\n'), /control character/],
    ['no last line end', EXAMPLE.slice(0, -1), /no signature/],
    ['a hyphen for the dash', EXAMPLE.replace('—', '-'), /signature line/],
    ['a signature that is only a key id', 'a\n\n— a.example AAAAAA==\n', /signature line/],
    ['base64 of another spelling', EXAMPLE.replace('aQM=', 'aQN='), /signature line/],
    ['another text', '{"format":"assay-seal/1"}', /no empty line/],
  ])('is refused where it has %s', (_, text, message) => {
    expect(() => parseNote(text, 'checkpoint')).toThrow(message);
  });
});

describe('keys', () => {
  it.each([
    [
      'another id',
      EXAMPLE_KEY.replace('530d903a', '530d903b'),
      /key id 530d903b; its name and key have 530d903a/,
    ],
    ['another name', EXAMPLE_KEY.replace('foo', 'fop'), /key id/],
    ['an unknown type', EXAMPLE_KEY.replace('+Ae', '+Ze'), /the type 101/],
    ['a byte less', `${EXAMPLE_KEY.slice(0, -4)}`, /29 bytes; 32/],
    ['nothing of a key', 'hello', /"<name>\+<8 hex digits>\+<base64>"/],
  ])('with %s are refused', (_, text, message) => {
    expect(() => parseVerifierKey(text, 'log.pub')).toThrow(message);
  });

  it('that are public are not taken for secret ones', () => {
    expect(() => parseSecretKey(EXAMPLE_KEY, 'log.key')).toThrow(
      /log.key is not a secret key: "PRIVATE\+KEY/,
    );
    expect(() => secretKey('with space', 'ed25519', seed(1))).toThrow('no spaces');
  });
});

describe('a checkpoint', () => {
  it('is written as it was read', () => {
    expect(formatCheckpoint(parseCheckpoint(TEXT, 'c'))).toBe(TEXT);
    expect(parseCheckpoint(`${TEXT}an extension\n`, 'c')).toMatchObject({
      origin: 'example.org/log',
      size: 7,
    });
  });

  it.each([
    ['a leading zero', TEXT.replace('7', '07'), /line 2/],
    ['a size that is none', TEXT.replace('7', '-1'), /line 2/],
    ['a size past what is exact', TEXT.replace('7', '9007199254740993'), /line 2/],
    ['a short root', TEXT.replace(/Cs.*/, 'AAAA'), /line 3/],
    ['no origin', TEXT.replace('example.org/log', ''), /line 1/],
    ['no last line end', TEXT.slice(0, -1), /no end|line 3/],
    ['an empty line', `${TEXT}\nmore\n`, /empty line/],
  ])('is refused where it has %s', (_, text, message) => {
    expect(() => parseCheckpoint(text, 'checkpoint')).toThrow(message);
  });
});

describe('a proof file', () => {
  const proof = {
    extra: Buffer.from('entry'),
    index: 73_894,
    hashes: [seed(1), seed(2)],
    checkpoint: golden.Note,
  };

  it('is written as it was read, with and without extra data or hashes', () => {
    for (const one of [proof, { ...proof, extra: Buffer.alloc(0) }, { ...proof, hashes: [], index: 0 }]) {
      const text = formatProof(one);
      expect(formatProof(parseProof(text, 'p'))).toBe(text);
      expect(parseProof(text, 'p')).toEqual(one);
    }
    expect(formatProof(proof).split('\n').slice(0, 3)).toEqual([
      'c2sp.org/tlog-proof@v1',
      'extra ZW50cnk=',
      'index 73894',
    ]);
  });

  it.each([
    ['another version', formatProof(proof).replace('@v1', '@v2'), /line 1/],
    ['an index that is none', formatProof(proof).replace('73894', '073894'), /index <number>/],
    ['no index', formatProof(proof).replace('index 73894\n', ''), /index <number>/],
    ['a hash too short', formatProof({ ...proof, hashes: [Buffer.alloc(31)] }), /hash 1/],
    ['extra data that is none', formatProof(proof).replace('ZW50cnk=', 'ZW50cnk'), /extra data/],
    [
      'more hashes than any tree has',
      formatProof({ ...proof, hashes: Array(64).fill(seed(1)) }),
      /64 hashes/,
    ],
    ['no checkpoint', 'c2sp.org/tlog-proof@v1\nindex 0\n', /line 1/],
  ])('is refused where it has %s', (_, text, message) => {
    expect(() => parseProof(text, 'x.tlog-proof')).toThrow(message);
  });
});
