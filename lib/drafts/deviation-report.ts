/** A deviation report (GMP) from a dossier: what the records show is written down, what only people can say is left open by name. */
import type { Dossier } from '../dossier/dossier.ts';
import { type Draft, type DraftSentence, reportedFlags } from './draft.ts';
import type { Facts } from './facts.ts';
import { narrate } from './narrative.ts';

/** By people, after an investigation: never from a model. */
const INVESTIGATED = [
  ['Immediate action', 'what was done at once, by whom'],
  ['Impact on product, patients and data', 'assessed by quality assurance'],
  ['Root cause', 'found by the investigation'],
  ['Corrective and preventive actions', 'with owners and dates'],
  ['Classification and disposition', 'minor, major or critical, and what becomes of the batch'],
  ['Closure', 'approved and signed by quality assurance'],
] as const;

export function deviationReport(dossier: Dossier, facts: Facts): Draft {
  const flags = reportedFlags(dossier);
  const sentences = narrate(flags);
  const known = (path: string, needs: string) => facts.need(path, needs) ?? `**TODO**: ${needs}`;
  const entities = [...new Set(flags.map(({ entity }) => entity ?? '–'))];
  const times = flags.map(({ time }) => time ?? '–');
  const head: [string, string][] = [
    ['Deviation number', known('number', 'the number in your quality system')],
    ['Site', known('site', 'site and department')],
    ['Product', known('product', 'product and strength')],
    ['Reported by', known('reported_by', 'name and function')],
    ['Batch or entity', entities.join(', ')],
    ['Records', flags.map(({ record_id }) => record_id).join(', ')],
    ['Time of the records', times.length === 1 ? times[0]! : `${times[0]} to ${times.at(-1)}`],
    [
      'Detected',
      `by the model ${dossier.models.map(({ version }) => version).join(', ')} and rules of the domain ${dossier.subject.domain}`,
    ],
  ];
  for (const [title, needs] of INVESTIGATED) facts.leaveOpen(title, needs);
  const text = [
    '# Deviation report (draft)\n',
    'Written by Assay from a dossier. A draft: people complete, judge and sign it.\n',
    `| | |\n| --- | --- |\n${head.map(([name, value]) => `| ${name} | ${cell(value)} |`).join('\n')}\n`,
    '## What the records show\n',
    `${sentences.map((one, at) => `${at + 1}. ${plain(one.text)}`).join('\n')}\n`,
    ...INVESTIGATED.map(([title, needs]) => `## ${title}\n\n**TODO**: ${needs}.\n`),
    '## Sources\n',
    `${sentences.map(formatSource).join('\n')}\n`,
  ].join('\n');
  return { name: 'deviation.md', text, sentences, open: facts.open };
}

function formatSource({ record_id, source, proof }: DraftSentence, at: number): string {
  return `${at + 1}. ${plain(record_id)}, ${source.kind} ${plain(source.name)}; ${proof.log}, entry ${proof.entry}`;
}

/** A text from a record is no markup. */
function plain(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>#|]/g, '\\$&').replaceAll(/\s+/g, ' ');
}

function cell(text: string): string {
  return text.startsWith('**TODO**') ? text : plain(text);
}
