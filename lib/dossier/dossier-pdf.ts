/** A dossier as people read it. Pure but for the font: the same dossier gives the same pages. */
import { listReasons } from '../decisions/reasons.ts';
import { formatCount, formatScore, formatSigned } from '../report/format-number.ts';
import type { Dossier, DossierFlag, DossierModel, DossierSubject } from './dossier.ts';
import { type PdfColumn, PdfWriter } from './pdf-writer.ts';

/** With all that is known of each; the others are a line of the list. */
const MAX_IN_FULL = 20;
const MAX_REASONS = 12;

const FACTS: readonly PdfColumn[] = [
  { head: 'Fact', width: 3, isRowHead: true },
  { head: 'Value', width: 9 },
];

export async function dossierPdf(dossier: Dossier, maxInFull = MAX_IN_FULL): Promise<Buffer> {
  const { subject, making, flags, models } = dossier;
  const title = `Evidence: ${formatSubject(subject)}`;
  const pdf = new PdfWriter({
    ...{ title, subject: `Flags of the domain ${subject.domain}`, author: making.made_by },
    createdAt: making.made_at,
    footer: `${title} · Assay ${making.version} · ${formatTime(making.made_at)}`,
  });
  pdf.heading(1, title);
  pdf.paragraph(introduction(dossier));
  writeFacts(pdf, summary(dossier));
  if (dossier.case !== null) writeCase(pdf, dossier.case);
  if (flags.length > 1) writeList(pdf, flags);
  const inFull = flags.slice(0, maxInFull);
  for (const flag of inFull) writeFlag(pdf, flag);
  if (inFull.length < flags.length)
    pdf.paragraph(
      `The other ${flags.length - inFull.length} flags are in dossier.json, with all that is known of them.`,
    );
  for (const model of models) writeModel(pdf, model);
  writeProof(pdf, dossier);
  return await pdf.end();
}

function formatSubject({ kind, domain, id, from, until }: DossierSubject): string {
  if (kind === 'period') {
    if (from === null && until === null) return `${domain}, all flags`;
    return `${domain}, ${from === null ? '' : `from ${formatTime(from)} `}${until === null ? 'on' : `until ${formatTime(until)}`}`;
  }
  const what = { flag: 'record', entity: 'entity', case: 'case' }[kind];
  return `${domain}, ${what} ${id ?? '(masked)'}`;
}

function introduction({ personal, flags }: Dossier): string {
  const masked =
    personal === 'masked'
      ? 'Personal data are masked.'
      : 'Personal data are shown: handle this document accordingly.';
  const many = flags.length === 1 ? 'one flag' : `${flags.length} flags`;
  return `This document gathers what is known of ${many}: the record, the reasons that add up to the score, what people decided, and the entries of the audit log that show it. A flag is a question to a person and no finding. ${masked}`;
}

function summary({ subject, making, flags }: Dossier): [string, string][] {
  return [
    ['Domain', subject.domain],
    ['Flags', String(flags.length)],
    ['Made', `${formatTime(making.made_at)} by ${making.made_by}, with Assay ${making.version}`],
  ];
}

function writeFacts(pdf: PdfWriter, facts: readonly (readonly [string, string])[]): void {
  pdf.table(
    FACTS,
    facts.map((cells) => ({ cells })),
  );
}

function writeCase(pdf: PdfWriter, one: NonNullable<Dossier['case']>): void {
  pdf.heading(2, `Case ${one.id}`);
  writeFacts(pdf, [
    ['Status', one.status],
    ['Opened', formatTime(one.opened_at)],
    ['Closed', one.closed_at === null ? 'not yet' : formatTime(one.closed_at)],
  ]);
  pdf.table(
    [
      { head: 'When', width: 4, isRowHead: true },
      { head: 'Act', width: 2 },
      { head: 'By', width: 4 },
      { head: 'Reason', width: 6 },
    ],
    one.history.map(({ at, act, by, reason = '–' }) => ({ cells: [formatTime(at), act, by, reason] })),
  );
  const { attachments = [] } = one;
  if (attachments.length === 0) return;
  pdf.heading(3, 'Attachments');
  pdf.table(
    [
      { head: 'Name', width: 4, isRowHead: true },
      { head: 'When', width: 3 },
      { head: 'By', width: 3 },
      { head: 'Bytes', width: 2, align: 'right' },
      { head: 'sha256', width: 6 },
    ],
    attachments.map(({ name, at, by, bytes, sha256 }) => ({
      cells: [name, formatTime(at), by, String(bytes), sha256],
    })),
  );
}

