/**
 * Where a drop's stages keep what they hand each other: objects by key, as a bucket holds them. The stages know no more of
 * storage than this, so the same stages run over a folder on a laptop and over S3.
 */
export interface ObjectStore {
  /** Writes the object, or its bytes [from, to), to a new file at `path`. Throws a MissingObject where there is none. */
  download(key: string, path: string, range?: ByteRange, version?: string): Promise<void>;
  /** The bytes of an object as they come, or of a range of it; for what is read once from end to end. */
  read(key: string, range?: ByteRange, version?: string): Promise<AsyncIterable<Uint8Array>>;
  /** Stores a file under the key, in one piece or not at all; an object that was there is replaced. */
  upload(path: string, key: string): Promise<void>;
  /** Null where there is no such object. */
  readText(key: string): Promise<string | null>;
  writeText(key: string, text: string): Promise<void>;
  /** Every key that begins so, in order. */
  list(prefix: string): Promise<string[]>;
}

export interface ByteRange {
  readonly from: number;
  /** One past the last byte. */
  readonly to: number;
}

/** Transfers at a time. */
export const MAX_TRANSFERS = 16;

export class MissingObject extends Error {
  override readonly name = 'MissingObject';
}
