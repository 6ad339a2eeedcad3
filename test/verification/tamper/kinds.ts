/**
 * The kinds of tampering, each with what it must be called: `<file>[ line <n>]: <kind>`, or several of which one will do. The names
 * are those of a list made by hand of what an attacker would try; those from `n01` on are ours.
 */
import { hash } from 'node:crypto';
import { canonicalJson } from '../../../lib/audit/canonical-json.ts';
import { secretKey } from '../../../lib/tlog/note-key.ts';
import type { Entry, RunCopy } from './run-copy.ts';

export interface Tampering {
  readonly tamper: (run: RunCopy, other: RunCopy) => void | Promise<void>;
  /** What one of the findings must be. */
  readonly found: RegExp;
  /** Only a signature shows it: what stands in the seal alone. */
  readonly needsSignature?: true;
}

const LOG = 'audit.jsonl';
/** The place of a flagged entry in the middle of the log. */
const AT = 7;

const log = (change: (lines: string[]) => string[], found: RegExp): Tampering => ({
  tamper: (run) => run.setLines(change(run.lines())),
  found,
});
const line = (at: number, change: (line: string) => string, kind = 'changed'): Tampering => ({
  tamper(run) {
    const lines = run.lines();
    const changed = change(lines[at]!);
    if (changed === lines[at]) throw new Error('the change changes nothing');
    run.setLines(lines.with(at, changed));
  },
  found: new RegExp(`^audit\\.jsonl line ${at + 1}: ${kind}$`),
});
const raw = (change: (bytes: Buffer) => Buffer, found: RegExp): Tampering => ({
  tamper: (run) => run.set(LOG, change(run.files.get(LOG)!)),
  found,
});

/** The line with its own hash made to fit, and the line after left as it is. */
function rehashed(text: string): string {
  const { hash: _, ...entry } = JSON.parse(text);
  const own = hash('sha256', canonicalJson(entry));
  return canonicalJson({ ...entry, hash: own });
}

const scoreChanged = (text: string) =>
  text.replace(/"score":0\.(\d)/, (_, digit) => `"score":0.${(Number(digit) + 1) % 10}`);

