import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { readConsole } from '../../lib/console/console-files.ts';
import type { Language } from '../../lib/console/languages.ts';
import { PLACES } from '../../lib/console/places.ts';
import { serveConsole } from '../../lib/console/serve-console.ts';
import { buildConsole } from '../../lib/stack/bundle-console.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'assay-console-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

await buildConsole(root, folder);
const built = readConsole(pathToFileURL(join(folder, 'app', 'functions', 'console/')));
const { page, preloads, files } = built;
const names = [...files.keys()];
const textOf = (name: string): string => files.get(name)!.text;
const main = names.find((name) => name.startsWith('main-'))!;
const settings = {
  issuer: 'https://login.example/tenant',
  client: 'console',
  origins: ['https://login.example', 'https://drops.example'],
};
const ask = (rawPath: string, headers: Record<string, string> = {}) =>
  serveConsole(built, settings, { rawPath, headers });
const KIB = 1024;

describe('the console’s files', () => {
  const zipped = (some: readonly string[]) =>
    some.reduce((sum, name) => sum + gzipSync(textOf(name), { level: 9 }).length, 0);

  test.each(Object.entries(preloads.languages))(
    'are small enough for a slow line, the first page as well as all of them, in %s',
    (_language, words) => {
      const first = [main, ...preloads.first, ...words.first];
      const other = [...preloads.more, ...words.more];
      expect(zipped(first)).toBeLessThan(40 * KIB);
      expect(zipped([...first, ...other])).toBeLessThan(60 * KIB);
    },
  );

  test('are scripts that each belong to the first page, the others or a language, a style sheet and a picture', () => {
    const words = Object.values(preloads.languages).flatMap(({ first, more }) => [...first, ...more]);
    const scripts = [main, ...preloads.first, ...preloads.more, ...words];
    expect(new Set(scripts).size).toBe(scripts.length);
    expect(names.filter((name) => name.endsWith('.js')).sort()).toEqual(scripts.sort());
    expect(zipped(names.filter((name) => name.endsWith('.css')))).toBeLessThan(10 * KIB);
    expect(names.filter((name) => !/\.(js|css)$/.test(name))).toEqual([expect.stringMatching(/^icon-/)]);
  });

  test('name no address but their own', () => {
    expect(page.match(/(?:src|href)="[^"]+"/g)?.every((one) => /="\/console\//.test(one))).toBe(true);
    const scripts = names.filter((name) => name.endsWith('.js')).map(textOf);
    const addresses = scripts.join('\n').match(/https?:\/\/[\w./-]+/g) ?? [];
    expect([...new Set(addresses)].filter((one) => !one.startsWith('http://www.w3.org/'))).toEqual([]);
    expect(textOf(names.find((name) => name.endsWith('.css'))!)).not.toMatch(/url\(|@import/);
  });

  test('hold no script and no style in the page', () => {
    expect(ask('/').body).not.toMatch(/<style|style=|<script(?![^>]*src=)|\son\w+=/);
  });
});

describe('the console’s function', () => {
  test.each([
    '/',
    '/sign-in',
    '/finance/queue',
    '/finance/cases/AC%2F1',
    '/own_domain-2/drops/d-1',
    '/finance',
    ...PLACES.map((place) => `/finance/${place}`),
  ])('gives the page at %s, asked for anew each time', (path) => {
    const { statusCode, headers, body } = ask(path);
    expect([statusCode, headers?.['cache-control']]).toEqual([200, 'no-cache']);
    expect(body).toContain(`<script type="module" src="/console/${main}"></script>`);
  });

  const preloaded = (path: string, language?: string) => {
    const { body } = ask(path, language === undefined ? {} : { 'accept-language': language });
    return [...body!.matchAll(/<link rel="modulepreload" href="\/console\/([^"]+)">/g)].map(
      ([, name]) => name,
    );
  };

  test.each([
    ['/', undefined, 'en'],
    ['/finance/cases/1', 'fr-CH, de-CH;q=0.9, en;q=0.8', 'de'],
    ['/finance', 'fr', 'en'],
    ['/finance/audit', 'en-GB,de', 'en'],
    ['/finance/drops/d-1', 'DE', 'de'],
  ])('names with the page at %s all scripts that it begins with, for %s', (path, accepted, language) => {
    const { first, more } = preloads.languages[language as Language];
    const isWork = !/audit|drops/.test(path);
    expect(preloaded(path, accepted)).toEqual([
      ...[...preloads.first, ...first],
      ...(isWork ? [] : [...preloads.more, ...more]),
    ]);
  });

  test('keeps the page apart by language where something stores it', () => {
    expect(ask('/').headers?.vary).toBe('accept-encoding, accept-language');
  });

  test.each(['/wp-login.php', '/finance/queue/1/2', '/.env', '/Finance/queue'])('gives 404 at %s', (path) => {
    expect(ask(path).statusCode).toBe(404);
  });

  test('lets the page load its own files only, and connect to what the settings name', () => {
    const policy = String(ask('/').headers?.['content-security-policy']);
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("connect-src 'self' https://login.example https://drops.example;");
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(ask('/').headers?.['x-content-type-options']).toBe('nosniff');
  });

  test('gives a file for ever under the name of its content, gzipped to whom takes that', () => {
    const name = main;
    const plain = ask(`/console/${name}`);
    expect(plain.headers?.['cache-control']).toContain('immutable');
    expect(plain.body).toBe(textOf(name));
    const zipped = ask(`/console/${name}`, { 'accept-encoding': 'br, gzip' });
    expect(zipped.headers?.['content-encoding']).toBe('gzip');
    expect(gunzipSync(Buffer.from(zipped.body!, 'base64')).toString()).toBe(textOf(name));
  });

  test.each([
    '/console/index.html',
    '/console/preloads.json',
    '/console/main-00000000.js',
    '/console/../functions/console.js',
  ])('gives no other file: %s', (path) => {
    expect(ask(path)).toMatchObject({ statusCode: 404, body: 'There is no such file.\n' });
  });

  test('says in the page where people sign in, whatever stands in the settings', () => {
    expect(ask('/').body).toContain('<meta name="assay-issuer" content="https://login.example/tenant">');
    const issuer = 'https://login.example/"><script src="https://x.example">$&';
    const { body } = serveConsole(built, { ...settings, issuer }, { rawPath: '/', headers: {} });
    expect(body).toContain(
      '<meta name="assay-issuer" content="https://login.example/&quot;>&lt;script src=&quot;https://x.example&quot;>$&amp;">',
    );
  });
});
