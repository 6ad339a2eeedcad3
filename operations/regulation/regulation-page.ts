/** docs/regulation.md: the mapping of regulations as people read it. Pure. */

import type { Control, Regulation } from '../../lib/regulation/mapping.ts';
import { countOf } from '../../lib/report/format-number.ts';

const WIDTH = 100;
const STATUS = { full: 'Served', partial: 'Served in part', none: 'Not served' } as const;
const SOURCE = {
  published: 'the text in force, summarised from memory',
  secondary: '**secondary sources only**',
  draft: '**a draft, by secondary sources**',
} as const;

export function regulationPage(controls: readonly Control[]): string {
  const groups = Map.groupBy(controls, ({ regulation }) => regulation);
  return [
    head(controls),
    summary(groups),
    ...[...groups].map(([regulation, own]) => section(regulation, own)),
  ].join('\n');
}

function head(controls: readonly Control[]): string {
  return `# Regulations

Assay is **designed to support** the regulations below. No software makes anyone meet a regulation:
each control says what Assay does, what stays with you, and what is missing. The summaries are ours
and no legal advice; read the text of a regulation before you rely on a line of this page.

${wrap(
  `${countOf(controls.length, 'control')} with the tests that show what is claimed. A test of the project fails when a cited test is gone, renamed or skipped. This page is written by \`node bin/regulation.ts\` from \`operations/regulation/controls\`, as are [regulation.json](regulation.json) (an OSCAL component definition) and [regulation.catalog.json](regulation.catalog.json) (the catalog that it names).`,
)}

\`\`\`sh
npx vitest run --reporter=json --outputFile=results.json     # in the repository: the tests, and how they ended
npm run assay -- evidence                                    # the controls
npm run assay -- evidence --control cfr11-70 --results results.json --out evidence.json
\`\`\`

The bundle holds the control, what serves it, and for each cited test the hash of its file and its
last result; the command fails where one did not pass. \`--sign-key\` adds \`evidence.json.note\`, a
[signed note](audit.md#signed) over the lines \`assay-evidence/1\` and \`sha256 <of the bundle>\`.

The [threat model](threat-model.md) of the deployed stack cites tests in the same way.
`;
}

function summary(groups: ReadonlyMap<Regulation, readonly Control[]>): string {
  const count = (own: readonly Control[], status: Control['status']) =>
    own.filter((control) => control.status === status).length;
  const rows = [...groups].map(
    ([{ title, source, reviewed }, own]) =>
      `| [${title}](#${anchor(title)}) | ${SOURCE[source]} | ${reviewed} | ${own.length} | ${count(own, 'full')} | ${count(own, 'partial')} | ${count(own, 'none')} |`,
  );
  return `| regulation | known from | looked at | controls | served | in part | not |
| --- | --- | --- | ---: | ---: | ---: | ---: |
${rows.join('\n')}
`;
}

function section({ title, citation, note }: Regulation, controls: readonly Control[]): string {
  return `## ${title}\n\n${wrap(`${citation}. ${note}`)}\n\n${controls.map(control).join('\n')}`;
}

function control({
  id,
  where,
  asks,
  status,
  served,
  customer,
  missing,
  parts,
  tests,
  related,
}: Control): string {
  const by = parts.length > 0 ? ` by ${parts.map((part) => `\`${part}\``).join(', ')}` : '';
  const see = related.length > 0 ? ` See also ${related.map((one) => `\`${one}\``).join(', ')}.` : '';
  const lacking = missing === null ? '' : ` *Missing:* ${missing}`;
  const cited = tests.map(({ file, title }) => wrap(`\`${file}\` › ${escaped(title)}`, '- ', '  '));
  return `### \`${id}\` ${where}

${wrap(`*Asks:* ${asks}`)}

${wrap(`**${STATUS[status]}**${by}. ${served}${lacking}${see}`)}

${wrap(`*Yours:* ${customer}`)}
${cited.length > 0 ? `\n${cited.join('\n')}\n` : ''}`;
}

/** A paragraph in lines of at most 100 characters. */
function wrap(text: string, first = '', others = ''): string {
  const lines: string[] = [];
  let line = first;
  for (const word of text.split(/\s+/)) {
    const isEmpty = line === first || line === others;
    if (!isEmpty && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = others;
    }
    line +=
      line === first && lines.length === 0 ? word : line === others && lines.length > 0 ? word : ` ${word}`;
  }
  return [...lines, line].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll(/[<*_]/g, (sign) => `\\${sign}`);
}

function anchor(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} -]/gu, '')
    .replaceAll(' ', '-');
}
