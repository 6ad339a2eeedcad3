/** The project's own rules, which no linter knows. */
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { OUTSIDE_WORLD, ROOMS } from './rooms.ts';
import { readSources, sharedNames } from './sources.ts';

interface Config {
  readonly test: {
    readonly projects: readonly {
      readonly test: {
        readonly name: string;
        readonly include: readonly string[];
        readonly exclude?: readonly string[];
      };
    }[];
  };
}

const sources = readSources();

describe('the rooms of lib/', () => {
  test('are those of the table, which names none twice and none that is gone', () => {
    const found = new Set(sources.map(({ room }) => room).filter((room) => room !== ''));
    expect([...found].sort()).toEqual(Object.keys(ROOMS).sort());
  });

  test('may import rooms above them in the table only', () => {
    const order = Object.keys(ROOMS);
    const back = order.flatMap((room, place) =>
      ROOMS[room]!.filter((other) => !(order.indexOf(other) >= 0 && order.indexOf(other) < place)).map(
        (other) => `${room} → ${other}`,
      ),
    );
    expect(back).toEqual([]);
  });

  test('import what the table allows, and nothing else', () => {
    const wrong = sources.flatMap(({ path, room, imports }) =>
      imports
        .filter((other) => !(ROOMS[room] ?? []).includes(other))
        .map((other) => `${path} imports ${other}`),
    );
    expect(wrong).toEqual([]);
  });

  test('use every import that the table allows', () => {
    const used = new Set(
      sources.flatMap(({ room, imports }) => imports.map((other) => `${room} → ${other}`)),
    );
    const allowed = Object.entries(ROOMS).flatMap(([room, others]) =>
      others.map((other) => `${room} → ${other}`),
    );
    expect(allowed.filter((arrow) => !used.has(arrow))).toEqual([]);
  });
});

