/**
 * The pictures of the console for docs/console: every page, light and dark, wide (1280) and narrow (400), of the shipped samples.
 *
 *     node test/bench/console-pictures.ts [--only queue,case] [--out docs/console] [--locale de]
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import type { Browser, Page } from 'playwright-core';
import { openWorkedConsole, sample, type WorkedConsole } from '../console/worked-console.ts';
import { goTo, launch, violations } from '../helpers/chromium.ts';
import { clientSettings } from '../helpers/local-aws.ts';
import startLocalAws from '../helpers/start-local-aws.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    locale: { type: 'string', default: 'en-GB' },
    out: { type: 'string', default: 'docs/console' },
  },
});
const SIZES = { wide: { width: 1280, height: 860 }, narrow: { width: 400, height: 860 } } as const;
const people = {
  ann: { name: 'Ann Lee', groups: ['admin', 'officer', 'approver', 'read_pii'] },
  ben: { name: 'Ben Roth', groups: ['officer:finance', 'officer:pharma'] },
};

interface Shot {
  readonly name: string;
  readonly path: string;
  /** What has to be there. */
  readonly wait: string;
  /** A narrow window would show another page's picture again: no boxes to check, or a list above what is meant. */
  readonly wideOnly?: true;
  readonly prepare?: (page: Page) => Promise<void>;
}

interface Listed {
  readonly items: readonly {
    readonly id: string;
    readonly version: number;
    readonly top_flag: { readonly id: string; readonly record_id: string };
  }[];
}

async function casesOf(shown: WorkedConsole, domain: string): Promise<Listed['items']> {
  return ((await shown.call('ann', `GET /v1/cases?domain=${domain}&view=act`)) as unknown as Listed).items;
}

/** Some cases are decided, one is held: no queue is untouched. */
async function work(shown: WorkedConsole, domain: string): Promise<void> {
  for (const [n, one] of (await casesOf(shown, domain)).slice(4, 8).entries()) {
    const detail = (await shown.call('ben', `GET /v1/cases/${one.id}`)) as {
      flag_list: { flag: string; version: number; status: string }[];
      review_rules: { reasons: Record<string, { code: string }[]> };
    };
    const verdict = n === 1 ? 'false_positive' : 'true_positive';
    const code = detail.review_rules.reasons[verdict]?.[0]?.code;
    await shown.call('ben', `POST /v1/cases/${one.id}/reviews`, {
      flags: detail.flag_list.map(({ flag, version }) => ({ id: flag, version })),
      ...{ verdict, ...(code === undefined ? { reason: 'Looked at' } : { reason_code: code }) },
      signature: { meaning: 'Review' },
    });
  }
  const [first, second] = await casesOf(shown, domain);
  const filter = { severity: 'critical' };
  await shown.call('ann', `POST /v1/views/${domain}`, { name: 'Critical first', filter, shared: true });
  await shown.call('ann', `POST /v1/views/${domain}`, {
    name: 'To look at on Friday',
    filter: { view: 'look' },
  });
  await attach(shown, first!.id);
  await shown.call('ben', `POST /v1/cases/${second!.id}/claim`, {});
}

async function attach(shown: WorkedConsole, id: string): Promise<void> {
  const path = `/v1/cases/${id}/attachments`;
  const body = 'invoice;amount\n1204;9850.00\n';
  const upload = { name: 'Invoices of March.csv', bytes: body.length };
  const { url, attachment } = await shown.call('ann', `POST ${path}`, upload);
  await fetch(String(url), { method: 'PUT', body });
  await shown.call('ann', `POST ${path}/${attachment}`, { name: upload.name });
}

/** Two alarms of a stack, of which one is on. */
async function sound(): Promise<void> {
  const watch = new CloudWatchClient(clientSettings());
  const says = {
    DeadLetters1A2B3C4D: 'Drops or events that could not be handled wait for a person.',
    ApiFaults1A2B3C4D: 'The API answered 5xx.',
  };
  for (const [name, words] of Object.entries(says)) {
    const AlarmName = `Assay-dev-Alarms${name}-X1Y2Z3`;
    await watch.send(
      new PutMetricAlarmCommand({
        ...{ AlarmName, AlarmDescription: `${words} See docs/runbook.md#dead-letters`, Namespace: 'Shown' },
        ...{ MetricName: name, Statistic: 'Sum', Period: 300, EvaluationPeriods: 1, Threshold: 1 },
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      }),
    );
    const StateValue = name.startsWith('Dead') ? 'ALARM' : 'OK';
    await watch.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'shown' }));
  }
}

