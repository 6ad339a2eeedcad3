/**
 * How fast the log of a domain is brought up to its chain: tiles and a signed checkpoint of acts that are chained, in memory. `node
 * test/bench/domain-log.ts [entries]`
 */
import { type AuditAct, GENESIS, writeEntry } from '../../lib/audit/audit-entry.ts';
import { extendLog } from '../../lib/audit/extend-log.ts';
import { secretKey } from '../../lib/tlog/note-key.ts';

const entries = Number(process.argv[2] ?? 100_000);
const signer = secretKey('bench.example/log', 'ed25519', Buffer.alloc(32, 1));
const objects = new Map<string, Buffer>();
let bytes = 0;

const chained = performance.now();
const lines: { readonly line: string }[] = [];
let prev = GENESIS;
for (let seq = 0; seq < entries; seq++) {
  const data = { entries: 1042, head: 'f'.repeat(64), root: 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=' };
  const act: AuditAct = {
    event: 'drop_sealed',
    actor: 'assay',
    subject: `d-${seq}`,
    at: '2026-03-01T00:00:00.000Z',
    data,
  };
  const { line, hash } = writeEntry(act, seq, prev);
  lines.push({ line });
  prev = hash;
}
const began = performance.now();
await extendLog(
  {
    lines: async (_, from, max) => lines.slice(from, from + max),
    takeDue: async () => 0,
    stored: {
      list: async (prefix) => [...objects.keys()].filter((key) => key.startsWith(prefix)).sort(),
      readBytes: async (key) => objects.get(key) ?? null,
    },
    put: async (key, content) => {
      bytes += content.length;
      objects.set(key, Buffer.from(content));
    },
    signer: async () => signer,
  },
  'bench',
);
const seconds = (performance.now() - began) / 1000;
const rate = (over: number) => Math.round(entries / over).toLocaleString('en-US');
process.stdout.write(
  `${entries.toLocaleString('en-US')} entries: chained ${rate((began - chained) / 1000)}/s, put under a checkpoint ${rate(seconds)}/s; ` +
    `${objects.size} objects, ${(bytes / entries).toFixed(0)} bytes an entry\n`,
);