function writeList(pdf: PdfWriter, flags: readonly DossierFlag[]): void {
  pdf.heading(2, 'Flags, the most urgent first');
  pdf.table(
    [
      { head: 'Record', width: 4, isRowHead: true },
      { head: 'Time', width: 4 },
      { head: 'Entity', width: 3 },
      { head: 'Rule', width: 2 },
      { head: 'Score', width: 2, align: 'right' },
      { head: 'Status', width: 3 },
    ],
    flags.map(({ record_id, time, entity, severity, explanation, status }) => ({
      cells: [
        ...[record_id, formatTime(time), entity ?? '–', severity ?? '–'],
        ...[formatScore(explanation.score), formatStatus(status)],
      ],
    })),
  );
}

function writeFlag(pdf: PdfWriter, flag: DossierFlag): void {
  const { explanation, record_id, entity, time, severity, status, replayed } = flag;
  const { score, threshold, standing, model, pack } = explanation;
  pdf.heading(2, `Record ${record_id}`);
  writeFacts(pdf, [
    ['Entity', entity ?? '–'],
    ['Time', formatTime(time)],
    ['Score', `${score} (flagged from ${threshold} on)`],
    ...(standing === undefined ? [] : ([['Expect', standing.words]] as const)),
    ['Most severe rule', severity ?? 'none was met'],
    ['Status', formatStatus(status)],
    ['Decision', `${flag.flag}, by model ${model} and pack ${pack}`],
    ['Replayed', formatReplay(replayed)],
  ]);
  writeReasons(pdf, flag);
  if (explanation.rules.length > 0) {
    pdf.heading(3, 'Rules that it meets');
    pdf.table(
      [
        { head: 'Rule', width: 3, isRowHead: true },
        { head: 'Severity', width: 2 },
        { head: 'Why', width: 8 },
      ],
      explanation.rules.map(({ id, severity: one, words }) => ({ cells: [id, one, words] })),
    );
  }
  pdf.heading(3, 'The record');
  writeFacts(
    pdf,
    Object.entries(flag.record).map(([name, value]) => [name, formatRecordValue(value)]),
  );
  writeReviews(pdf, flag);
  writeEntries(pdf, flag);
}

function writeReasons(pdf: PdfWriter, { explanation }: DossierFlag): void {
  const { base, score, contributions, unexplained } = explanation;
  const reasons = listReasons(contributions);
  const shown = reasons.slice(0, MAX_REASONS);
  const rest = reasons.slice(MAX_REASONS);
  const largest = Math.max(...reasons.map(({ contribution }) => Math.abs(contribution)), Number.MIN_VALUE);
  const others = rest.reduce((sum, { contribution }) => sum + contribution, 0);
  pdf.heading(3, 'Reasons');
  pdf.table(
    [
      { head: 'Effect', width: 2, align: 'right' },
      { head: 'Lowers, raises', width: 3 },
      { head: 'Reason', width: 9, isRowHead: true, isPlain: true },
    ],
    [
      ...shown.map(({ contribution, words }) => ({
        cells: [formatSigned(contribution), '', words],
        bar: { column: 1, share: contribution / largest },
      })),
      ...(rest.length === 0
        ? []
        : [{ cells: [formatSigned(others), '', `${rest.length} smaller reasons together`] }]),
    ],
  );
  const gap =
    unexplained === undefined
      ? ''
      : ` ${formatSigned(unexplained)} is left unexplained: do not rely on the reasons.`;
  pdf.paragraph(
    `Starting from ${base}, what is expected of any record, all ${contributions.length} contributions add up to the score of ${score} exactly, in nine decimals.${gap}`,
    'muted',
  );
}

