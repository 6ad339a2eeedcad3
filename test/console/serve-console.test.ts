import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { consoleFile } from '../../lib/console/console-files.ts';
import { serveConsole } from '../../lib/console/serve-console.ts';
import { buildConsole } from '../../lib/stack/bundle-console.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'assay-console-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

buildConsole(root, folder);
const built = join(folder, 'app', 'functions', 'console');
const names = readdirSync(built);
const textOf = (name: string): string => readFileSync(join(built, name), 'utf8');
const files = new Map(names.map((name) => [name, consoleFile(name, textOf(name))]));
const settings = {
  issuer: 'https://login.example/tenant',
  client: 'console',
  origins: ['https://login.example', 'https://drops.example'],
};
const ask = (rawPath: string, headers: Record<string, string> = {}) =>
  serveConsole(files, settings, { rawPath, headers });
const KIB = 1024;

describe('the console’s files', () => {
  test('are a page, a script, a style sheet and a picture, small enough for a slow line', () => {
    const zipped = (ending: string) =>
      names
        .filter((name) => name.endsWith(ending))
        .reduce((sum, name) => sum + gzipSync(textOf(name), { level: 9 }).length, 0);
    expect(names).toHaveLength(4);
    expect(zipped('.js')).toBeLessThan(60 * KIB);
    expect(zipped('.css')).toBeLessThan(10 * KIB);
  });

  test('name no address but their own', () => {
    const page = textOf('index.html');
    expect(page.match(/(?:src|href)="[^"]+"/g)?.every((one) => /="\/console\//.test(one))).toBe(true);
    const script = textOf(names.find((name) => name.endsWith('.js'))!);
    const addresses = script.match(/https?:\/\/[\w./-]+/g) ?? [];
    expect([...new Set(addresses)].filter((one) => !one.startsWith('http://www.w3.org/'))).toEqual([]);
    expect(textOf(names.find((name) => name.endsWith('.css'))!)).not.toMatch(/url\(|@import/);
  });

  test('hold no script and no style in the page', () => {
    const page = textOf('index.html');
    expect(page).not.toMatch(/<style|style=|<script(?![^>]*src=)|\son\w+=/);
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
  ])('gives the page at %s, asked for anew each time', (path) => {
    const { statusCode, headers, body } = ask(path);
    expect([statusCode, headers?.['cache-control'], body]).toEqual([200, 'no-cache', textOf('index.html')]);
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
    const name = names.find((one) => one.endsWith('.js'))!;
    const plain = ask(`/console/${name}`);
    expect(plain.headers?.['cache-control']).toContain('immutable');
    expect(plain.body).toBe(textOf(name));
    const zipped = ask(`/console/${name}`, { 'accept-encoding': 'br, gzip' });
    expect(zipped.headers?.['content-encoding']).toBe('gzip');
    expect(gunzipSync(Buffer.from(zipped.body!, 'base64')).toString()).toBe(textOf(name));
  });

  test.each(['/console/index.html', '/console/main-000000000000.js', '/console/../functions/console.js'])(
    'gives no other file: %s',
    (path) => {
      expect(ask(path)).toMatchObject({ statusCode: 404, body: 'There is no such file.\n' });
    },
  );

  test('says where people sign in, and nothing else', () => {
    const { body } = ask('/console/config.json');
    expect(JSON.parse(body!)).toEqual({ issuer: 'https://login.example/tenant', client: 'console' });
  });
});
