/** What a deploy does to the settings of a stage: each key whose value the deployed stack has and the file has not, or the reverse. */

export interface SettingChange {
  readonly key: string;
  readonly kind: 'removed' | 'changed' | 'added';
  /** Undefined: not set. */
  readonly before: unknown;
  readonly after: unknown;
}

/** `before` is what the deployed stack says of itself: of any version, so its keys need not be those of today. */
export function compareSettings(before: unknown, after: unknown): SettingChange[] {
  const [old, now] = [new Map(leaves(before, '')), new Map(leaves(after, ''))];
  const keys = [...new Set([...old.keys(), ...now.keys()])].sort();
  return keys.flatMap((key): SettingChange[] => {
    const [was, is] = [old.get(key), now.get(key)];
    if (JSON.stringify(was) === JSON.stringify(is)) return [];
    const kind = !now.has(key) ? 'removed' : old.has(key) ? 'changed' : 'added';
    return [{ key, kind, before: was, after: is }];
  });
}

/** One change of a setting as a line. */
export function formatSettingChange({ key, kind, before, after }: SettingChange): string {
  return `${kind.padEnd(7)}  ${key}: ${format(before)} → ${format(after)}`;
}

const format = (value: unknown): string =>
  value === undefined ? 'not set' : typeof value === 'string' ? value : JSON.stringify(value);

/** An empty group or record has no leaf: it sets nothing. */
function leaves(value: unknown, key: string): [string, unknown][] {
  if (value === undefined || value === null) return [];
  if (typeof value !== 'object' || Array.isArray(value)) return [[key, value]];
  return Object.entries(value).flatMap(([name, item]) => leaves(item, key === '' ? name : `${key}.${name}`));
}
