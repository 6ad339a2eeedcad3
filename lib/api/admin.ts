/** What answers for administration: who came in which role, how the stack is, how it is set. */
import { sayAlarm } from '../oversight/alarm-words.ts';
import type { KnownUser, QueueCounts, StackAlarm } from '../oversight/stack-state.ts';
import { type DomainScope, isInScope } from '../packs/domain-scope.ts';
import type { Handlers, Reply } from './endpoints.ts';
import { parseGrant } from './roles.ts';

export interface AdminServices {
  readonly people: { seen(): Promise<readonly KnownUser[]> };
  readonly health: {
    alarms(): Promise<readonly StackAlarm[]>;
    waiting(): Promise<QueueCounts>;
  };
  readonly stage: string;
  /** By key. */
  readonly changedSettings: Readonly<Record<string, unknown>>;
}

type Names = 'listPeople' | 'getStatus' | 'getSettings';

export function adminHandlers(services: AdminServices): Required<Pick<Handlers, Names>> {
  const { people, health, stage, changedSettings } = services;
  return {
    listPeople: async ({ scope }) => ({ body: { items: shownPeople(await people.seen(), scope) } }),
    getStatus: async ({ query: { language } }) => {
      const [alarms, { arrivals, deadLetters }] = await Promise.all([health.alarms(), health.waiting()]);
      return {
        body: {
          alarms: alarms.map((one) => shownAlarm(one, language)).sort(onFirst),
          queues: { arrivals, dead_letters: deadLetters },
        },
      };
    },
    getSettings: async ({ scope }) => {
      const shown = Object.entries(changedSettings).filter(
        ([key]) => scope === 'all' || !OF_ALL.includes(key),
      );
      const changed = shown.map(([key, value]) => ({
        key,
        value: JSON.stringify(value),
      }));
      return { body: { stage, changed } };
    },
  };
}

/** Settings that say something of every domain, or of people: not for who administers one. */
const OF_ALL = ['access.groups', 'retraining.schedules', 'alarms.email', 'events.webhookUrl'];

/** Who administers one domain sees who is in it, and no role elsewhere. */
function shownPeople(people: readonly KnownUser[], scope: DomainScope): Reply<'listPeople'>['body']['items'] {
  const isShown = (role: string) => {
    const domain = parseGrant(role)?.domain ?? null;
    return domain === null || isInScope(scope, domain);
  };
  return people
    .map(({ id, name, roles, seen }) => ({
      ...{ person: id, person_name: name, seen },
      roles: roles.filter(isShown),
    }))
    .filter(({ roles }) => roles.length > 0)
    .sort((one, other) => (one.seen < other.seen ? 1 : one.seen > other.seen ? -1 : 0));
}

type Shown = Reply<'getStatus'>['body']['alarms'][number];

const RUNBOOK = / See docs\/runbook\.md#([\w-]+)$/;

function shownAlarm({ name, state, since, description }: StackAlarm, wanted: Shown['language']): Shown {
  const runbook = RUNBOOK.exec(description)?.[1] ?? null;
  const words = description.replace(RUNBOOK, '');
  const said = wanted === 'en' ? null : sayAlarm(words, wanted);
  return { name, state, since, words: said ?? words, language: said === null ? 'en' : wanted, runbook };
}

const ORDER = ['alarm', 'not_enough_data', 'ok'] as const;

function onFirst(one: Shown, other: Shown): number {
  const byState = ORDER.indexOf(one.state) - ORDER.indexOf(other.state);
  return byState === 0 ? (one.name < other.name ? -1 : 1) : byState;
}
