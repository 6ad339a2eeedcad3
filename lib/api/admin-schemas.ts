/** The shapes of what administrators look at: see schemas.ts. */
import { z } from 'zod';
import { ALARM_LANGUAGES } from '../oversight/alarm-words.ts';
import { answerSchemas, person, personName } from './schema-parts.ts';

export const PeopleList = z
  .object({
    items: z.array(
      z.object({
        person,
        person_name: personName,
        roles: z.array(z.string()).describe('As `officer:finance`, as the last token said'),
        seen: z.string().describe('The day of the last request'),
      }),
    ),
  })
  .register(answerSchemas, {
    id: 'PeopleList',
    description: 'Who has used the API, the last first. Who was given a role and never came is not in it',
  });

export const ColleagueList = z
  .object({ items: z.array(z.object({ person, person_name: personName })) })
  .register(answerSchemas, {
    id: 'ColleagueList',
    description: 'By name: those whose last token let them read in the domain, but for inspectors',
  });

export const StatusQuery = z.strictObject({ language: z.enum(['en', ...ALARM_LANGUAGES]).default('en') });

const Alarm = z.object({
  name: z.string(),
  state: z.enum(['ok', 'alarm', 'not_enough_data']),
  since: z.string().nullable(),
  words: z.string().describe('What it means'),
  language: z.enum(['en', ...ALARM_LANGUAGES]).describe('Of `words`: `en` where they are in no other'),
  runbook: z.string().nullable().describe('The heading of docs/runbook.md that says what to do'),
});

export const StatusAnswer = z
  .object({
    alarms: z.array(Alarm).describe('Those that are on first'),
    queues: z.object({
      arrivals: z
        .number()
        .int()
        .describe('Files that have come and are not taken in yet. Those of a stopped domain wait elsewhere'),
      dead_letters: z.number().int().describe('What could not be handled and waits for a person'),
    }),
  })
  .register(answerSchemas, { id: 'StatusAnswer' });

export const SettingsAnswer = z
  .object({
    stage: z.string(),
    changed: z.array(z.object({ key: z.string(), value: z.string().describe('As JSON') })),
  })
  .register(answerSchemas, {
    id: 'SettingsAnswer',
    description: 'Settings of the stack that are not the defaults of docs/settings.md',
  });
