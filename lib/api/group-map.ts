/** The setting that says what the groups of an issuer of your own stand for: `{ "AML officers": ["officer:finance"] }`. */
import { InputError } from '../errors.ts';
import type { GroupMap } from './read-caller.ts';
import { parseGrant, ROLES } from './roles.ts';

/** Throws an InputError that names the group and the grant that is none. */
export function parseGroupMap(setting: Readonly<Record<string, readonly string[]>>): GroupMap {
  return new Map(
    Object.entries(setting).map(([group, grants]) => [
      group,
      grants.map((text) => {
        const grant = parseGrant(text);
        if (grant !== null) return grant;
        const expected = `a role (${ROLES.join(', ')}), with or without a domain: officer, officer:finance`;
        throw new InputError(`the group "${group}": found "${text}", expected ${expected}`);
      }),
    ]),
  );
}

/** Of a function's environment; empty: the stack's own pool signs the tokens. */
export function readGroupMap(variable: string): GroupMap | null {
  return variable === '' ? null : parseGroupMap(JSON.parse(variable) as Record<string, string[]>);
}