function writeReviews(pdf: PdfWriter, { reviews, status }: DossierFlag): void {
  pdf.heading(3, 'Reviews and signatures');
  if (reviews.length === 0) {
    pdf.paragraph(
      status === null ? 'Made from files, which hold no reviews.' : 'No one has reviewed the flag yet.',
    );
    return;
  }
  pdf.table(
    [
      { head: 'When, who', width: 5, isRowHead: true },
      { head: 'Verdict', width: 3 },
      { head: 'Reason', width: 6 },
      { head: 'Signature', width: 4 },
    ],
    reviews.map(({ at, by, by_name, verdict, kind, reason, note, signature, ...more }) => ({
      cells: [
        `${formatTime(at)}\n${by_name ?? by}`,
        `${verdict.replaceAll('_', ' ')}${kind === 'blind' ? ' (blind)' : ''}${more.unconfirmed === true ? ', to be confirmed' : ''}${more.withdrawnAt === undefined ? '' : `, withdrawn ${more.withdrawnAt}`}`,
        note === null ? reason : `${reason}\n${note}`,
        signature === undefined
          ? 'not signed'
          : `${signature.name}: ${signature.meaning}\n${more.signature_holds === true ? 'of this very record, by the log' : 'NOT of this record, by the log'}`,
      ],
    })),
  );
}

function writeEntries(pdf: PdfWriter, { entries }: DossierFlag): void {
  pdf.heading(3, 'In the audit log');
  if (entries.length === 0) {
    pdf.paragraph('Left out: ids of records are personal data here, and entries hold them.');
    return;
  }
  pdf.table(
    [
      { head: 'Entry', width: 1.6, align: 'right', isRowHead: true },
      { head: 'Event', width: 3.4 },
      { head: 'By', width: 3 },
      { head: 'Hash of the entry', width: 8, isCode: true },
    ],
    entries.map(({ seq, event, actor, actor_name, hash, at }) => ({
      cells: [
        String(seq),
        `${event}${at === undefined ? '' : `\n${formatTime(at)}`}`,
        actor_name ?? actor,
        hash,
      ],
    })),
  );
}

function writeModel(pdf: PdfWriter, model: DossierModel): void {
  const { version, algorithm, pack, trained, threshold, held_out, card_sha256, warnings } = model;
  pdf.heading(2, `The model ${version}`);
  writeFacts(pdf, [
    ['Kind', `${algorithm}, of the pack ${pack}`],
    [
      'Trained on',
      `${formatCount(trained.records)} labelled records, ${formatCount(trained.positives)} positive; dataset ${trained.dataset}`,
    ],
    ['Threshold of its card', String(threshold)],
    ['sha256 of its card', card_sha256],
    ...warnings.map((warning) => ['Warning', warning] as const),
  ]);
  if (held_out === null) {
    pdf.paragraph('How good it is on records that it never saw is not known.');
    return;
  }
  pdf.paragraph(
    `On ${formatCount(held_out.records)} held-out records (${formatCount(held_out.positives)} positive), which training never saw:`,
  );
  pdf.table(
    [
      { head: 'Figure', width: 4, isRowHead: true },
      { head: 'Value', width: 2, align: 'right' },
      { head: '95 % interval', width: 4, align: 'right' },
    ],
    held_out.figures.map(({ name, value, low, high }) => ({
      cells: [
        name,
        formatScore(value),
        low === null || high === null ? 'too little data' : `${formatScore(low)} to ${formatScore(high)}`,
      ],
    })),
  );
}

function writeProof(pdf: PdfWriter, { proof }: Dossier): void {
  pdf.heading(2, 'How to check this document');
  pdf.paragraph(
    'manifest.json lists the sha256 of each file of the folder that this document lies in. With Assay, offline: assay dossier verify FOLDER. It checks these hashes, that the log is unbroken and sealed, that each flag stands in it with these very reasons, and that the reasons add up.',
  );
  pdf.paragraph(
    proof === 'logs'
      ? 'Without Assay: docs/audit.md describes the log and checks it with sha256sum, or with thirty lines of Python. The sha256 of a line of explanations.jsonl stands in the entry “flagged” of its decision.'
      : 'The logs are left out: they hold ids of records, which are personal data here. A dossier with personal data shown has them.',
  );
}

function formatStatus(status: DossierFlag['status']): string {
  return status === null ? '–' : status.replaceAll('_', ' ');
}

/** To the second; the JSON has the rest. */
function formatTime(time: string | null): string {
  return time?.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/, '$1 $2 UTC') ?? '–';
}

function formatReplay(replayed: boolean | null): string {
  if (replayed === null) return 'not tried when this was made';
  return replayed
    ? 'yes: record, pack and model give this very decision again'
    : 'NO: record, pack and model give another decision';
}

function formatRecordValue(value: unknown): string {
  if (value === null || value === undefined) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
