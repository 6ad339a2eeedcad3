/**
 * `npm start`: what Assay does, seen once through for each shipped domain. Trains on the sample, scores a newer file
 * with the sample as its past, prints the flags with their reasons and names the files.
 */
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommandLine } from '../lib/cli/program.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'out', 'tour');
const inWords: Readonly<Record<string, string>> = {
  finance: 'payments watched for money laundering',
  pharma: 'process and audit-trail records watched for deviations',
};

await rm(out, { recursive: true, force: true });
for (const [domain, title] of Object.entries(inWords)) {
  const here = (name: string): string => relative(process.cwd(), join(out, domain, name));
  const sample = (name: string): string => relative(process.cwd(), join(root, 'samples', domain, name));
  const rates = domain === 'finance' ? ['--rates', sample('rates.csv')] : [];
  heading(`${domain}: ${title}`);
  await step([
    'train',
    '--domain',
    domain,
    '--data',
    sample('labelled.csv.gz'),
    ...rates,
    '--out',
    here('model'),
  ]);
  await step([
    ...['score', '--domain', domain, '--model', here('model'), '--data', sample('new.csv')],
    ...['--history', sample('labelled.csv.gz'), ...rates, '--out', here('run')],
  ]);
}

/** Each step is a command that anyone can type: it is shown, then run. */
async function step(argv: string[]): Promise<void> {
  process.stdout.write(`\n$ npm run assay -- ${argv.join(' ')}\n`);
  const code = await runCommandLine([...argv, '--threads', String(availableParallelism())]);
  if (code !== 0) process.exit(code);
}

function heading(text: string): void {
  process.stdout.write(`\n${text}\n${'─'.repeat(text.length)}\n`);
}
