/** The command line as commander knows it: every command's arguments and options, each command in a file of its own. */
import { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { UsageError } from '../errors.ts';
import { nearestWord } from '../packs/nearest-word.ts';

const examples = `
Examples:
  $ assay train --domain finance --data payments.csv --out model
  $ assay score --domain finance --model model --data june.csv --out run
  $ assay explain --run run --record T00056338
  $ assay verify run
  $ assay replay --run run --record T00056338

Against a deployed stack (docs/deploy.md):
  $ assay drop --domain finance june.csv --follow
  $ assay flags --open --domain finance
  $ assay flag 3f5a…
  $ assay drops download d-5f0c… --out run
  $ assay review 3f5a… --verdict true_positive --reason "Paid to a company that was dissolved"
  $ assay labels may.csv --domain finance --follow
  $ assay retrain --domain finance --follow
  $ assay models --domain finance
  $ assay stop --domain finance --reason "Flags three times as many as yesterday"
  $ assay audit verify --domain finance

Exit codes: 0 done, 1 failed, 2 bad usage, 3 done but most records were rejected; of verify, audit verify also 4 incomplete,
5 unsigned. Every command takes --json.`;

/** Each command's file brings what it stands on; only that of the command asked for is loaded. */
const commands: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  train: async () => (await import('./train-command.ts')).addTrain,
  score: async () => (await import('./score-command.ts')).addScore,
  explain: async () => (await import('./explain-command.ts')).addExplain,
  report: async () => (await import('./report-command.ts')).addReport,
  verify: async () => (await import('./verify-command.ts')).addVerify,
  draft: async () => (await import('./draft-command.ts')).addDraft,
  dossier: async () => (await import('./dossier-command.ts')).addDossier,
  evidence: async () => (await import('./evidence-command.ts')).addEvidence,
  replay: async () => (await import('./replay-command.ts')).addReplay,
  model: async () => (await import('./model-command.ts')).addModel,
  bom: async () => (await import('./bom-command.ts')).addBom,
  features: async () => (await import('./features-command.ts')).addFeatures,
  import: async () => (await import('./import-command.ts')).addImport,
  domain: async () => (await import('./domain-command.ts')).addDomain,
  explore: async () => (await import('./explore-command.ts')).addExplore,
  drop: async () => (await import('./drop-command.ts')).addDrop,
  drops: async () => (await import('./drops-command.ts')).addDrops,
  flags: async () => (await import('./flags-command.ts')).addFlags,
  cases: async () => (await import('./cases-command.ts')).addCases,
  case: async () => (await import('./case-command.ts')).addCase,
  flag: async () => (await import('./flag-command.ts')).addFlag,
  review: async () => (await import('./review-command.ts')).addReview,
  reviews: async () => (await import('./reviews-command.ts')).addReviews,
  blind: async () => (await import('./blind-command.ts')).addBlind,
  labels: async () => (await import('./labels-command.ts')).addLabels,
  rates: async () => (await import('./rates-command.ts')).addRates,
  retrain: async () => (await import('./retrain-command.ts')).addRetrain,
  keys: async () => (await import('./keys-command.ts')).addKeys,
  proof: async () => (await import('./proof-command.ts')).addProof,
  witness: async () => (await import('./witness-command.ts')).addWitness,
  audit: async () => (await import('./audit-command.ts')).addAudit,
  metrics: async () => (await import('./metrics-command.ts')).addMetrics,
  models: async () => (await import('./models-command.ts')).addModels,
  subject: async () => (await import('./subject-command.ts')).addSubject,
  'subject-keys': async () => (await import('./subject-keys-command.ts')).addSubjectKeys,
  erase: async () => (await import('./erase-command.ts')).addErase,
  erasures: async () => (await import('./erasures-command.ts')).addErasures,
  hold: async () => (await import('./hold-command.ts')).addHold,
  reveal: async () => (await import('./reveal-command.ts')).addReveal,
  stop: async () => (await import('./stop-command.ts')).addStop,
  resume: async () => (await import('./stop-command.ts')).addResume,
  stops: async () => (await import('./stop-command.ts')).addStops,
};

/** The program that takes these words: with the command that they name, or with all where they name none to look among. */
export async function buildProgram(argv: readonly string[]): Promise<Command> {
  const first = argv[0] ?? '';
  const isVersion = first === '--version' || first === '-V';
  const names = Object.hasOwn(commands, first) ? [first] : isVersion ? [] : Object.keys(commands);
  const program = new Command('assay')
    .description(
      'From a CSV to flags, each with reasons that add up to its score; trained, explained, verifiable.',
    )
    .version(manifest.version)
    .addHelpText('after', examples);
  for (const name of names) (await commands[name]!())(program);
  throwUsageErrors(program);
  return program;
}

/** Throws a UsageError for an option that is not known: a mistyped one is named before the ones that are then missing. */
export function checkOptions(program: Command, argv: readonly string[]): void {
  let command = program;
  for (const word of argv) {
    if (!word.startsWith('--')) command = command.commands.find((child) => child.name() === word) ?? command;
  }
  // Where a subcommand is still to be named, that is what is missing.
  if (command.commands.length > 0) {
    if (command.parent !== null) checkSubcommand(command, argv[argv.indexOf(command.name()) + 1]);
    return;
  }
  const known = ['--help', ...command.options.map((option) => option.long ?? '')];
  for (const word of argv) {
    const name = word.split('=')[0]!;
    if (!name.startsWith('--') || name === '--' || known.includes(name)) continue;
    const nearest = nearestWord(name, known);
    throw new UsageError(`unknown option ${name}${nearest === null ? '' : `; did you mean ${nearest}?`}`);
  }
}

/** A command with a default would take the mistyped name of another for an argument of that. */
function checkSubcommand(command: Command, word: string | undefined): void {
  if (word === undefined || word.startsWith('-')) return;
  const names = command.commands.map((child) => child.name());
  const nearest = nearestWord(word, names);
  const hint = nearest === null ? `; expected ${names.join(', ')}` : `; did you mean ${nearest}?`;
  throw new UsageError(`unknown command '${word}'${hint}`);
}

/** Bad usage is thrown, not printed: one line, said in one place. */
function throwUsageErrors(command: Command): void {
  command
    .exitOverride()
    .showSuggestionAfterError(true)
    .allowExcessArguments(false)
    .helpCommand(command.parent === null)
    .configureOutput({ outputError: () => {} })
    .configureHelp({ sortSubcommands: false });
  for (const child of command.commands) throwUsageErrors(child);
}