async function shots(shown: WorkedConsole): Promise<Shot[]> {
  const [finance] = await casesOf(shown, 'finance');
  const [pharma] = await casesOf(shown, 'pharma');
  const { items: drops } = (await shown.call('ann', 'GET /v1/drops?domain=finance')) as unknown as {
    items: { id: string }[];
  };
  const pick = async (page: Page) => {
    const boxes = page.locator('.queue tbody input[type=checkbox]');
    for (const n of [0, 2, 3]) await boxes.nth(n).check();
    await page.locator('button', { hasText: 'Decide together' }).first().click();
    await page.waitForSelector('dialog[open]');
  };
  return [
    { name: 'queue', path: '/finance/queue', wait: '.queue tbody tr' },
    { name: 'case', path: `/finance/cases/${finance!.id}`, wait: '.fall' },
    { name: 'case-pharma', path: `/pharma/cases/${pharma!.id}`, wait: '.fall' },
    {
      name: 'around',
      path: `/finance/cases/${finance!.id}`,
      wait: '.fall',
      prepare: (page) => page.locator('#around, #change').first().scrollIntoViewIfNeeded(),
    },
    {
      name: 'views',
      path: '/finance/queue',
      wait: '.queue tbody tr',
      prepare: async (page) => {
        await page.click('[popovertarget=views]');
        await page.locator('#views button').last().click();
        await page.waitForSelector('.view-form');
      },
    },
    {
      name: 'speak',
      path: `/finance/cases/${finance!.id}`,
      wait: '.fall',
      prepare: async (page) => {
        await page.locator('#note').fill('As you said, @B');
        await page.locator('#note').press('End');
        await page.waitForSelector('#mention-list');
      },
    },
    {
      name: 'attachments',
      path: `/finance/cases/${finance!.id}`,
      wait: '#attachments',
      prepare: (page) => page.locator('#attachments').scrollIntoViewIfNeeded(),
    },
    { name: 'together', path: '/finance/queue', wait: '.queue tbody tr', wideOnly: true, prepare: pick },
    { name: 'blind', path: '/finance/blind', wait: 'main h1' },
    { name: 'drops', path: '/finance/drops', wait: 'main table' },
    { name: 'drop', path: `/finance/drops/${drops[0]!.id}`, wait: 'main h1', wideOnly: true },
    { name: 'models', path: '/finance/models', wait: '.threshold' },
    { name: 'monitoring', path: '/finance/monitoring', wait: 'main h1' },
    {
      name: 'packs',
      path: '/finance/packs',
      wait: '#rules',
      prepare: async (page) => void (await page.locator('.formula summary').nth(1).click()),
    },
    { name: 'admin', path: '/finance/admin', wait: '#people' },
    { name: 'audit', path: `/finance/audit?about=${finance!.top_flag.record_id}`, wait: 'main h1' },
  ];
}

async function photograph(browser: Browser, shown: WorkedConsole, all: readonly Shot[]): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      const context = await browser.newContext({ viewport, colorScheme, locale: values.locale });
      await context.addCookies([{ name: 'person', value: 'ann', url: shown.origin }]);
      const page = await context.newPage();
      page.setDefaultTimeout(60_000);
      await page.goto(`${shown.origin}/finance/queue`);
      await page.waitForSelector('header.top');
      for (const { name, path, wait, wideOnly, prepare } of all) {
        if (wideOnly === true && size !== 'wide') continue;
        await goTo(page, path);
        try {
          await page.waitForSelector(wait);
          await page.waitForTimeout(1_200);
          if (prepare !== undefined) await prepare(page);
        } catch (error) {
          console.log(`${name} ${size} ${colorScheme}: ${(error as Error).message.split('\n')[0]}`);
        }
        const found = await violations(page);
        if (found.length > 0) console.log(`${name} ${size} ${colorScheme}: ${found.join('; ')}`);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (overflow > 0) console.log(`${name} ${size} ${colorScheme}: ${overflow} px too wide`);
        await page.screenshot({ path: join(values.out, `${name}-${size}-${colorScheme}.png`) });
        await page.keyboard.press('Escape');
      }
      await context.close();
    }
  }
}

const stop = await startLocalAws();
const shown = await openWorkedConsole(people);
const browser = await launch();
try {
  const before = new Date(Date.now() - 3 * 3_600_000).toISOString();
  for (const domain of ['finance', 'pharma']) {
    await shown.drop(domain, 'new.csv', await sample(`${domain}/new.csv`), before);
    await work(shown, domain);
    await shown.watch(domain);
  }
  await sound();
  await mkdir(values.out, { recursive: true });
  const wanted = values.only?.split(',');
  const all = (await shots(shown)).filter(({ name }) => wanted === undefined || wanted.includes(name));
  await photograph(browser, shown, all);
} finally {
  await browser.close();
  await shown.close();
  await stop?.();
}
process.exit(0);
