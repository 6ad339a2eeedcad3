import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** Paths that the commands in README's shell examples write to. */
function writtenPaths(): string[] {
  const examples = [...readFileSync('README.md', 'utf8').matchAll(/```sh\n(.*?)```/gs)].map(
    (match) => match[1]!,
  );
  const options = examples.join('\n').matchAll(/--(?:out|svg|html|page) +([\w./-]+)/g);
  return [...new Set([...options].map((match) => match[1]!))];
}

test('git ignores what the commands of README write', () => {
  const paths = writtenPaths();
  expect(paths.length).toBeGreaterThan(2);
  const ignored = execFileSync(
    'git',
    ['check-ignore', '--no-index', ...paths.map((path) => `${path}/x`), ...paths],
    {
      encoding: 'utf8',
    },
  );
  const seen = new Set(ignored.trim().split('\n'));
  expect(paths.filter((path) => !seen.has(path) && !seen.has(`${path}/x`))).toEqual([]);
});
