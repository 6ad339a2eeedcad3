/** Every command that the documentation shows is one that there is: its arguments, options, files, paths and bodies. */
import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { checkBody, checkQuery } from '../../lib/api/check-input.ts';
import { readJsonBody } from '../../lib/api/json-body.ts';
import { findEndpoint } from '../../lib/api/router.ts';
import { buildProgram } from '../../lib/cli/build-program.ts';
import manifest from '../../package.json' with { type: 'json' };
import { type Block, PAGES, readBlocks, readInlineCode, where } from './blocks.ts';
import { assayWords, readCommands, splitWords } from './commands.ts';
import { parseCommand, parseMention } from './parse-command.ts';

const blocks = PAGES.flatMap(readBlocks);
const of = (...languages: string[]) => blocks.filter(({ language }) => languages.includes(language));
const titled = (list: readonly Block[]) => list.map((block) => [where(block), block] as const);

const withChildren = (command: Command): Command[] => [command, ...command.commands.flatMap(withChildren)];

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
    const { maxBytes, holdsRecords = false } = endpoint;
    const value = readJsonBody(
      { contentType: contentType ?? undefined, text: body!, isBase64: false },
      maxBytes,
      { holdsRecords },
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

  test('of README’s table are all there are, and have the options that their row names', async () => {
    const program = await buildProgram([]);
    const table = readFileSync('README.md', 'utf8').split('| command | does |')[1]!.split('\n\n')[0]!;
    const rows = table.split('\n').flatMap((line) => {
      const [, names, does] = /^\| (`[^|]+`) \| (.*) \|$/.exec(line) ?? [];
      return names === undefined
        ? []
        : [{ names: [...names.matchAll(/`([^`]+)`/g)].map((one) => one[1]!), does: does! }];
    });
    const known = new Map(program.commands.map((command) => [command.name(), command]));
    expect(
      rows
        .flatMap(({ names }) => names.map((name) => name.split(' ')[0]!))
        .filter((name) => !known.has(name)),
    ).toEqual([]);
    const wrong = rows.flatMap(({ names, does }) => {
      const commands = names.flatMap((name) => withChildren(known.get(name.split(' ')[0]!)!));
      const options = commands.flatMap((command) => command.options.map(({ long }) => long));
      const asked = [...does.matchAll(/`[^`]*`/g)].flatMap(
        ([span]) => span.match(/(?<![\w-])--[a-z-]+/g) ?? [],
      );
      // `score --sign-key` in the row of another command names the one that it is of.
      const named = [...does.matchAll(/`(\w+) (--[a-z-]+)/g)].filter((one) => known.has(one[1]!));
      const elsewhere = named
        .filter((one) => known.get(one[1]!)!.options.some(({ long }) => long === one[2]))
        .map((one) => one[2]);
      return asked
        .filter((option) => !options.includes(option) && !elsewhere.includes(option))
        .map((option) => `${names.join(', ')}: ${option}`);
    });
    expect(wrong).toEqual([]);
    const shown = rows.flatMap(({ names }) => names.map((name) => name.split(' ')[0]!));
    expect([...known.keys()].filter((name) => !shown.includes(name))).toEqual([]);
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
