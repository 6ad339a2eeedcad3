/**
 * The writer of an audit log: it chains acts by their hashes and writes them to a file, with nothing stored but the last hash and
 * the tree's right edge, so that a million entries take no more memory than one. `seal` writes the entry that closes the log.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { Frontier } from '../tlog/frontier.ts';
import type { TreeHead } from '../tlog/merkle.ts';
import { type AuditAct, GENESIS, writeEntry } from './audit-entry.ts';
import { leafOf } from './log-tree.ts';

const BUFFER_CHARACTERS = 1 << 16;

export class AuditLog {
  readonly #write: (text: string) => void;
  #entries = 0;
  #head = GENESIS;
  readonly #tree = new Frontier();
  #sealed = false;

  /** `write` gets each line with its line end. */
  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  get entries(): number {
    return this.#entries;
  }

  /** Hash of the last entry: anyone who knows it can say whether anything before it changed. */
  get head(): string {
    return this.#head;
  }

  /** Size and root of the tree whose leaves are the entries. */
  get tree(): TreeHead {
    return this.#tree.head;
  }

  /** Records an act and returns its line, without line end. */
  append(act: AuditAct): string {
    if (this.#sealed) throw new Error('the audit log is sealed: nothing can be added to it');
    const { line, hash } = writeEntry(act, this.#entries, this.#head);
    this.#entries += 1;
    this.#head = hash;
    this.#tree.append(leafOf(line));
    this.#write(`${line}\n`);
    return line;
  }

  /** The last entry: how many there were before it, and the sha256 of each file that the log vouches for. */
  seal(actor: string, subject: string, files: Readonly<Record<string, string>>): string {
    const line = this.append({ event: 'sealed', actor, subject, data: { entries: this.#entries, files } });
    this.#sealed = true;
    return line;
  }
}

export interface AuditFile {
  readonly log: AuditLog;
  /** Writes out what is buffered; the file is complete only then. */
  close(): void;
}

/** An audit log that is written to a new file at `path`. */
export function openAuditFile(path: string): AuditFile {
  const file = openSync(path, 'w');
  let buffer = '';
  const flush = () => {
    writeAll(file, Buffer.from(buffer));
    buffer = '';
  };
  const log = new AuditLog((text) => {
    buffer += text;
    if (buffer.length >= BUFFER_CHARACTERS) flush();
  });
  return {
    log,
    close: () => {
      flush();
      closeSync(file);
    },
  };
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
}
