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
