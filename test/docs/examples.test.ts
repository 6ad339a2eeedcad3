/** The commands of the documentation, run in the order of their pages; what a page shows of their output is what they print. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readMapping } from '../../lib/regulation/mapping.ts';
import { PAGES as ALL_PAGES, type Block, readBlocks, where } from './blocks.ts';
import { assayWords, readCommands, splitWords } from './commands.ts';
import { PageFolder } from './page-folder.ts';
import { isAsShown } from './shown-output.ts';

const repository = process.cwd();
const { version } = JSON.parse(readFileSync('model-artifacts/finance/champion.json', 'utf8')) as {
  version: string;
};
const shipped = join(repository, 'model-artifacts/finance', version);

interface Page {
  /** What a reader brings, put there before the first command. */
  readonly prepare?: (folder: PageFolder) => Promise<void> | void;
  /** What a reader brings and this test does not. */
  readonly missing?: readonly string[];
  /** The heading whose commands come first. */
  readonly first?: string;
  /** Words that a reader replaces. */
  readonly replace?: Readonly<Record<string, () => Promise<string>>>;
}

let root: string;
const folderOf = (page: string): string => join(root, page.replaceAll(/\W/g, '-'));
/** `june.csv`, a reader's own file: the first records of the shipped sample. */
function writeJune(domain: string, folder: PageFolder, records: number): void {
  const lines = readFileSync(join(repository, 'samples', domain, 'new.csv'), 'utf8').split('\n');
  writeFileSync(join(folder.path, 'june.csv'), `${lines.slice(0, records + 1).join('\n')}\n`);
}

/** In this order: a page takes what an earlier one made. */
const PAGES: Readonly<Record<string, Page>> = {
  'README.md': {
    // The page shows first what its commands come to.
    first: 'A day with it, on files',
    prepare: (folder) => writeJune('pharma', folder, 300),
  },
  'docs/packs.md': {
    prepare: (folder) => {
      const [python] = readBlocks('docs/packs.md').filter(({ language }) => language === 'python');
      const yaml = readBlocks('docs/packs.md').find(({ text }) => text.startsWith('domain: expenses'))!;
      writeFileSync(join(folder.path, 'make_claims.py'), python!.text);
      writeFileSync(join(folder.path, 'expenses.yaml'), `${yaml.text}\n`);
      for (const name of ['bad.yaml', 'bad2.yaml'])
        writeFileSync(join(folder.path, name), readFileSync(join(repository, 'test/docs', name)));
    },
  },
  'docs/models.md': {
    missing: ['handbook-cards.yaml', 'payments.csv', 'claims.yaml', 'xgboost.onnx'],
    prepare: async (folder) => {
      for (const name of ['claims.csv', 'expenses.yaml']) await folder.take(folderOf('docs/packs.md'), name);
    },
  },
  'docs/audit.md': {
    prepare: (folder) => writeJune('finance', folder, 1_400),
    replace: {
      HASH: async () => (JSON.parse(await readFile('run/seal.json', 'utf8')) as { head: string }).head,
    },
  },
  'docs/dossiers.md': {
    missing: ['auditor.pub', 'finance.pub'],
    prepare: async (folder) => {
      await folder.take(folderOf('docs/audit.md'), 'run');
      const facts = readBlocks('docs/dossiers.md').filter(({ language }) => language === 'yaml');
      for (const [at, name] of ['filer.yaml', 'goaml.yaml'].entries())
        writeFileSync(join(folder.path, name), facts[at]!.text);
    },
  },
  'docs/erasure.md': {
    prepare: (folder) => writeJune('finance', folder, 300),
    // The sample's records are of 2025: the law would still forbid to erase them.
    replace: { '--retain-months 60': async () => '--retain-months 1' },
  },
  'docs/files.md': {
    prepare: async (folder) => {
      await folder.take(folderOf('docs/audit.md'), 'run', 'run1');
      await folder.take(folderOf('docs/audit.md'), 'run', 'run2');
    },
  },
  'docs/regulation.md': {
    prepare: (folder) => writeFileSync(join(folder.path, 'results.json'), passedResults('cfr11-70')),
  },
  'docs/deploy.md': {},
  'docs/retraining.md': {},
};