const LOG_KINDS: Record<string, Tampering> = {
  a01_change_score_digit: line(AT, scoreChanged),
  a02_delete_line: log((lines) => lines.toSpliced(AT, 1), /^audit\.jsonl line 8: dropped$/),
  a03_delete_first: log((lines) => lines.slice(1), /^audit\.jsonl line 1: dropped$/),
  a04_delete_last: log((lines) => lines.slice(0, -1), /^audit\.jsonl line \d+: truncated$/),
  a05_truncate_tail_10: log((lines) => lines.slice(0, -10), /^audit\.jsonl line \d+: truncated$/),
  a06_truncate_mid_line: raw((bytes) => bytes.subarray(0, -60), /^audit\.jsonl line \d+: truncated$/),
  a07_swap_neighbours: log(
    (lines) => lines.with(AT, lines[AT + 1]!).with(AT + 1, lines[AT]!),
    /^audit\.jsonl line [89]: reordered$/,
  ),
  a08_swap_far: log(
    (lines) => lines.with(5, lines[12]!).with(12, lines[5]!),
    /^audit\.jsonl line (6|13): reordered$/,
  ),
  a09_duplicate_line: log(
    (lines) => lines.toSpliced(AT, 0, lines[AT]!),
    /^audit\.jsonl line [89]: duplicate$/,
  ),
  a10_duplicate_at_end: log((lines) => [...lines, lines[AT]!], /^audit\.jsonl line \d+: duplicate$/),
  a11_insert_forged_line: log(
    (lines) => lines.toSpliced(AT, 0, rehashed(scoreChanged(lines[AT]!))),
    /^audit\.jsonl line [89]: inserted$/,
  ),
  a12_move_far: log(
    (lines) => lines.toSpliced(5, 1).toSpliced(12, 0, lines[5]!),
    /^audit\.jsonl line 13: reordered$/,
  ),
  a13_reverse_all: log((lines) => lines.toReversed(), /^audit\.jsonl line \d+: reordered$/),
  a14_whitespace_in_line: line(AT, (text) => text.replace('"data":', '"data": ')),
  a15_trailing_space: line(AT, (text) => `${text} `),
  a16_crlf_one: line(AT, (text) => `${text}\r`),
  a17_crlf_all: log((lines) => lines.map((text) => `${text}\r`), /^audit\.jsonl line 1: changed$/),
  a18_bom: line(0, (text) => `\ufeff${text}`),
  a19_no_final_lf: raw((bytes) => bytes.subarray(0, -1), /^audit\.jsonl line \d+: changed$/),
  a20_extra_lf_end: raw(
    (bytes) => Buffer.concat([bytes, Buffer.from('\n')]),
    /^audit\.jsonl line \d+: inserted$/,
  ),
  a21_blank_line_mid: log((lines) => lines.toSpliced(AT, 0, ''), /^audit\.jsonl line 8: inserted$/),
  a22_number_format_exponent: line(AT, (text) => text.replace(/"score":0\.(\d+)/, '"score":0$1e-9')),
  a23_number_trailing_zero: line(AT, (text) => text.replace(/"score":([\d.]+)/, '"score":$10')),
  a24_unicode_escape: line(AT, (text) => text.replace('"assay"', '"\\u0061ssay"')),
  a25_key_order: line(AT, (text) => text.replace(/^{("actor":"assay"),(.*)}$/, '{$2,$1}')),
  a26_duplicate_key: line(AT, (text) => text.replace('"actor"', '"actor":"x","actor"')),
  a27_add_member: line(AT, (text) => text.replace('{"actor"', '{"a":1,"actor"')),
  a28_own_hash_fixed_only: line(AT, (text) => rehashed(scoreChanged(text))),
  a29_rechain_no_seal_update: {
    async tamper(run) {
      const seal = run.text('seal.json');
      const [first, ...entries] = run.entries();
      await run.rechain([{ ...first!, data: { ...first!.data, threshold: 0.9 } }, ...entries]);
      run.set('seal.json', seal);
    },
    found: /^audit\.jsonl line \d+: rewritten$/,
  },
  a30_nul_byte: line(AT, (text) => `${text.slice(0, 20)}\0${text.slice(20)}`),
  a31_invalid_utf8: raw((bytes) => {
    const at = bytes.indexOf('"flagged"');
    return Buffer.concat([bytes.subarray(0, at), Buffer.of(0xff), bytes.subarray(at)]);
  }, /^audit\.jsonl line \d+: changed$/),
  a32_empty_file: raw(() => Buffer.alloc(0), /^audit\.jsonl line \d+: truncated$/),
  a33_append_after_seal: log((lines) => {
    const { hash: prev, seq } = JSON.parse(lines.at(-1)!);
    const { hash: _, ...entry } = JSON.parse(lines[AT]!);
    return [...lines, rehashed(canonicalJson({ ...entry, prev, seq: seq + 1, hash: prev }))];
  }, /^audit\.jsonl line \d+: inserted$/),
  a34_threshold_changed_in_start: line(0, (text) => text.replace(/"threshold":[\d.]+/, '"threshold":0.9')),
  a35_model_name_changed: line(0, (text) => text.replace(/"model":"\w/, '"model":"z')),
  a36_input_hash_changed: line(0, (text) =>
    text.replace(/("sha256":")(.)/, (_, start, digit) => `${start}${digit === '0' ? '1' : '0'}`),
  ),
};

const seal = (change: object, found: RegExp, needsSignature?: true): Tampering => ({
  tamper: (run) =>
    run.set('seal.json', `${JSON.stringify({ ...run.json('seal.json'), ...change }, null, 2)}\n`),
  found,
  ...(needsSignature && { needsSignature }),
});
const SEAL_CHANGED = /^seal\.json: changed$/;
const REWRITTEN = /^audit\.jsonl line \d+: rewritten$/;

const SEAL_KINDS: Record<string, Tampering> = {
  s01_seal_head: seal({ head: 'a'.repeat(64) }, REWRITTEN),
  s02_seal_entries: seal({ entries: 3 }, REWRITTEN),
  s03_seal_time_backdated: seal({ sealed_at: '2024-01-01T00:00:00.000Z' }, SEAL_CHANGED, true),
  s04_seal_by: seal({ by: 'someone else' }, SEAL_CHANGED, true),
  s05_seal_versions: seal({ versions: { assay: '9.9.9' } }, SEAL_CHANGED, true),
  s06_seal_removed: remove('seal.json'),
  s07_seal_of_other_run: {
    tamper: (run, other) => run.set('seal.json', other.text('seal.json')),
    found: REWRITTEN,
  },
  s08_seal_empty: { tamper: (run) => run.set('seal.json', ''), found: /^seal\.json: malformed$/ },
  s09_audit_and_seal_of_other_run: {
    tamper(run, other) {
      run.set(LOG, other.text(LOG));
      run.set('seal.json', other.text('seal.json'));
    },
    found: /^decisions\.parquet: changed$/,
  },
  s10_seal_extra_member: seal({ approved: true }, /^seal\.json: unknown$/),
};

function remove(name: string): Tampering {
  return {
    tamper: (run) => {
      run.files.delete(name);
    },
    found: new RegExp(`^${name.replaceAll('.', '\\.')}: missing$`),
  };
}

const CHANGEABLE = [
  ...['decisions.parquet', 'explanations.jsonl', 'flagged_risks.csv', 'records.parquet', 'rejects.csv'],
  ...['rule_hits.csv', 'summary.json', 'report.html', 'report.json', 'model/model.onnx', 'model/card.json'],
];

function flipBit(bytes: Buffer, at: number): Buffer {
  const flipped = Buffer.from(bytes);
  flipped[at] = flipped[at]! ^ 1;
  return flipped;
}

const FILE_KINDS: Record<string, Tampering> = Object.fromEntries(
  CHANGEABLE.flatMap((name) => {
    const short = name.replace('/', '_');
    const found = new RegExp(`^${name.replaceAll('.', '\\.')}: changed$`);
    const change = (by: (bytes: Buffer, other: Buffer) => Buffer): Tampering => ({
      tamper: (run, other) => run.set(name, by(run.files.get(name)!, other.files.get(name)!)),
      found,
    });
    return [
      [`f_bit_${short}`, change((bytes) => flipBit(bytes, bytes.length >> 1))],
      [`f_append_lf_${short}`, change((bytes) => Buffer.concat([bytes, Buffer.from('\n')]))],
      [`f_remove_${short}`, remove(name)],
      [`f_from_other_run_${short}`, change((_, other) => other)],
    ];
  }),
);

/** In what the plot shows, which stands in no other file: where the middle lies depends on the model. */
FILE_KINDS['f_bit_report.json'] = {
  tamper: (run) => {
    const bytes = run.files.get('report.json')!;
    const name = '"source":"';
    run.set('report.json', flipBit(bytes, bytes.indexOf(name, bytes.indexOf('"beeswarm"')) + name.length));
  },
  found: /^report\.json: changed$/,
};

const OF_SEAL: Record<string, Tampering> = {
  'f_bit_seal.json': {
    tamper: (run) => run.set('seal.json', flipBit(run.files.get('seal.json')!, 45)),
    found: /^(audit\.jsonl line \d+: rewritten|seal\.json: malformed)$/,
  },
  'f_append_lf_seal.json': {
    tamper: (run) => run.edit('seal.json', (text) => `${text}\n`),
    found: /^seal\.json: unknown$/,
  },
  'f_remove_seal.json': remove('seal.json'),
};

const explanations = (change: (lines: string[]) => string[], found: RegExp): Tampering => ({
  tamper: (run) => run.setLines(change(run.lines('explanations.jsonl')), 'explanations.jsonl'),
  found,
});

const CONTENT_KINDS: Record<string, Tampering> = {
  x01_drop_explanation: explanations((lines) => lines.toSpliced(2, 1), /^explanations\.jsonl: dropped$/),
  x02_edit_words: explanations(
    (lines) => lines.with(2, lines[2]!.replace('"words":"The', '"words":"An')),
    /^explanations\.jsonl line 3: changed$/,
  ),
  x03_swap_explanations: explanations(
    (lines) => lines.with(1, lines[2]!).with(2, lines[1]!),
    /^explanations\.jsonl line 3: reordered$/,
  ),
  x04_dup_explanation: explanations(
    (lines) => lines.toSpliced(2, 0, lines[2]!),
    /^explanations\.jsonl line 4: duplicate$/,
  ),
  x05_unicode_nfd: explanations(
    (lines) => lines.map((text) => text.normalize('NFD')),
    /^explanations\.jsonl line \d+: changed$/,
  ),
  x06_explanations_crlf: explanations(
    (lines) => lines.map((text) => `${text}\r`),
    /^explanations\.jsonl line 1: changed$/,
  ),
  x07_explanations_bom: explanations(
    (lines) => lines.with(0, `\ufeff${lines[0]}`),
    /^explanations\.jsonl line 1: changed$/,
  ),
  c01_add_flag_to_csv: {
    tamper: (run) =>
      run.edit(
        'flagged_risks.csv',
        (text) => `${text}${text.split('\n')[1]!.replace(/\w{32}$/, 'f'.repeat(32))}\n`,
      ),
    found: /^flagged_risks\.csv: changed$/,
  },
  c02_remove_flag_from_csv: {
    tamper: (run) => run.setLines(run.lines('flagged_risks.csv').toSpliced(2, 1), 'flagged_risks.csv'),
    found: /^flagged_risks\.csv: changed$/,
  },
  m01_card_threshold: {
    tamper: (run) => run.edit('model/card.json', (text) => text.replace(/("value": 0\.)(\d)/, '$19')),
    found: /^model\/card\.json: changed$/,
  },
  m02_report_html_counts: {
    tamper: (run) => run.edit('report.html', (text) => text.replace(/\d+ scored/, '9999 scored')),
    found: /^report\.html: changed$/,
  },
  m03_summary_counts: {
    tamper: (run) => run.edit('summary.json', (text) => text.replace(/"flagged":\d+/, '"flagged":1')),
    found: /^summary\.json: changed$/,
  },
  m04_extra_file: { tamper: (run) => run.set('notes.txt', 'x'), found: /^notes\.txt: extra$/ },
  m05_all_sealed_files_removed: {
    tamper(run) {
      for (const name of CHANGEABLE) run.files.delete(name);
    },
    found: /^decisions\.parquet: missing$/,
  },
  m06_file_to_symlink: {
    tamper: (run) => {
      run.links.set('rejects.csv', '/dev/zero');
    },
    found: /^rejects\.csv: unsafe$/,
  },
};

/** The log with an entry or a file changed, and every hash made to fit: found by what other files say. */
const rechained = (change: (run: RunCopy, entries: Entry[]) => Entry[], found: RegExp): Tampering => ({
  async tamper(run) {
    await run.rechain(change(run, run.entries()));
  },
  found,
});
const edited = (entries: Entry[], event: string, change: object): Entry[] =>
  entries.map((entry) => (entry.event === event ? { ...entry, data: { ...entry.data, ...change } } : entry));

const CHAINED_KINDS: Record<string, Tampering> = {
  g01_rechain_drop_flag_everywhere_but_parquet: rechained((run, entries) => {
    const hidden = entries.findIndex(({ event }) => event === 'flagged');
    const { decision_id: id } = entries[hidden]!.data;
    for (const name of ['explanations.jsonl', 'flagged_risks.csv', 'rule_hits.csv'])
      run.setLines(
        run.lines(name).filter((text) => !text.includes(id)),
        name,
      );
    const flagged = run.json('summary.json').flagged - 1;
    run.edit('summary.json', (text) => text.replace(/"flagged":\d+/, `"flagged":${flagged}`));
    const report = run.json('report.json');
    report.scoring.flagged = flagged;
    report.scoring.flags = report.scoring.flags.filter(
      (flag: Entry['data']) => flag.explanation.decision_id !== id,
    );
    run.set('report.json', `${JSON.stringify(report)}\n`);
    return entries.toSpliced(hidden, 1);
  }, /^decisions\.parquet: mismatch$/),
  g02_rechain_csv_only_flag_removed: rechained((run, entries) => {
    run.setLines(run.lines('flagged_risks.csv').toSpliced(2, 1), 'flagged_risks.csv');
    return entries;
  }, /^flagged_risks\.csv: mismatch$/),
  g03_rechain_scored_count_wrong: rechained(
    (_, entries) => edited(entries, 'scored', { count: 12 }),
    /^decisions\.parquet: mismatch$/,
  ),
  g04_rechain_rejects_emptied: rechained((run, entries) => {
    run.setLines(run.lines('rejects.csv').slice(0, 1), 'rejects.csv');
    return entries;
  }, /^rejects\.csv: mismatch$/),
  g05_rechain_words_changed: rechained((run, entries) => {
    run.edit('explanations.jsonl', (text) => text.replace('"words":"The', '"words":"An'));
    return entries;
  }, /^(report\.json|flagged_risks\.csv line \d+): mismatch$/),
  g06_rechain_threshold_up: rechained(
    (_, entries) => edited(entries, 'run_started', { threshold: 0.9 }),
    /^explanations\.jsonl line 1: mismatch$/,
  ),
  g07_rechain_sealed_without_decisions: rechained((_, entries) => {
    const { 'decisions.parquet': __, ...files } = entries.at(-1)!.data.files;
    return edited(entries, 'sealed', { files });
  }, /^decisions\.parquet: unsealed$/),
  g08_rechain_unknown_event: rechained(
    (_, entries) => entries.toSpliced(AT, 0, { event: 'absolved', actor: 'x', subject: 'x', data: {} }),
    /^audit\.jsonl line 8: unknown$/,
  ),
  g09_rechain_sum: rechained((run, entries) => {
    run.edit('explanations.jsonl', (text) =>
      text.replace(/"base":0\.(\d)/, (_, digit) => `"base":0.${(+digit + 1) % 10}`),
    );
    return entries;
  }, /^explanations\.jsonl line 1: sum$/),
  g10_rechain_summary: rechained((run, entries) => {
    run.edit('summary.json', (text) => text.replace(/"received":\d+/, '"received":7'));
    return entries;
  }, /^summary\.json: mismatch$/),
  g11_rechain_report_flag: rechained((run, entries) => {
    run.edit('report.json', (text) => text.replace('"words":"The', '"words":"An'));
    return entries;
  }, /^report\.json: mismatch$/),
  g12_rechain_rule_hit_removed: rechained((run, entries) => {
    run.setLines(run.lines('rule_hits.csv').toSpliced(1, 1), 'rule_hits.csv');
    return entries;
  }, /^(report\.json|rule_hits\.csv): mismatch$/),
  g13_rechain_other_model: {
    async tamper(run, other) {
      for (const name of ['model/card.json', 'model/model.onnx']) run.set(name, other.files.get(name)!);
      await run.rechain();
    },
    found: /^model\/card\.json: mismatch$/,
  },
  g14_rechain_flag_order: rechained((run, entries) => {
    const lines = run.lines('flagged_risks.csv');
    run.setLines(lines.with(1, lines.at(-1)!).with(-1, lines[1]!), 'flagged_risks.csv');
    return entries;
  }, /^flagged_risks\.csv line \d+: mismatch$/),
};

const named = (name: string, kind: string): Tampering =>
  rechained(
    (_, entries) =>
      edited(entries, 'sealed', { files: { ...entries.at(-1)!.data.files, [name]: 'a'.repeat(64) } }),
    new RegExp(`^audit\\.jsonl line \\d+: ${kind}$`),
  );

/** Names and texts that are made to lead a verifier astray. */
const HOSTILE_KINDS: Record<string, Tampering> = {
  n01_name_climbs: named('../../../../dev/zero', 'unsafe'),
  n02_name_absolute: named('/dev/zero', 'unsafe'),
  n03_name_nul: named('a\0b', 'unsafe'),
  n04_name_other_case: named('Decisions.parquet', 'unknown'),
  n05_name_backslash: named('..\\seal.json', 'unsafe'),
  n06_name_of_model_folder: named('model/../seal.json', 'unsafe'),
  n07_name_terminal_escape: named('\u001b[2J', 'unsafe'),
  n08_file_other_case: {
    tamper: (run) => run.set('Summary.json', run.text('summary.json')),
    found: /^Summary\.json: extra$/,
  },
  n09_model_folder_is_link: {
    tamper: (run) => {
      run.links.set('model', '/tmp');
    },
    found: /^model: unsafe$/,
  },
  n10_log_is_link: {
    tamper: (run) => {
      run.links.set(LOG, '/dev/zero');
    },
    found: /^audit\.jsonl: unsafe$/,
  },
  n11_number_beyond_bounds: line(AT, (text) => text.replace(/"score":[\d.]+/, '"score":1e999')),
  n12_nested_by_the_thousand: line(AT, (text) =>
    text.replace(/"score":[\d.]+/, `"score":${'['.repeat(50_000)}${']'.repeat(50_000)}`),
  ),
  n13_proto_member: line(AT, (text) => text.replace('"data":{', '"data":{"__proto__":{"score":1},')),
  n14_lone_surrogate: line(AT, (text) => text.replace('"actor":"assay"', '"actor":"\\ud800"')),
};

const other = secretKey('example.org/assay', 'ed25519', Buffer.alloc(32, 9));

/** Of the checkpoint: found where a key is given. */
const CHECKPOINT_KINDS: Record<string, Tampering> = {
  k01_checkpoint_bit: {
    tamper: (run) => run.set('checkpoint', flipBit(run.files.get('checkpoint')!, 12)),
    found: /^checkpoint: (forged|malformed|mismatch|other key)$/,
  },
  k02_checkpoint_removed: {
    tamper: (run) => {
      run.files.delete('checkpoint');
    },
    found: /^checkpoint: unsigned$/,
  },
  k03_checkpoint_of_other_run: {
    tamper: (run, from) => run.set('checkpoint', from.text('checkpoint')),
    found: /^checkpoint: rewritten$/,
  },
  k04_signed_by_other_key: {
    tamper: (run) => run.rechain(run.entries(), other),
    found: /^checkpoint: other key$/,
  },
  k06_checkpoint_signed_twice: {
    tamper: (run) => {
      const note = run.text('checkpoint');
      run.set('checkpoint', `${note}${note.slice(note.lastIndexOf('\n\n') + 2)}`);
    },
    found: /^checkpoint: duplicate$/,
  },
  k05_checkpoint_empty: { tamper: (run) => run.set('checkpoint', ''), found: /^checkpoint: malformed$/ },
};

export const TAMPERINGS: Readonly<Record<string, Tampering>> = {
  ...LOG_KINDS,
  ...SEAL_KINDS,
  ...FILE_KINDS,
  ...OF_SEAL,
  ...CONTENT_KINDS,
  ...CHAINED_KINDS,
  ...HOSTILE_KINDS,
};
/** Whose finding may depend on whether the run is signed. */
export const UNSIGNED_TAMPERINGS: Readonly<Record<string, Tampering>> = {
  ...SEAL_KINDS,
  ...CHAINED_KINDS,
  ...HOSTILE_KINDS,
};
export const SIGNED_TAMPERINGS: Readonly<Record<string, Tampering>> = { ...TAMPERINGS, ...CHECKPOINT_KINDS };
