import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readMapping } from '../../lib/regulation/mapping.ts';
import { brokenCitations, type Citation, testTitles } from '../helpers/test-titles.ts';

const read = (file: string) => JSON.parse(readFileSync(`docs/${file}`, 'utf8')) as unknown;
const controls = readMapping(read('regulation.catalog.json'), read('regulation.json'));
const ofControls = controls.flatMap(({ id, tests }) => tests.map((one): Citation => ({ ...one, by: id })));
/** In a page: a test file as code, then its title up to the end of the cell or line. */
const threats = readFileSync('docs/threat-model.md', 'utf8');
const ofThreats: readonly Citation[] = [
  ...threats.matchAll(/`(test\/[^`]+\.test\.ts)` › (.+?)(?=<br>| \||$)/gm),
].map(([, file, title]) => ({
  file: file!,
  title: title!.replaceAll(/\\(.)/g, '$1'),
  by: 'docs/threat-model.md',
}));

describe('the tests that docs cite', () => {
  test('are each there, once, and run', () => {
    expect(ofControls.length).toBeGreaterThan(150);
    expect(ofThreats.length).toBeGreaterThan(30);
    expect(brokenCitations([...ofControls, ...ofThreats])).toEqual([]);
  });
});

describe('the threat model', () => {
  const sections = threats
    .split(/^## /m)
    .slice(1)
    .filter((section) => section.includes('| threat |'));

  test('has each kind of threat for each part of the stack', () => {
    expect(sections.length).toBeGreaterThanOrEqual(7);
    const missing = sections.flatMap((section) =>
      [...'STRIDE']
        .filter((kind) => !section.includes(`\n| ${kind} |`))
        .map((kind) => `${section.split('\n')[0]}: ${kind}`),
    );
    // What reads events has no rights in the stack that could be raised.
    expect(missing).toEqual(['Events: E']);
  });

  test('cites a test in each row', () => {
    const rows = sections.flatMap((section) =>
      section.split('\n').filter((line) => /^\| [A-Z] \|/.test(line)),
    );
    expect(rows.filter((row) => !/\| `test\/[^`]+\.test\.ts` › .+ \|$/.test(row))).toEqual([]);
  });
});

describe('a citation is broken', () => {
  const source = `
    import { describe, test } from 'vitest';
    test('runs', () => {});
    test('twice', () => {});
    test('twice', () => {});
    test.skip('is skipped', () => {});
    test.skipIf(process.platform === 'linux')('is skipped here', () => {});
    test.todo('is to be written', () => {});
    describe.skip('a block', () => { test('inside', () => {}); });
    describe.each(['a'])('the part %s', () => { test.each([1])(\`case %d\`, () => {}); });
    describe('a block that runs', () => { it('holds', async () => {}); });`;
  const broken = (title: string, file = 'test/a.test.ts') =>
    brokenCitations([{ file, title, by: 'x-1' }], (name) => (name === 'test/a.test.ts' ? source : null));

  test.each(['runs', 'the part %s › case %d', 'a block that runs › holds'])(
    'not by %j, which runs',
    (title) => {
      expect(broken(title)).toEqual([]);
    },
  );

  test.each([
    ['ran', 'no test has this title'],
    ['holds', 'no test has this title'],
    ['twice', '2 tests have this title'],
    ['is skipped', 'it may not run (skip)'],
    ['is skipped here', 'it may not run (skipIf)'],
    ['is to be written', 'it may not run (todo)'],
    ['a block › inside', 'it may not run (skip)'],
  ])('by %j', (title, why) => {
    expect(broken(title)).toEqual([`x-1: test/a.test.ts › ${title}: ${why}`]);
  });

  test('by a file that is gone', () => {
    expect(broken('runs', 'test/b.test.ts')).toEqual(['x-1: there is no test/b.test.ts']);
  });

  test('never by chance: the reader finds hundreds of tests in the files that are there', () => {
    const files = globSync('test/{audit,api,stack}/**/*.test.ts');
    const found = files.flatMap((file) => testTitles(file, readFileSync(file, 'utf8')));
    expect(found.length).toBeGreaterThan(200);
  });
});
