/** What administrators look at, and who else is there. See endpoints.ts. */
import { z } from 'zod';
import { ColleagueList, PeopleList, SettingsAnswer, StatusAnswer, StatusQuery } from './admin-schemas.ts';
import { type Endpoint, get, ok } from './endpoint.ts';
import { domainName } from './schema-parts.ts';

const forAdmins = { ...get, tag: 'Service', permission: 'administer', domain: 'list' } as const;

export const ADMIN_ENDPOINTS = {
  listColleagues: {
    ...get,
    path: '/v1/people/{domain}',
    summary: 'List the people of a domain by name, for those who work there',
    tag: 'Service',
    permission: 'review',
    domain: 'params',
    params: z.strictObject({ domain: domainName }),
    answer: ok(ColleagueList),
  },
  listPeople: {
    ...forAdmins,
    path: '/v1/people',
    summary: 'List who has used the API, in which roles, and when last',
    answer: ok(PeopleList),
  },
  getStatus: {
    ...forAdmins,
    path: '/v1/status',
    summary: 'Read which alarms are on, and what waits in the queues',
    query: StatusQuery,
    answer: ok(StatusAnswer),
  },
  getSettings: {
    ...forAdmins,
    path: '/v1/settings',
    summary: 'Read the settings of the stack that are not the defaults',
    answer: ok(SettingsAnswer),
  },
} as const satisfies Record<string, Endpoint>;
