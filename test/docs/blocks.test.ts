/** Every fenced block of the documentation is of one kind, and sound by what that kind is held to; commands in command-blocks.test.ts. */
import { execFileSync } from 'node:child_process';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkBody } from '../../lib/api/check-input.ts';
import { Problem, problemDocument } from '../../lib/api/problem.ts';
import { findEndpoint } from '../../lib/api/router.ts';
import type { AuditEntry } from '../../lib/audit/audit-entry.ts';
import { canonicalJson } from '../../lib/audit/canonical-json.ts';
import { parseSeal } from '../../lib/audit/seal.ts';
import { EVENT_SCHEMAS } from '../../lib/events/event-schemas.ts';
import { signMessage } from '../../lib/events/sign-webhook.ts';
import { parseRates } from '../../lib/intake/rates.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { parseSettings } from '../../lib/stack/settings-file.ts';
import { parseCheckpoint } from '../../lib/tlog/checkpoint.ts';
import { parseNote } from '../../lib/tlog/signed-note.ts';
import { ROOMS } from '../tidy/rooms.ts';
import { type Block, PAGES, readBlocks, where } from './blocks.ts';

const blocks = PAGES.flatMap(readBlocks);
const of = (...languages: string[]) => blocks.filter(({ language }) => languages.includes(language));
const titled = (list: readonly Block[]) => list.map((block) => [where(block), block] as const);

test('every block names its kind, and each kind is held to something below', () => {
  expect(blocks.length).toBeGreaterThan(90);
  const kinds = ['sh', 'console', 'yaml', 'json', 'jsonl', 'js', 'python', 'text'];
  expect(blocks.filter(({ language }) => !kinds.includes(language)).map(where)).toEqual([]);
});

describe('YAML', () => {
  const expenses = of('yaml').find(({ text }) => text.startsWith('domain: expenses'))!.text;
  /** What pieces of packs speak of beside the columns of the example. */
  const MORE = {
    alert_id: 'string',
    outcome: 'string',
    status: 'string',
    loss: 'number',
    currency: 'string',
    employee_name: 'string',
    balance: 'number',
  };

  /** The piece put into the pack of the example: a key of its own takes the place of the example's, a name beside others is added. */
  function inPack(piece: string): string {
    const pack = parse(expenses) as Record<string, unknown>;
    pack.columns = { ...MORE, ...(pack.columns as object) };
    for (const [key, value] of Object.entries(parse(piece) as Record<string, unknown>)) {
      const isNamed =
        typeof value === 'object' &&
        !Array.isArray(value) &&
        !['threshold', 'acceptance', 'review'].includes(key);
      pack[key] = isNamed ? { ...(pack[key] as object), ...value } : value;
    }
    return JSON.stringify(pack);
  }

  const READERS: Readonly<Record<string, (text: string, place: string) => unknown>> = {
    'docs/packs.md': (text, place) => parsePack(/^domain:/m.test(text) ? text : inPack(text), place),
    // test/packs/recipes.test.ts computes each.
    'docs/recipes.md': (text) => parse(text),
    'docs/settings.md': (text, place) => parseSettings(text, place),
    'docs/deploy.md': (text, place) => parseSettings(JSON.stringify({ stages: { dev: parse(text) } }), place),
    // test/docs/examples.test.ts makes the drafts with them.
    'docs/dossiers.md': (text) => parse(text),
    'docs/events.md': (text) => {
      const template = text.replaceAll(/!GetAtt (\S+)/g, '{ "Fn::GetAtt": $1 }');
      const { CriticalFlags } = parse(template) as {
        CriticalFlags: {
          Properties: { EventPattern: { 'detail-type': string[]; detail: Record<string, object> } };
        };
      };
      const { 'detail-type': types, detail } = CriticalFlags.Properties.EventPattern;
      for (const type of types) expect(Object.keys(EVENT_SCHEMAS)).toContain(type);
      const read = [...text.matchAll(/\$\.detail\.(\w+)/g)].map(([, member]) => member);
      const members = types.flatMap((type) =>
        Object.keys(EVENT_SCHEMAS[type as keyof typeof EVENT_SCHEMAS].shape),
      );
      expect(members).toEqual(expect.arrayContaining([...Object.keys(detail), ...read]));
    },
  };

  test.each(titled(of('yaml')))('%s', (place, { page, text }) => {
    expect(READERS[page], `who reads the YAML of ${page}?`).toBeDefined();
    READERS[page]!(text, place);
  });
});

