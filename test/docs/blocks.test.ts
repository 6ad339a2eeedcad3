/** Every fenced block of the documentation is of one kind, and sound by what that kind is held to. */
import { execFileSync } from 'node:child_process';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkBody, checkQuery } from '../../lib/api/check-input.ts';
import { readJsonBody } from '../../lib/api/json-body.ts';
import { Problem, problemDocument } from '../../lib/api/problem.ts';
import { findEndpoint } from '../../lib/api/router.ts';
import type { AuditEntry } from '../../lib/audit/audit-entry.ts';
import { canonicalJson } from '../../lib/audit/canonical-json.ts';
import { parseSeal } from '../../lib/audit/seal.ts';
import { EVENT_SCHEMAS } from '../../lib/events/event-schemas.ts';
import { signMessage } from '../../lib/events/sign-webhook.ts';
import { parseRates } from '../../lib/intake/rates.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { parseSettings } from '../../lib/stack/settings-file.ts';
import { parseCheckpoint } from '../../lib/tlog/checkpoint.ts';
import { parseNote } from '../../lib/tlog/signed-note.ts';
import manifest from '../../package.json' with { type: 'json' };
import { ROOMS } from '../tidy/rooms.ts';
import { type Block, PAGES, readBlocks, readInlineCode, where } from './blocks.ts';
import { assayWords, readCommands, splitWords } from './commands.ts';
import { parseCommand, parseMention } from './parse-command.ts';

const blocks = PAGES.flatMap(readBlocks);
const of = (...languages: string[]) => blocks.filter(({ language }) => languages.includes(language));
const titled = (list: readonly Block[]) => list.map((block) => [where(block), block] as const);

test('every block names its kind, and each kind is held to something below', () => {
  expect(blocks.length).toBeGreaterThan(90);
  const kinds = ['sh', 'console', 'yaml', 'json', 'jsonl', 'js', 'python', 'text'];
  expect(blocks.filter(({ language }) => !kinds.includes(language)).map(where)).toEqual([]);
});

