/** The JSON Schema of assay.config.yaml, for editors, and the list of its keys, for the documentation. */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { bytesForApi, MAX_API_BYTES, SETTINGS_FILE, type Settings } from './settings.ts';

/** Of all that JSON Schema has, what is read here. */
export interface JsonSchema {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string | number, JsonSchema>>;
}

export interface SettingKey {
  /** Below the stage, such as `alarms.email`. */
  readonly key: string;
  readonly description: string;
  /** Undefined: it has none. */
  readonly default: unknown;
}

let made: JsonSchema | undefined;

export function settingsSchema(): JsonSchema {
  made ??= z.toJSONSchema(SETTINGS_FILE, { io: 'input' }) as JsonSchema;
  return made;
}

/** Every key that a stage may set, in the order of the schema. */
export function settingKeys(): SettingKey[] {
  return keysOf(settingsSchema().properties?.stages?.properties?.dev ?? {}, '');
}

function keysOf({ properties = {} }: JsonSchema, prefix: string): SettingKey[] {
  return Object.entries(properties).flatMap(([name, node]) =>
    node.properties === undefined
      ? [{ key: `${prefix}${name}`, description: node.description ?? '', default: node.default }]
      : keysOf(node, `${prefix}${name}.`),
  );
}

/** At most so many bytes of them are shown, and fewer where the API's environment has no room for them. */
const MAX_SHOWN_BYTES = 1_200;
/** In place of what is too long to be shown, and of keys for which there is no room. */
const LONG = '…';
const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value)) + 1;

/** Those that are not the defaults, by key, for people to read. */
export function changedSettings(settings: Settings): Record<string, unknown> {
  const changed = settingKeys().flatMap(({ key, default: usual }) => {
    const value = key
      .split('.')
      .reduce<unknown>((one, part) => (one as Record<string, unknown>)?.[part], settings);
    return value === undefined || isDeepStrictEqual(value, usual) ? [] : [[key, value] as const];
  });
  let left = Math.min(MAX_SHOWN_BYTES, MAX_API_BYTES - bytesForApi(settings)) - bytesOf(LONG) - bytesOf(LONG);
  const shown: Record<string, unknown> = {};
  for (const [key, value] of changed) {
    const said = [value, LONG].find((one) => bytesOf(key) + bytesOf(one) <= left);
    if (said !== undefined) left -= bytesOf(key) + bytesOf(said);
    shown[said === undefined ? LONG : key] = said ?? LONG;
  }
  return shown;
}

/** The table of docs/settings.md. */
export function settingsTable(): string {
  const rows = settingKeys().map(({ key, description, default: value }) => {
    const shown = value === undefined ? 'none' : `\`${JSON.stringify(value).replaceAll('"', '')}\``;
    return `| \`${key}\` | ${shown} | ${description} |`;
  });
  return ['| key | default | |', '| --- | --- | --- |', ...rows, ''].join('\n');
}
