import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodeResponse } from '../../lib/api/encode-response.ts';

const large = JSON.stringify(Array.from({ length: 200_000 }, (_, n) => `a "reason" in words ${n % 100}`));

describe('encodeResponse', () => {
  it('leaves a small answer as it is, whatever the caller takes', async () => {
    const small = { body: '{"é":1}', isBase64Encoded: false, headers: {} };
    expect(await encodeResponse('{"é":1}', 'gzip')).toEqual(small);
    expect(await encodeResponse('{"é":1}', undefined)).toEqual(small);
  });

  it('gzips a large one for a caller that takes it, to the same text', async () => {
    for (const accept of ['gzip', 'br, GZIP;q=0.5', '*', 'deflate,gzip ; q=1']) {
      const { body, isBase64Encoded, headers } = await encodeResponse(large, accept);
      expect([isBase64Encoded, headers['content-encoding']]).toEqual([true, 'gzip']);
      expect(gunzipSync(Buffer.from(body, 'base64')).toString()).toBe(large);
      expect(body.length).toBeLessThan(5_000_000);
    }
  });

  it('says 413, and what to do, for a caller that does not', async () => {
    for (const accept of [undefined, '', 'br', 'gzip;q=0', 'gzip;q=0.0', 'xgzip']) {
      const refused = encodeResponse(large, accept);
      await expect(refused).rejects.toMatchObject({ status: 413 });
      await expect(refused).rejects.toThrow('accept-encoding: gzip');
    }
  });

  it('counts the escapes that an answer grows by on its way', async () => {
    const marks = JSON.stringify('"'.repeat(1_400_000));
    expect(Buffer.byteLength(marks)).toBeLessThan(5_000_000);
    await expect(encodeResponse(marks, undefined)).rejects.toMatchObject({ status: 413 });
    const plain = JSON.stringify('x'.repeat(4_900_000));
    expect((await encodeResponse(plain, undefined)).body).toBe(plain);
  });
});