/** What vitest writes of the tests that a control cites, all of them passed. */
function passedResults(control: string): string {
  const read = (name: string): unknown => JSON.parse(readFileSync(join(repository, 'docs', name), 'utf8'));
  const { tests } = readMapping(read('regulation.catalog.json'), read('regulation.json')).find(
    ({ id }) => id === control,
  )!;
  const testResults = tests.map(({ file, title }) => ({
    name: join(repository, file),
    assertionResults: [{ fullName: title, title, status: 'passed', ancestorTitles: [] }],
  }));
  return JSON.stringify({ success: true, numTotalTests: tests.length, startTime: 0, testResults });
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'assay-docs-'));
});
afterEach(() => process.chdir(repository));
afterAll(() => rm(root, { recursive: true, force: true }));

const commandsOf = (block: Block) => (['sh', 'console'].includes(block.language) ? readCommands(block) : []);

/** How many commands of a page ran: a page of which all were only parsed holds nothing. */
const ran = new Map<string, number>();

describe.each(Object.entries(PAGES))('%s', (page, { first, prepare, missing = [], replace = {} }) => {
  const blocks = readBlocks(page).filter((block) => commandsOf(block).length > 0);
  const ordered = [
    ...blocks.filter(({ heading }) => heading === first),
    ...blocks.filter(({ heading }) => heading !== first),
  ];
  let folder: PageFolder;
  beforeAll(async () => {
    mkdirSync(folderOf(page));
    for (const name of ['samples', 'docs', 'test'])
      symlinkSync(join(repository, name), join(folderOf(page), name));
    folder = new PageFolder(folderOf(page), { missing, shipped });
    await prepare?.(folder);
  });

  test.each(ordered.map((block) => [`line ${block.line}`, block] as const))('%s', async (_, block) => {
    process.chdir(folder.path);
    for (const { line, output } of commandsOf(block)) {
      let typed = line;
      for (const [word, value] of Object.entries(replace)) {
        if (typed.includes(word)) typed = typed.replaceAll(word, await value());
      }
      const outcome = await folder.run({ line: typed, output });
      if (outcome?.ran == null) continue;
      ran.set(page, (ran.get(page) ?? 0) + 1);
      const { code, stdout, stderr } = outcome.ran;
      const isRefused = output?.startsWith('assay: ') === true;
      expect(code, `${where(block)}: ${typed}\n${stderr}`).toBe(isRefused ? 1 : 0);
      if (output !== null) expectShown(`${where(block)}: ${typed}`, output, isRefused ? stderr : stdout);
    }
  });
});

test('commands of each page ran, but of those about a stack', () => {
  expect(Object.keys(PAGES).filter((page) => !ran.has(page))).toEqual([
    'docs/deploy.md',
    'docs/retraining.md',
  ]);
  expect([...ran.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(40);
});

test('every page that shows a command of Assay is among them', () => {
  const showing = ALL_PAGES.filter((page) =>
    readBlocks(page)
      .flatMap(commandsOf)
      .some(({ line }) => splitWords(line).some((words) => assayWords(words) !== null)),
  );
  expect(showing.toSorted()).toEqual(Object.keys(PAGES).toSorted());
});

test('docs/packs.md shows the pack that `assay domain init` writes', () => {
  const shown = readBlocks('docs/packs.md').find(({ text }) => text.includes('# A first pack, guessed'))!;
  expectShown(where(shown), shown.text, readFileSync(join(folderOf('docs/packs.md'), 'guess.yaml'), 'utf8'));
});

test('docs/files.md shows a line that the run of docs/packs.md has', () => {
  const shown = readBlocks('docs/files.md').find(({ language }) => language === 'json')!;
  const lines = readFileSync(join(folderOf('docs/packs.md'), 'run/explanations.jsonl'), 'utf8')
    .trimEnd()
    .split('\n');
  expect(lines).toContain(JSON.stringify(JSON.parse(shown.text)));
});

function expectShown(what: string, shown: string, printed: string): void {
  // The comparison prints both, line by line.
  if (!isAsShown(shown, printed)) expect(printed.trimEnd(), what).toBe(shown);
}