describe('commands', () => {
  /** What reads a reader's own machine, account or another project's program: it is not held to anything. */
  const FOREIGN = ['git', 'export', 'aws', 'model_signing', 'uuidgen'];
  /** Of any system; test/docs/examples.test.ts runs them. */
  const SHELL = ['cat', 'cd', 'head', 'tail', 'sed', 'tr', 'grep', 'sha256sum', 'python3', 'jq', 'echo'];

  /** What is wrong with a command that stands between separators; throws what the command line would say. */
  async function faultOf(words: readonly string[]): Promise<string | null> {
    const [first = '', ...rest] = words;
    const assay = assayWords(words);
    if (assay !== null) return (await parseCommand(assay)) && null;
    // A variable that is set for one command, or takes what one prints.
    const set = /^[A-Z_]+=(?:\$\(([\s\S]*)\))?/.exec(first);
    if (set !== null) {
      const inner = set[1] === undefined ? [rest] : splitWords(set[1]);
      const faults = await Promise.all(inner.filter((one) => one.length > 0).map(faultOf));
      return faults.find((fault) => fault !== null) ?? null;
    }
    if (first === 'curl') return faultOfRequest(rest);
    if (first === 'npm' && rest[0] === 'run')
      return rest[1]! in manifest.scripts ? null : `no script ${rest[1]}`;
    if (first === 'npm') {
      const tarball = rest.find((word) => word.endsWith('.tgz'));
      if (tarball !== undefined && tarball !== `./assay-${manifest.version}.tgz`)
        return `${tarball} is another version`;
      return ['ci', 'start', 'stop', 'test', 'pack', 'install'].includes(rest[0]!) ? null : `npm ${rest[0]}`;
    }
    const program = first === 'npx' ? rest : words;
    if (program[0] === 'node') return existsSync(program[1]!) ? null : `no file ${program[1]}`;
    if (first === 'npx') return rest[0]! in manifest.devDependencies ? null : `no package ${rest[0]}`;
    return FOREIGN.includes(first) || SHELL.includes(first) ? null : `what is ${first}?`;
  }

  /** Throws a Problem where the API would answer one. */
  function faultOfRequest(words: readonly string[]): string | null {
    const address = words.find((word) => word.startsWith('$API'));
    // The file goes to an address that the answer before gave.
    if (address === undefined) return words.includes('-T') ? null : 'no address';
    const body = words[words.indexOf('-d') + 1];
    const method = words.includes('-d') ? 'POST' : 'GET';
    const url = new URL(
      address.replace('$API', 'https://example.org').replaceAll(/\$[A-Z]+/g, 'a1b2c3d4e5f6'),
    );
    const { endpoint } = findEndpoint(method, url.pathname);
    checkQuery(endpoint.query, Object.fromEntries(url.searchParams));
    if (endpoint.permission !== null && !words.some((word) => word.startsWith('authorization: Bearer ')))
      return 'no token';
    if (method === 'GET') return null;
    const contentType =
      words.find((word) => word.startsWith('content-type: '))?.slice('content-type: '.length) ?? null;
    const { maxBytes, exactNumbers = false } = endpoint;
    const value = readJsonBody(
      { contentType: contentType ?? undefined, text: body!, isBase64: false },
      maxBytes,
      { exactNumbers },
    );
    checkBody(endpoint.body!, value);
    return null;
  }

  test.each(titled(of('sh', 'console')))('%s', async (_, block) => {
    const commands = readCommands(block);
    expect(commands.length).toBeGreaterThan(0);
    for (const { line } of commands) {
      for (const words of splitWords(line.replaceAll('HASH', 'a'.repeat(64))))
        expect(await faultOf(words), line).toBeNull();
    }
  });

  test('those that stand in a sentence name commands and options that there are', async () => {
    let found = 0;
    for (const page of PAGES.filter((one) => one !== 'CHANGELOG.md')) {
      for (const code of readInlineCode(page)) {
        const words = assayWords(splitWords(code)[0]!);
        if (words === null || words.length === 0 || words[0] === '…') continue;
        found++;
        await expect(parseMention(words), `${page}: ${code}`).resolves.toBeUndefined();
      }
    }
    expect(found).toBeGreaterThan(60);
  });

  test('outputs of the stack that they ask for are outputs that it has', () => {
    const asked = of('sh').flatMap(({ text }) =>
      [...text.matchAll(/OutputKey=='(\w+)'/g)].map(([, name]) => name!),
    );
    expect(asked.length).toBeGreaterThan(1);
    const stack = readFileSync('lib/stack/assay-stack.ts', 'utf8');
    expect(asked.filter((name) => !new RegExp(`\\b${name}\\b`).test(stack))).toEqual([]);
  });
});

