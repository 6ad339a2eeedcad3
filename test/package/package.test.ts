/** The npm package as a stranger gets it: packed, unpacked below `node_modules` of an empty folder, and run there. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildPackage } from '../../operations/build-package.ts';
import { root } from '../../operations/places.ts';

/** The packages that package.json promises to anyone who installs Assay. */
function promisedPackages(): readonly string[] {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  return Object.keys(manifest.dependencies).sort();
}

const LARGEST_MB = 6;

let folder: string;
let installed: string;
let imported: readonly string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-package-'));
  imported = await buildPackage(root);
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: root });
  const archive = readdirSync(folder).find((file) => file.endsWith('.tgz'))!;
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  execFileSync('tar', ['xzf', join(folder, archive), '-C', modules]);
  // What `npm install` would bring beside it.
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (!name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  installed = join(modules, 'package');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const assay = (...args: string[]): string =>
  execFileSync(process.execPath, [join(installed, 'dist', 'cli', 'assay.js'), ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });

describe('the npm package', () => {
  test('holds the command line, the packs and the shipped models, and nothing else', () => {
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' }).filter((file) =>
      statSync(join(installed, file)).isFile(),
    );
    const expected =
      /^(package\.json|[A-Z]+(\.md)?|dist\/cli\/([\w-]+\.js|(shipped-packs|review-policies|pack-texts)\/[\w.]+\.yaml)|model-artifacts\/\w+\/(champion\.json|\w+\/(card\.json|model\.onnx)))$/;
    expect(files.filter((file) => !expected.test(file))).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'dist/cli/shipped-packs/finance.yaml']),
    );
    const bytes = files.reduce((sum, file) => sum + statSync(join(installed, file)).size, 0);
    expect(bytes).toBeLessThan(LARGEST_MB * 2 ** 20);
  });

  test('imports no package that its dependencies do not name', () => {
    const promised = promisedPackages();
    expect(imported.length).toBeGreaterThan(5);
    expect(imported.filter((name) => !promised.includes(name))).toEqual([]);
  });

  test('scores, explains and verifies outside the repository', () => {
    const data = resolve(root, 'samples', 'pharma', 'new.csv');
    const scored = JSON.parse(
      assay('score', '--domain', 'pharma', '--data', data, '--out', 'run', '--json'),
    ) as {
      received: number;
      flagged: number;
    };
    expect(scored.received).toBeGreaterThan(1000);
    expect(scored.flagged).toBeGreaterThan(0);
    expect(existsSync(join(folder, 'run', 'report.html'))).toBe(true);
    expect(assay('verify', 'run/audit.jsonl')).toContain('unbroken');
  });
});
