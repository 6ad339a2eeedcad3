/** A run as an attacker has it: its files in memory, to be changed at will, chained and signed anew, and written out to be verified. */
import { hash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AuditLog } from '../../../lib/audit/audit-log.ts';
import { canonicalJson } from '../../../lib/audit/canonical-json.ts';
import { runOrigin, signCheckpoint } from '../../../lib/audit/log-tree.ts';
import { makeSeal, type Seal } from '../../../lib/audit/seal.ts';
import { formatBase64 } from '../../../lib/tlog/base64.ts';
import type { NoteSigner } from '../../../lib/tlog/note-key.ts';

export interface Entry {
  event: string;
  actor: string;
  subject: string;
  // biome-ignore lint/suspicious/noExplicitAny: an attacker writes what they like.
  data: any;
}

/** What a run has; a listed name that is none stays in the list. */
const RUN_NAMES = /^[a-z_]+\.(parquet|jsonl|csv|json|html|txt)$|^model\/(card\.json|model\.onnx)$/;

export class RunCopy {
  readonly files: Map<string, Buffer>;
  readonly links = new Map<string, string>();

  constructor(files: ReadonlyMap<string, Buffer>) {
    this.files = new Map([...files].map(([name, bytes]) => [name, Buffer.from(bytes)]));
  }

  static async read(folder: string): Promise<RunCopy> {
    const files = new Map<string, Buffer>();
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      files.set(path.slice(folder.length + 1), await readFile(path));
    }
    return new RunCopy(files);
  }

  text(name: string): string {
    return this.files.get(name)!.toString('utf8');
  }

  set(name: string, content: string | Buffer): void {
    this.files.set(name, Buffer.from(content));
  }

  edit(name: string, change: (text: string) => string): void {
    const text = this.text(name);
    const changed = change(text);
    if (changed === text) throw new Error(`${name}: the change changes nothing`);
    this.set(name, changed);
  }

  lines(name = 'audit.jsonl'): string[] {
    return this.text(name).split('\n').slice(0, -1);
  }

  setLines(lines: readonly string[], name = 'audit.jsonl'): void {
    this.set(name, lines.map((line) => `${line}\n`).join(''));
  }

  // biome-ignore lint/suspicious/noExplicitAny: an attacker writes what they like.
  json(name: string): any {
    return JSON.parse(this.text(name));
  }

  async write(parent: string): Promise<string> {
    const folder = await mkdtemp(join(parent, 'run-'));
    for (const [name, bytes] of this.files) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), bytes);
    }
    for (const [name, target] of this.links) {
      await rm(join(folder, name), { force: true, recursive: true });
      await symlink(target, join(folder, name));
    }
    return folder;
  }

  /** What can be read of the log. */
  entries(): Entry[] {
    return this.lines().flatMap((line) => {
      try {
        const entry = JSON.parse(line);
        // What has no form in canonical JSON cannot be chained.
        canonicalJson(entry);
        return typeof entry?.event === 'string' && typeof entry.data === 'object' ? [entry] : [];
      } catch {
        return [];
      }
    });
  }

  /** The log of these entries with every hash made to fit: of the lines, of the files as they are, of the seal. */
  async rechain(entries: readonly Entry[] = this.entries(), signer?: NoteSigner): Promise<void> {
    const shaOf = (name: string) => hash('sha256', this.files.get(name) ?? '');
    const explained = new Map(
      (this.files.has('explanations.jsonl') ? this.lines('explanations.jsonl') : []).map((line) => [
        /"decision_id":"(\w+)"}$/.exec(line)?.[1],
        hash('sha256', line),
      ]),
    );
    let text = '';
    const log = new AuditLog((line) => {
      text += line;
    });
    const append = (entry: Entry) => log.append(entry as unknown as Parameters<AuditLog['append']>[0]);
    for (const { event, actor, subject, data } of entries) {
      if (event === 'sealed') continue;
      const own = { ...data };
      if (event === 'flagged') own.sha256 = explained.get(own.decision_id) ?? own.sha256;
      if (event === 'scored') own.sha256 = shaOf('decisions.parquet');
      if (event === 'rejected') own.sha256 = shaOf('rejects.csv');
      if (event === 'run_started') own.card = shaOf('model/card.json');
      append({ event, actor: String(actor), subject: String(subject), data: own });
    }
    const listed = entries.findLast(({ event }) => event === 'sealed')?.data.files ?? {};
    const files = Object.fromEntries(
      Object.keys(listed).flatMap((name) => {
        if (this.files.has(name)) return [[name, shaOf(name)]];
        return RUN_NAMES.test(name) ? [] : [[name, listed[name]]];
      }),
    );
    log.seal('assay', entries[0]?.subject ?? '', files);
    this.set('audit.jsonl', text);
    await this.reseal(log, entries[0]?.data.domain ?? '', signer);
  }

  async reseal(log: AuditLog, domain: string, signer?: NoteSigner): Promise<void> {
    const { head, entries, tree } = log;
    let was: Partial<Seal> = {};
    try {
      was = this.json('seal.json');
    } catch {}
    const { sealed_at = '2025-06-01T00:00:00.000Z', by = 'assay score', versions = {} } = was;
    const seal = makeSeal({ head, entries, root: formatBase64(tree.root), sealed_at, by, versions });
    this.set('seal.json', seal);
    if (signer === undefined) return;
    const origin = runOrigin(signer.key.name, domain, head);
    this.set('checkpoint', await signCheckpoint(signer, origin, tree, seal));
  }
}