describe('JSON', () => {
  const filled = (text: string): string => text.replaceAll('{ … }', '{}');
  const READERS: Readonly<Record<string, (text: string) => void>> = {
    'docs/api.md': (text) => {
      const shown = JSON.parse(text) as {
        detail: string;
        instance: string;
        errors: { at: string; detail: string }[];
      };
      const problem = new Problem(422, shown.detail, { faults: shown.errors });
      expect(problemDocument(problem, shown.instance.split(':').at(-1)!)).toEqual(shown);
      expect(() =>
        checkBody(findEndpoint('POST', '/v1/score').endpoint.body!, {
          domain: 'finance',
          records: [{}, {}, {}, { amount: [] }],
        }),
      ).toThrow(expect.objectContaining({ message: shown.detail, faults: shown.errors }));
    },
    'docs/audit.md': (text) => {
      const seal = JSON.parse(filled(text)) as object;
      parseSeal(JSON.stringify({ ...seal, head: 'a'.repeat(64), sealed_at: '2026-01-01T00:00:00Z' }));
    },
    'docs/audit-format.md': (text) => {
      const seal = JSON.parse(filled(text)) as object;
      parseSeal(JSON.stringify({ ...seal, head: 'a'.repeat(64) }));
    },
    // test/docs/examples.test.ts holds it against the run that the page speaks of.
    'docs/files.md': (text) => JSON.parse(text),
  };

  test.each(titled(of('json')))('%s', (_, { page, text }) => {
    expect(READERS[page], `who reads the JSON of ${page}?`).toBeDefined();
    READERS[page]!(text);
  });

  test.each(titled(of('jsonl')))('lines of a log: %s', (_, { text }) => {
    const lines = text
      .split('\n')
      .map((line) => line.replaceAll('{…}', '{}').replaceAll('[…]', '[]').replaceAll(',…}', '}'));
    const entries = lines.map((line) => JSON.parse(line) as AuditEntry);
    for (const [at, entry] of entries.entries()) {
      expect(canonicalJson(entry as never)).toBe(lines[at]);
      if (at > 0) expect(entry).toMatchObject({ prev: entries[at - 1]!.hash, seq: entries[at - 1]!.seq + 1 });
    }
  });
});

describe('code', () => {
  test.each(titled(of('js')))('%s knows a message of ours from another', (_, { text }) => {
    const receive = new Function(
      'createHmac',
      'timingSafeEqual',
      'secret',
      'body',
      'timestamp',
      'signature',
      `${text}\nreturn isOurs;`,
    );
    const seconds = Math.floor(Date.now() / 1000);
    const { headers } = signMessage('secret', '{}', { seconds, id: 'e' });
    const isOurs = (body: string, at = seconds): boolean =>
      receive(createHmac, timingSafeEqual, 'secret', body, at, headers['x-assay-signature']);
    expect([isOurs('{}'), isOurs('{ }'), isOurs('{}', seconds - 301)]).toEqual([true, false, false]);
  });

  test('Python is Python', () => {
    const program = 'import ast, json, sys\nfor place, text in json.load(sys.stdin): ast.parse(text, place)';
    const input = JSON.stringify(of('python').map((block) => [where(block), block.text]));
    expect(() => execFileSync('python3', ['-c', program], { input, stdio: 'pipe' })).not.toThrow();
  });
});

describe('text', () => {
  const isNote = (text: string) => /\n— \S+ \S+$/.test(text);
  const note = (text: string) => {
    const signed = parseNote(`${text}\n`, 'the page');
    parseCheckpoint(signed.text, 'the page');
  };
  /** By what a block begins with. */
  const READERS: readonly (readonly [page: string, start: string, read: (text: string) => void])[] = [
    ['docs/audit.md', 'example.org/assay/runs/finance/', note],
    ['docs/audit-format.md', 'example.org/assay/runs/shop/', note],
    [
      'docs/architecture.md',
      'cli',
      (text) => {
        const rows = text.split('\n').map((row) => row.trim().split(/ {2,}/));
        expect(rows.flat().toSorted()).toEqual(Object.keys(ROOMS).toSorted());
        const rowOf = (room: string) => rows.findIndex((row) => row.includes(room));
        const wrong = Object.entries(ROOMS).flatMap(([room, others]) =>
          others.filter((other) => rowOf(other) <= rowOf(room)).map((other) => `${room} → ${other}`),
        );
        expect(wrong).toEqual([]);
      },
    ],
    [
      'docs/events.md',
      'POST /…',
      (text) => {
        const { headers } = signMessage('secret', '{}', { seconds: 0, id: 'e' });
        expect([...text.matchAll(/^([a-z-]+): /gm)].map(([, name]) => name)).toEqual(Object.keys(headers));
        expect(Object.keys(EVENT_SCHEMAS)).toContain(/"type": "(\w+)"/.exec(text)![1]);
      },
    ],
    [
      'docs/packs.md',
      'date,currency,rate',
      (text) => {
        const columns = text.split('\n').map((line) => line.split(/ {2,}/));
        const [rows, wide] = [0, 1].map((at) =>
          parseRates(`${columns.map((line) => line[at]).join('\n')}\n`, 'rates.csv'),
        );
        expect(wide!.rates.find(({ currency }) => currency === 'USD')).toEqual(rows!.rates[0]);
      },
    ],
    [
      'docs/retraining.md',
      'Snapshot',
      (text) => {
        const steps = text
          .split('\n')[0]!
          .split(' ─► ')
          .map((name) => name.trim().replace('*', ''));
        const machine = globSync('lib/stack/retrain-*.ts')
          .map((file) => readFileSync(file, 'utf8'))
          .join('\n');
        expect(steps.filter((step) => !new RegExp(`['"]${step}['"]`).test(machine))).toEqual([]);
      },
    ],
    [
      'docs/retraining.md',
      'candidate ──',
      (text) => {
        const states = readFileSync('lib/registry/registry-state.ts', 'utf8');
        const shown = ['candidate', 'approved', 'champion', 'retired', 'rejected'];
        for (const state of shown) {
          expect(text).toContain(state);
          expect(states).toContain(`'${state}'`);
        }
      },
    ],
    // Pictures of a procedure, which hold no name of anything.
    ['docs/models.md', 'files ─►', () => {}],
    ['docs/models.md', '                      before c', () => {}],
  ];

  test.each(titled(of('text')))('%s', (_, { page, text }) => {
    const reader = READERS.find(([of, start]) => of === page && text.startsWith(start));
    expect(reader, 'what is this?').toBeDefined();
    reader![2](text);
    expect(isNote(text)).toBe(reader![2] === note);
  });
});
