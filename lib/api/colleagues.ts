/** What answers for people of a domain as those see them who work there: names to speak to, and no roles. */
import type { KnownUser } from '../oversight/stack-state.ts';
import type { Handlers } from './endpoints.ts';
import { Problem } from './problem.ts';
import { isAllowed, parseGrant } from './roles.ts';

export interface ColleagueServices {
  readonly people: { seen(): Promise<readonly KnownUser[]> };
}

export function colleagueHandlers({ people }: ColleagueServices): Required<Pick<Handlers, 'listColleagues'>> {
  return {
    listColleagues: async ({ params: { domain } }) => {
      const found = colleaguesIn(await people.seen(), domain);
      return { body: { items: found.map(({ id, name }) => ({ person: id, person_name: name })) } };
    },
  };
}

/** Those whose last token let them read there, by name; inspectors act on nothing, and no one speaks to them. */
function colleaguesIn(people: readonly KnownUser[], domain: string): KnownUser[] {
  return people
    .filter(({ id: sub, roles }) => {
      const grants = roles.map(parseGrant).filter((grant) => grant !== null);
      const isInspector = grants.some(({ role }) => role === 'inspector');
      return !isInspector && isAllowed({ sub, name: null, grants }, 'read', domain);
    })
    .sort((one, other) => one.name.localeCompare(other.name, 'en'));
}

/** Throws a Problem where one of these is not someone who could read it. Without repetitions. */
export async function readMentions(
  { people }: ColleagueServices,
  domain: string,
  mentions: readonly string[] | undefined,
): Promise<string[]> {
  const asked = [...new Set(mentions)];
  if (asked.length === 0) return [];
  const known = new Set(colleaguesIn(await people.seen(), domain).map(({ id }) => id));
  const faults = asked
    .map((person, place) => ({ person, at: `/mentions/${place}` }))
    .filter(({ person }) => !known.has(person))
    .map(({ at }) => ({
      at,
      detail: `is no one who reads in ${domain}: GET /v1/people/${domain} lists them`,
    }));
  if (faults.length > 0) throw new Problem(422, 'The body is not as expected.', { faults });
  return asked;
}