describe('YAML', () => {
  const expenses = of('yaml').find(({ text }) => text.startsWith('domain: expenses'))!.text;
  /** What pieces of packs speak of beside the columns of the example. */
  const MORE = {
    alert_id: 'string',
    outcome: 'string',
    status: 'string',
    loss: 'number',
    currency: 'string',
    employee_name: 'string',
    balance: 'number',
  };

  /** The piece put into the pack of the example: a key of its own takes the place of the example's, a name beside others is added. */
  function inPack(piece: string): string {
    const pack = parse(expenses) as Record<string, unknown>;
    pack.columns = { ...MORE, ...(pack.columns as object) };
    for (const [key, value] of Object.entries(parse(piece) as Record<string, unknown>)) {
      const isNamed =
        typeof value === 'object' &&
        !Array.isArray(value) &&
        !['threshold', 'acceptance', 'review'].includes(key);
      pack[key] = isNamed ? { ...(pack[key] as object), ...value } : value;
    }
    return JSON.stringify(pack);
  }

  const READERS: Readonly<Record<string, (text: string, place: string) => unknown>> = {
    'docs/packs.md': (text, place) => parsePack(/^domain:/m.test(text) ? text : inPack(text), place),
    // test/packs/recipes.test.ts computes each.
    'docs/recipes.md': (text) => parse(text),
    'docs/settings.md': (text, place) => parseSettings(text, place),
    'docs/deploy.md': (text, place) => parseSettings(JSON.stringify({ stages: { dev: parse(text) } }), place),
    // test/docs/examples.test.ts makes the drafts with them.
    'docs/dossiers.md': (text) => parse(text),
    'docs/events.md': (text) => {
      const template = text.replaceAll(/!GetAtt (\S+)/g, '{ "Fn::GetAtt": $1 }');
      const { CriticalFlags } = parse(template) as {
        CriticalFlags: {
          Properties: { EventPattern: { 'detail-type': string[]; detail: Record<string, object> } };
        };
      };
      const { 'detail-type': types, detail } = CriticalFlags.Properties.EventPattern;
      for (const type of types) expect(Object.keys(EVENT_SCHEMAS)).toContain(type);
      const read = [...text.matchAll(/\$\.detail\.(\w+)/g)].map(([, member]) => member);
      const members = types.flatMap((type) =>
        Object.keys(EVENT_SCHEMAS[type as keyof typeof EVENT_SCHEMAS].shape),
      );
      expect(members).toEqual(expect.arrayContaining([...Object.keys(detail), ...read]));
    },
  };

  test.each(titled(of('yaml')))('%s', (place, { page, text }) => {
    expect(READERS[page], `who reads the YAML of ${page}?`).toBeDefined();
    READERS[page]!(text, place);
  });
});

describe('JSON', () => {
  const filled = (text: string): string => text.replaceAll('{ … }', '{}');
  const READERS: Readonly<Record<string, (text: string) => void>> = {
    'docs/api.md': (text) => {
      const shown = JSON.parse(text) as {
        detail: string;
        instance: string;
        errors: { at: string; detail: string }[];
      };
      const problem = new Problem(422, shown.detail, { faults: shown.errors });
      expect(problemDocument(problem, shown.instance.split(':').at(-1)!)).toEqual(shown);
      expect(() =>
        checkBody(findEndpoint('POST', '/v1/score').endpoint.body!, {
          domain: 'finance',
          records: [{}, {}, {}, { amount: [] }],
        }),
      ).toThrow(expect.objectContaining({ message: shown.detail, faults: shown.errors }));
    },
    'docs/audit.md': (text) => {
      const seal = JSON.parse(filled(text)) as object;
      parseSeal(JSON.stringify({ ...seal, head: 'a'.repeat(64), sealed_at: '2026-01-01T00:00:00Z' }));
    },
    'docs/audit-format.md': (text) => {
      const seal = JSON.parse(filled(text)) as object;
      parseSeal(JSON.stringify({ ...seal, head: 'a'.repeat(64) }));
    },
    // test/docs/examples.test.ts holds it against the run that the page speaks of.
    'docs/files.md': (text) => JSON.parse(text),
  };

  test.each(titled(of('json')))('%s', (_, { page, text }) => {
    expect(READERS[page], `who reads the JSON of ${page}?`).toBeDefined();
    READERS[page]!(text);
  });

  test.each(titled(of('jsonl')))('lines of a log: %s', (_, { text }) => {
    const lines = text
      .split('\n')
      .map((line) => line.replaceAll('{…}', '{}').replaceAll('[…]', '[]').replaceAll(',…}', '}'));
    const entries = lines.map((line) => JSON.parse(line) as AuditEntry);
    for (const [at, entry] of entries.entries()) {
      expect(canonicalJson(entry as never)).toBe(lines[at]);
      if (at > 0) expect(entry).toMatchObject({ prev: entries[at - 1]!.hash, seq: entries[at - 1]!.seq + 1 });
    }
  });
});