describe('lib/', () => {
  test('has no clock and no unseeded randomness but where the world comes in', () => {
    const world =
      /\b(?:Date\.now|new Date\(\)|Math\.random|randomUUID|randomBytes|performance\.now|hrtime)\b/;
    const found = sources.filter(({ room, text }) => !OUTSIDE_WORLD.includes(room) && world.test(text));
    expect(found.map(({ path }) => path)).toEqual([]);
  });

  test('creates tables and names Parquet files in SQL in engine only: no table has a name of its own', () => {
    const sql =
      /\b(?:CREATE (?:OR REPLACE )?(?:TEMP(?:ORARY)? )?(?:TABLE|VIEW)|DROP (?:TABLE|VIEW)|RENAME TO|COPY \(|read_parquet\(|createAppender\(|FORMAT parquet)/;
    const found = sources.filter(({ room, text }) => room !== 'engine' && sql.test(text));
    expect(found.map(({ path }) => path)).toEqual([]);
  });
});

describe('what a room gives to others', () => {
  /** The comment at the top of a file speaks for the first function or class that it exports. */
  test('says what it does: each function and class that another room imports has a comment of its own', () => {
    const shared = sharedNames();
    expect(shared.size).toBeGreaterThan(300);
    const silent = [...shared].flatMap(([path, names]) => {
      const text = readFileSync(path, 'utf8');
      const exported = [
        ...text.matchAll(/(.*)\n?^export (?:abstract |async )*(?:function\*?|class) (\w+)/gm),
      ];
      return exported.flatMap(([, before, name], at) => {
        const isSaid = before!.endsWith('*/') || (at === 0 && text.startsWith('/**'));
        return names.has(name!) && !isSaid ? [`${path}: ${name}`] : [];
      });
    });
    expect(silent).toEqual([]);
  });

  test('is described by what it does, not by what goes in and out', () => {
    const formula = /\bgo(?:es)? in[;,]|\bin[;,] [^.]*\bout\b(?! of)|\bcomes? out[.,;:]/;
    const comments = sources.flatMap(({ path, text }) =>
      [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].map(([comment]) => ({
        path,
        comment: comment.replaceAll(/\s*\n\s*\*\s?/g, ' '),
      })),
    );
    expect(comments.length).toBeGreaterThan(2_000);
    const found = comments.filter(({ comment }) => formula.test(comment));
    expect(found.map(({ path, comment }) => `${path}: ${comment}`)).toEqual([]);
  });
});

describe('the tests of project unit, which share processes', () => {
  const files = globSync('test/**/*.test.ts', {
    exclude: ['test/stack/**', 'test/tidy/**', 'test/**/*.e2e.test.ts', 'test/**/*.recorded.test.ts'],
  }).map((path) => ({ path, text: readFileSync(path, 'utf8') }));

  test('are those that mock no module, and each of the others has a process of its own', async () => {
    const { default: config } = (await import('../../vitest.config.ts')) as { default: Config };
    const project = (name: string) => config.test.projects.find(({ test }) => test.name === name)!.test;
    const mocking = files.filter(({ text }) => /\bvi\s*\.(?:mock|doMock|hoisted)\b/.test(text));
    expect(mocking.length).toBeGreaterThan(3);
    const paths = mocking.map(({ path }) => path).toSorted();
    expect(project('mocking').include.toSorted()).toEqual(paths);
    expect(project('unit').exclude).toEqual(expect.arrayContaining(paths));
  });

  test('leave the environment to the next file as it was: they stub it, and say where that ends', () => {
    const isolated = /\bvi\.(?:mock|doMock|hoisted)\b/;
    const sets =
      /process\.env(?:\.\w+|\[[^\]]+\])?\s*=(?!=)|delete process\.env|Object\.assign\(process\.env/;
    const wrong = files.filter(
      ({ text }) =>
        !isolated.test(text) &&
        (sets.test(text) || (/\bvi\.stubEnv\b/.test(text) && !/\bvi\.unstubAllEnvs\b/.test(text))),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });
});

describe('the tests of project adapters, which share processes too', () => {
  test('mock no module, set no environment, and load no function, which reads it once', () => {
    const files = globSync('test/aws/**/*.e2e.test.ts');
    expect(files.length).toBeGreaterThan(10);
    const forbidden = /\bvi\s*\.(?:mock|doMock|hoisted|stubEnv)\b|process\.env\S*\s*=(?!=)|\/functions\//;
    expect(files.filter((path) => forbidden.test(readFileSync(path, 'utf8')))).toEqual([]);
  });
});

describe('the pages of documentation', () => {
  /** Written by a script, and compared with what it writes by a test of its own. */
  const made = ['docs/settings.md', 'docs/cost.md', 'docs/licences.md'];
  const pages = globSync(['*.md', 'docs/**/*.md']).filter(
    (page) => !made.includes(page) && page !== 'CHANGELOG.md',
  );

  const linesOf = (page: string): string[] =>
    readFileSync(page, 'utf8')
      .replaceAll(/^ *```[\s\S]*?^ *```$/gm, '')
      .split('\n');

  /** Lines that can be broken: no row of a table, no heading. */
  const prose = (page: string): string[] =>
    linesOf(page).filter(
      (line) => !/^\s*(?:\||#|!\[|\[[^\]]+\]:)/.test(line) && /\S\s+\S+$/.test(line.slice(0, 100)),
    );

  test('are wrapped at 100 columns', () => {
    expect(pages.length).toBeGreaterThan(30);
    const long = pages.flatMap((page) =>
      prose(page)
        .filter((line) => line.replaceAll(/`[^`]*`/g, '').length > 100)
        .map((line) => `${page}: ${line}`),
    );
    expect(long).toEqual([]);
  });

  test('say it in the words of the glossary, and so do the sources', () => {
    const dialect = [
      /\b(?:tell|tells|told|telling|untold|nobody|whoever|somebody|gravest|mends?|mended|taken up)\b/i,
      /\w+InWords\b|\w+nswerers?\b|\b(?:MOST|LEAST|LONGEST|SHORTEST|FEWEST)_|\bAT_A_TIME\b/,
      /goes by its\b|the memory allowed|may nothing/i,
    ];
    const code = globSync(['{lib,functions,operations,bin,local,console,samples}/**/*.{ts,tsx}'])
      // Words of other languages, and of files in them.
      .filter((path) => !/words\/de|profiling\/[a-z]+-words/.test(path))
      .flatMap((path) =>
        readFileSync(path, 'utf8')
          .split('\n')
          .map((line) => [path, line] as const),
      );
    const text = [...pages, ...made].flatMap((page) => linesOf(page).map((line) => [page, line] as const));
    expect(code.length).toBeGreaterThan(80_000);
    const found = [...text, ...code].filter(([, line]) => dialect.some((words) => words.test(line)));
    expect(found.map(([path, line]) => `${path}: ${line}`)).toEqual([]);
  });
});
