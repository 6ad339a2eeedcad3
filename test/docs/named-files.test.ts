/** Files that the documentation names are there, and the recipes of CONTRIBUTING name all that a change takes. */
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ROOMS } from '../tidy/rooms.ts';
import { PAGES, readInlineCode } from './blocks.ts';

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
