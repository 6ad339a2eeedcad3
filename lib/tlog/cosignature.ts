/** What a witness signs of a checkpoint (C2SP tlog-cosignature): a statement that, at that time, it was the largest it had seen. */
import { parseCheckpoint } from './checkpoint.ts';

export interface Cosigned {
  /** Of the witness. */
  readonly name: string;
  readonly seconds: number;
  /** The checkpoint, without signatures. */
  readonly text: string;
}

export function cosignedMessage(
  kind: 'cosignature-ed25519' | 'cosignature-ml-dsa-44',
  cosigned: Cosigned,
): Uint8Array {
  return kind === 'cosignature-ed25519' ? lines(cosigned) : structure(cosigned);
}

function lines({ seconds, text }: Cosigned): Uint8Array {
  return Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`);
}

/** In the binary form of TLS: it names the witness too, and leaves extension lines out. */
function structure({ name, seconds, text }: Cosigned): Uint8Array {
  const { origin, size, root } = parseCheckpoint(text, 'the checkpoint to be cosigned');
  const number = (value: number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(BigInt(value));
    return bytes;
  };
  const [by, of] = [Buffer.from(name), Buffer.from(origin)];
  return Buffer.concat([
    ...[Buffer.from('subtree/v1\n\0'), Uint8Array.of(by.length), by, number(seconds)],
    ...[Uint8Array.of(of.length), of, number(0), number(size), root],
  ]);
}