describe('code', () => {
  test.each(titled(of('js')))('%s knows a message of ours from another', (_, { text }) => {
    const receive = new Function(
      'createHmac',
      'timingSafeEqual',
      'secret',
      'body',
      'timestamp',
      'signature',
      `${text}\nreturn isOurs;`,
    );
    const seconds = Math.floor(Date.now() / 1000);
    const { headers } = signMessage('secret', '{}', { seconds, id: 'e' });
    const isOurs = (body: string, at = seconds): boolean =>
      receive(createHmac, timingSafeEqual, 'secret', body, at, headers['x-assay-signature']);
    expect([isOurs('{}'), isOurs('{ }'), isOurs('{}', seconds - 301)]).toEqual([true, false, false]);
  });

  test('Python is Python', () => {
    const program = 'import ast, json, sys\nfor place, text in json.load(sys.stdin): ast.parse(text, place)';
    const input = JSON.stringify(of('python').map((block) => [where(block), block.text]));
    expect(() => execFileSync('python3', ['-c', program], { input, stdio: 'pipe' })).not.toThrow();
  });
});

describe('text', () => {
  const isNote = (text: string) => /\n— \S+ \S+$/.test(text);
  const note = (text: string) => {
    const signed = parseNote(`${text}\n`, 'the page');
    parseCheckpoint(signed.text, 'the page');
  };
  /** By what a block begins with. */
  const READERS: readonly (readonly [page: string, start: string, read: (text: string) => void])[] = [
    ['docs/audit.md', 'example.org/assay/runs/finance/', note],
    ['docs/audit-format.md', 'example.org/assay/runs/shop/', note],
    [
      'docs/architecture.md',
      'cli',
      (text) => {
        const rows = text.split('\n').map((row) => row.trim().split(/ {2,}/));
        expect(rows.flat().toSorted()).toEqual(Object.keys(ROOMS).toSorted());
        const rowOf = (room: string) => rows.findIndex((row) => row.includes(room));
        const wrong = Object.entries(ROOMS).flatMap(([room, others]) =>
          others.filter((other) => rowOf(other) <= rowOf(room)).map((other) => `${room} → ${other}`),
        );
        expect(wrong).toEqual([]);
      },
    ],
    [
      'docs/events.md',
      'POST /…',
      (text) => {
        const { headers } = signMessage('secret', '{}', { seconds: 0, id: 'e' });
        expect([...text.matchAll(/^([a-z-]+): /gm)].map(([, name]) => name)).toEqual(Object.keys(headers));
        expect(Object.keys(EVENT_SCHEMAS)).toContain(/"type": "(\w+)"/.exec(text)![1]);
      },
    ],
    [
      'docs/packs.md',
      'date,currency,rate',
      (text) => {
        const columns = text.split('\n').map((line) => line.split(/ {2,}/));
        const [rows, wide] = [0, 1].map((at) =>
          parseRates(`${columns.map((line) => line[at]).join('\n')}\n`, 'rates.csv'),
        );
        expect(wide!.rates.find(({ currency }) => currency === 'USD')).toEqual(rows!.rates[0]);
      },
    ],
    [
      'docs/retraining.md',
      'Snapshot',
      (text) => {
        const steps = text
          .split('\n')[0]!
          .split(' ─► ')
          .map((name) => name.trim().replace('*', ''));
        const machine = globSync('lib/stack/retrain-*.ts')
          .map((file) => readFileSync(file, 'utf8'))
          .join('\n');
        expect(steps.filter((step) => !new RegExp(`['"]${step}['"]`).test(machine))).toEqual([]);
      },
    ],
    [
      'docs/retraining.md',
      'candidate ──',
      (text) => {
        const states = readFileSync('lib/registry/registry-state.ts', 'utf8');
        const shown = ['candidate', 'approved', 'champion', 'retired', 'rejected'];
        for (const state of shown) {
          expect(text).toContain(state);
          expect(states).toContain(`'${state}'`);
        }
      },
    ],
    // Pictures of a procedure, which hold no name of anything.
    ['docs/models.md', 'files ─►', () => {}],
    ['docs/models.md', '                      before c', () => {}],
  ];

  test.each(titled(of('text')))('%s', (_, { page, text }) => {
    const reader = READERS.find(([of, start]) => of === page && text.startsWith(start));
    expect(reader, 'what is this?').toBeDefined();
    reader![2](text);
    expect(isNote(text)).toBe(reader![2] === note);
  });
});

