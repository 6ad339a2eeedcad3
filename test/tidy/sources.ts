/** The sources of lib/ with the room of each and what it imports from other rooms. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { ROOMS } from './rooms.ts';

export interface Source {
  readonly path: string;
  readonly room: string;
  readonly text: string;
  /** The rooms that it imports from, its own left out. */
  readonly imports: readonly string[];
}

/** Null: the file stands directly in lib/. */
function roomOf(path: string): string | null {
  const [, room, inner, file] = path.split('/');
  if (inner === undefined) return null;
  const nested = `${room}/${inner}`;
  return file !== undefined && nested in ROOMS ? nested : room!;
}

export function readSources(): Source[] {
  return globSync('lib/**/*.ts')
    .sort()
    .map((path) => {
      const text = readFileSync(path, 'utf8');
      const room = roomOf(path) ?? '';
      const targets = [...text.matchAll(/(?:from|import\()\s*'(\.[^']+\.tsx?)'/g)]
        .map(([, target]) => normalize(join(dirname(path), target!)))
        .filter((target) => target.startsWith('lib/'))
        .map(roomOf)
        .filter((target) => target !== null && target !== room);
      return { path, room, text, imports: [...new Set(targets as string[])] };
    });
}

/** What a file of lib/ exports and another room, a function or a script imports: functions and classes, by their names. */
export function sharedNames(): ReadonlyMap<string, ReadonlySet<string>> {
  const shared = new Map<string, Set<string>>();
  const folders = ['lib', 'functions', 'operations', 'bin', 'local', 'samples', 'console', 'model-artifacts'];
  for (const path of globSync(folders.map((folder) => `${folder}/**/*.{ts,tsx}`))) {
    const text = readFileSync(path, 'utf8');
    const own = path.startsWith('lib/') ? roomOf(path) : path.split('/')[0];
    for (const [, names, from] of text.matchAll(
      /\{([^}]*)\}\s*(?:from\s*|= await import\()'(\.[^']+\.tsx?)'/g,
    )) {
      const target = normalize(join(dirname(path), from!));
      if (!target.startsWith('lib/') || roomOf(target) === own) continue;
      const found = shared.get(target) ?? new Set();
      for (const name of names!.split(','))
        found.add(
          name
            .trim()
            .replace(/^type /, '')
            .split(/ as |: /)[0]!,
        );
      shared.set(target, found);
    }
  }
  return shared;
}
