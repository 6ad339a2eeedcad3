/** People of a domain whom a text speaks to: `@` and a name. */
import { signal } from '@preact/signals';
import type { z } from 'zod';
import type { ColleagueList } from '../../lib/api/admin-schemas.ts';
import { MAX_MENTIONS } from '../../lib/cases/mention.ts';
import { get } from '../api/client.ts';

export interface Colleague {
  readonly person: string;
  readonly name: string;
}

/** Of one domain; null: not asked for yet. */
const colleagues = signal<{ readonly domain: string; readonly people: readonly Colleague[] } | null>(null);

export async function loadColleagues(domain: string): Promise<readonly Colleague[]> {
  if (colleagues.value?.domain !== domain) {
    const { items } = await get<z.output<typeof ColleagueList>>(`/v1/people/${domain}`);
    const people = items.map(({ person, person_name: name }) => ({ person, name: name ?? person }));
    colleagues.value = { domain, people };
  }
  return colleagues.value!.people;
}

/** Of those who were offered; as a part of a request. */
export function mentionsIn(text: string): { readonly mentions?: readonly string[] } {
  const found = mentioned(text, colleagues.value?.people ?? []);
  return found.length === 0 ? {} : { mentions: found };
}

/** The longest name counts where one begins with another; of two who have one name both are meant. */
export function mentioned(text: string, people: readonly Colleague[]): readonly string[] {
  const byLength = people.toSorted((one, other) => other.name.length - one.name.length);
  let left = text;
  const found: string[] = [];
  for (const { name } of byLength) {
    if (!left.includes(`@${name}`)) continue;
    left = left.replaceAll(`@${name}`, ' ');
    found.push(...people.filter((one) => one.name === name).map(({ person }) => person));
  }
  return found.slice(0, MAX_MENTIONS);
}

/** The name that is being written before the caret; null: none is. */
export function nameBegun(before: string): string | null {
  return /(?:^|[\s(])@([^@\n]{0,40})$/.exec(before)?.[1] ?? null;
}

/** Whose name, or a part of it, begins so. */
export function offered(begun: string, people: readonly Colleague[]): readonly Colleague[] {
  const wanted = begun.toLowerCase();
  return people
    .filter(({ name }) => {
      const lower = name.toLowerCase();
      return lower.startsWith(wanted) || lower.split(/[\s-]+/).some((part) => part.startsWith(wanted));
    })
    .slice(0, 6);
}