describe('names of files', () => {
  /** A place in a function's bundle, as `functions/x.js:1:2`, is none of them. */
  const FOLDERS = /^(?:lib|test|bin|docs|operations|functions|console|samples|local|model-artifacts)\//;
  /** As `lib/packs/<domain>.yaml` or `test/x/*.ts`: what stands in the place of a part is any. */
  const isThere = (name: string): boolean =>
    globSync(name.replaceAll(/<[^>]+>|\{[^}]+\}|…/g, '*').replace(/\/$/, '')).length > 0;

  test('in a sentence are those of files that there are', () => {
    const wrong = PAGES.filter((page) => page !== 'CHANGELOG.md').flatMap((page) =>
      readInlineCode(page)
        .flatMap((code) => code.split(' '))
        .filter((name) => FOLDERS.test(name) && !/\.js:\d/.test(name) && !isThere(name))
        .map((name) => `${page}: ${name}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe('CONTRIBUTING', () => {
  const page = readFileSync('CONTRIBUTING.md', 'utf8');
  const rowsAfter = (head: string): string[][] =>
    page
      .slice(page.indexOf(head))
      .split('\n\n')[0]!
      .split('\n')
      .slice(2)
      .map((row) =>
        row
          .split('|')
          .map((cell) => cell.trim())
          .slice(1, 3),
      );

  /** The files that a recipe names; one without a folder is in that of the file before it. */
  const filesOf = (recipe: string): string[] => {
    let folder = '';
    return [...recipe.matchAll(/`([\w./<>-]+\.(?:ts|tsx|md|yaml))`/g)].map(([, name]) => {
      const slash = name!.lastIndexOf('/');
      if (slash >= 0) folder = name!.slice(0, slash);
      return slash >= 0 ? name! : `${folder}/${name}`;
    });
  };
  const recipes = rowsAfter('| to add | touch |');

  test('says what each room holds', () => {
    const named = rowsAfter('| room | holds |').flatMap(([room, holds]) => {
      const inner = [...holds!.matchAll(/`(\w+)`/g)].map(([, name]) => `forest/${name}`);
      return [room!.replaceAll('`', ''), ...(room === '`forest`' ? inner : [])];
    });
    expect(named.toSorted()).toEqual(Object.keys(ROOMS).toSorted());
  });

  test('names files that there are', () => {
    expect(recipes.length).toBeGreaterThan(8);
    const files = recipes
      .flatMap(([, touch]) => filesOf(touch!))
      .map((file) => file.replace('<domain>', '*'));
    expect(files.filter((file) => globSync(file).length === 0)).toEqual([]);
  });

  /** One that is there already: every file that knows it is in the recipe for the next. */
  test.each([
    ['a window function', /'stddev'/, ['lib/**/*.ts', 'docs/*.md', 'test/features/*.test.ts']],
    ['a filter of the API', /\bmin_?score\b/i, ['lib/**/*.ts', 'docs/*.md']],
    ['an alarm', /\bmodel-alarms\b/, ['lib/**/*.ts']],
    ['a column type', /case 'boolean'/, ['lib/packs/*.ts', 'lib/intake/*.ts']],
  ])('says all that %s takes', (what, known, globs) => {
    const [, touch] = recipes.find(([name]) => name === what)!;
    const needed = globSync(globs).filter((file) => known.test(readFileSync(file, 'utf8')));
    expect(needed.length).toBeGreaterThan(0);
    expect(filesOf(touch!)).toEqual(expect.arrayContaining(needed));
  });
});
