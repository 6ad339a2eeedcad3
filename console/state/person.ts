/** Who is at the page, what that person may do, and in which domains. */
import { computed, signal } from '@preact/signals';
import type { z } from 'zod';
import type { ModelList } from '../../lib/api/model-schemas.ts';
import type { Me } from '../../lib/api/schemas.ts';
import { get } from '../api/client.ts';
import { t } from '../words/words.ts';
import { address } from './address.ts';
import { ME, MODELS } from './first-requests.ts';

type Person = z.output<typeof Me>;

interface Known {
  readonly person: Person;
  readonly domains: readonly { readonly name: string; readonly title: string }[];
}

export const known = signal<Known | null>(null);

let meeting: Promise<void> | undefined;

/** Asked for once; a failure is asked again. */
export function meet(): Promise<void> {
  meeting ??= ask().catch((error: unknown) => {
    meeting = undefined;
    throw error;
  });
  return meeting;
}

async function ask(): Promise<void> {
  const [person, models] = await Promise.all([get<Person>(ME), get<z.output<typeof ModelList>>(MODELS)]);
  const domains = models.items.map(({ domain, title }) => ({ name: domain, title }));
  known.value = { person, domains };
}

export const domains = computed(() => known.value?.domains ?? []);
export const personName = computed(() => known.value?.person.name ?? known.value?.person.sub ?? '');

/** Whether the person may do this in the domain of the page. */
export function may(permission: string): boolean {
  const allowed = known.value?.person.may[permission];
  if (allowed === undefined) return false;
  return allowed === null || allowed.includes(address.value.domain ?? '');
}

/** The person's roles in the domain of the page, as words. */
export const rolesHere = computed(() => {
  const { domain } = address.value;
  const roles = (known.value?.person.roles ?? []).map((role) => role.split(':') as [string, string?]);
  return [...new Set(roles.filter(([, of]) => of === undefined || of === domain).map(([role]) => role))];
});

const ROLES = ['viewer', 'officer', 'approver', 'admin', 'inspector', 'read_pii'] as const;

export function sayRole(role: string): string {
  const known = ROLES.find((one) => one === role);
  return known === undefined ? role : t(`role.${known}`);
}

/** MB: of a name's first and last part. */
export function initials(name: string): string {
  const parts = name
    .replace(/@.*/, '')
    .split(/[\s._-]+/)
    .filter((part) => part !== '');
  const first = parts[0]?.[0] ?? '?';
  const last = parts.length > 1 ? (parts.at(-1)?.[0] ?? '') : (parts[0]?.[1] ?? '');
  return `${first}${last}`.toUpperCase();
}
