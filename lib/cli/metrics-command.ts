import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { DAY_MS, dayOf } from '../days.ts';
import { InputError, UsageError } from '../errors.ts';
import type { ModelCard } from '../models/card.ts';
import { limitOf } from '../monitoring/alarms.ts';
import type { MonitoringPoint } from '../monitoring/monitoring-point.ts';
import { alarmsOf } from '../monitoring/watch-domain.ts';
import { championOn } from '../registry/registry-state.ts';
import { inOrder } from '../report/monitored.ts';
import { renderMonitoringPage, type WatchedPoint } from '../report/monitoring-page.ts';
import type { LearningStack } from '../services/learning-stack.ts';
import { expectDomain } from './expect-domain.ts';
import { formatMetrics } from './format-metrics.ts';
import { dayOption, options } from './options.ts';
import { atLearningStack, awsHelp, type StackFlags, stackOptions } from './stack-options.ts';

interface MetricsFlags extends StackFlags {
  domain: string;
  model?: string;
  from?: string;
  to?: string;
  out?: string;
  json?: boolean;
}

const USUAL_DAYS = 90;

/** `assay metrics`: how the live models of a deployed stack do, day by day. */
export function addMetrics(program: Command): void {
  program
    .command('metrics')
    .description('figures of a deployed stack’s live models by day, each with its interval')
    .requiredOption('--domain <name>', 'whose models')
    .option('--model <version>', 'only of this one')
    .option('--from <day>', 'YYYY-MM-DD; without it, 90 days before the last', dayOption('--from'))
    .option('--to <day>', 'YYYY-MM-DD; without it, today', dayOption('--to'))
    .option('--out <file>', 'the figures over time as a page: charts with intervals and alarms')
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json())
    .addHelpText(
      'after',
      `\nExamples:\n  $ assay metrics --domain finance\n  $ assay metrics --domain finance --from 2026-01-01 --out metrics.html\n${awsHelp}`,
    )
    .action((flags: MetricsFlags) => atLearningStack(flags, (stack) => show(stack, flags)));
}

async function show(stack: LearningStack, flags: MetricsFlags): Promise<void> {
  const { domain, model, out, json } = flags;
  await expectDomain(stack, domain);
  const to = flags.to ?? dayOf(Date.now());
  const from = flags.from ?? dayOf(Date.parse(to) - USUAL_DAYS * DAY_MS);
  if (from > to) throw new UsageError(`--from ${from} is after ${to}`);
  const points = inOrder(await stack.metrics.range(domain, model ?? null, from, to));
  if (json === true) process.stdout.write(`${JSON.stringify({ items: points })}\n`);
  if (points.length === 0) {
    const sentence = `no figures of ${domain} from ${from} to ${to}: they are taken once a day`;
    if (out !== undefined) throw new InputError(sentence);
    if (json !== true) process.stdout.write(`${sentence}\n`);
    return;
  }
  const watched = await withAlarms(stack, domain, points);
  if (out !== undefined) {
    const { title } = (await stack.models.champion(domain)).pack;
    await writeFile(out, renderMonitoringPage({ domain, title, points: watched }));
  }
  const page = out === undefined ? '' : `page         ${out}\n`;
  if (json !== true) process.stdout.write(`${formatMetrics(watched)}${page}`);
}

/** What rang is computed again, from the figures and the models' cards. */
async function withAlarms(
  stack: LearningStack,
  domain: string,
  points: readonly MonitoringPoint[],
): Promise<WatchedPoint[]> {
  const registry = await stack.decisions.registry.read(domain);
  const present = (await stack.models.champion(domain)).card.version;
  const cards = new Map<string, ModelCard>();
  for (const version of new Set(points.map(({ model }) => model)))
    cards.set(version, (await stack.models.loadUnsigned(domain, version)).card);
  return points.map((point) => {
    const card = cards.get(point.model)!;
    const decides = (championOn(registry, point.day) ?? present) === point.model;
    return {
      ...{ point, decides, alarms: decides ? alarmsOf(point, card) : [] },
      limitOf: (figure) => limitOf(figure, card),
    };
  });
}
