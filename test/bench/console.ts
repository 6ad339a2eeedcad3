/**
 * The console's speed, measured in Debian's Chromium by the API's function on the local store: not for CI.
 *
 *     node test/bench/console.ts [--cases 100000] [--verdicts 60] [--only first|verdicts|scroll]
 *
 * - the first flag readable, from a link to a case, processor slowed down four times: the time, which a busy machine makes longer, and
 *   what does not depend on that: requests of the API before it, their bytes, and the work of the page's thread
 * - from the key that saves a verdict to the next case painted
 * - verdicts an hour by two scripted officers who take cases from one queue; each flag has one review in the end
 * - frames a second while a queue of so many cases is scrolled
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { AuditChain } from '../../lib/aws/audit-chain.ts';
import { caseKeys, countKey } from '../../lib/aws/case-keys.ts';
import { FlagTable } from '../../lib/aws/flag-table.ts';
import { ReviewTable } from '../../lib/aws/review-table.ts';
import { caseIdOf, viewOf } from '../../lib/cases/case.ts';
import { joinFlags } from '../../lib/cases/case-flags.ts';
import { inParallel } from '../../lib/in-parallel.ts';
import { openWorkedConsole, type WorkedConsole } from '../console/worked-console.ts';
import { goTo, launch, WIDE } from '../helpers/chromium.ts';
import { flagOf } from '../helpers/flags.ts';
import { localDocuments } from '../helpers/local-aws.ts';
import startLocalAws from '../helpers/start-local-aws.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    cases: { type: 'string', default: '100000' },
    verdicts: { type: 'string', default: '60' },
  },
});
const people = {
  ann: { name: 'Ann Lee', groups: ['officer'] },
  ben: { name: 'Ben Roth', groups: ['officer'] },
};
const TIMES = 7;
const SLOWED = 4;
const record = { transaction_id: 'T1', customer_name: 'Jane Doe', amount: 9_850, currency: 'EUR' };
const median = (times: readonly number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!;
const say = (what: string, times: readonly number[]) =>
  console.log(`${what}: median ${median(times).toFixed(0)} ms, worst ${Math.max(...times).toFixed(0)} ms`);

async function enter(browser: Browser, shown: WorkedConsole, person: string, path: string): Promise<Page> {
  const context = await browser.newContext({ viewport: WIDE, locale: 'en-GB' });
  await context.addCookies([{ name: 'person', value: person, url: shown.origin }]);
  const page = await context.newPage();
  await page.goto(`${shown.origin}${path}`);
  await page.waitForSelector('header.top');
  return page;
}

/** From a link, signed in by the issuer on the way; and from the queue. */
async function measureFirstFlag(browser: Browser, shown: WorkedConsole, path: string): Promise<void> {
  const [linked, opened, waited, worked]: [number[], number[], number[], number[]] = [[], [], [], []];
  const [asked, sent]: [number[], number[]] = [[], []];
  for (let n = 0; n < TIMES; n++) {
    const page = await enter(browser, shown, 'ann', '/finance/drops');
    const session = await page.context().newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWED });
    let began = performance.now();
    await goTo(page, path);
    await page.waitForSelector('.fall');
    opened.push(performance.now() - began);
    waited.push(await waitedForApi(page));
    began = performance.now();
    await page.goto(`${shown.origin}${path}`);
    await page.waitForSelector('.fall');
    linked.push(performance.now() - began);
    const { count, bytes } = await requestsSoFar(page);
    asked.push(count);
    sent.push(bytes);
    await page.context().close();
    worked.push(await workOfFlag(browser, shown, path));
  }
  say(`first flag readable by a link, with sign-in, ${SLOWED}x slower`, linked);
  say(`first flag readable from another page, ${SLOWED}x slower`, opened);
  say('  of which the case was waited for', waited);
  say('  work of the thread of the page, not slowed down', worked);
  console.log(`  by a link: ${median(asked)} requests, ${Math.round(median(sent) / 1_000)} kB`);
}

/** Milliseconds of the processor, whatever runs beside it: not slowed down, which would count as work. */
async function workOfFlag(browser: Browser, shown: WorkedConsole, path: string): Promise<number> {
  const page = await enter(browser, shown, 'ann', '/finance/drops');
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const before = await workMs(session);
  await goTo(page, path);
  await page.waitForSelector('.fall');
  const worked = (await workMs(session)).all - before.all;
  await page.context().close();
  return worked;
}

/** How long the thread of the page has had the processor, and for what. */
interface Work {
  readonly all: number;
  readonly script: number;
  readonly style: number;
  readonly layout: number;
}

async function workMs(session: CDPSession): Promise<Work> {
  const { metrics } = await session.send('Performance.getMetrics');
  const ms = (wanted: string) => 1_000 * metrics.find(({ name }) => name === wanted)!.value;
  return {
    all: ms('TaskDuration'),
    script: ms('ScriptDuration'),
    style: ms('RecalcStyleDuration'),
    layout: ms('LayoutDuration'),
  };
}

/** Those that began before the flag was readable, and what they brought over the line. */
async function requestsSoFar(page: Page): Promise<{ count: number; bytes: number }> {
  return await page.evaluate(() => {
    const all = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
    return { count: all.length + 1, bytes: all.reduce((sum, one) => sum + one.transferSize, 0) };
  });
}

/** How long the API took to answer with the case. */
async function waitedForApi(page: Page): Promise<number> {
  return await page.evaluate(() => {
    const calls = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
    const last = calls.findLast(({ name }) =>
      /\/v1\/cases\/[0-9a-f]{32}$|\/v1\/cases\/[0-9a-f]{32}\?/.test(name),
    );
    return last === undefined ? 0 : last.responseEnd - last.startTime;
  });
}

/** In the page: the time from the key to the frame in which the heading is another. */
async function timeOfSave(page: Page): Promise<void> {
  await page.evaluate(() => {
    const times: number[] = [];
    Object.assign(window, { saveTimes: times });
    addEventListener(
      'keydown',
      ({ key, ctrlKey }) => {
        if (key !== 'Enter' || !ctrlKey) return;
        const [began, before] = [performance.now(), location.pathname];
        const look = () => {
          const isNext = location.pathname !== before && document.querySelector('main h1') !== null;
          if (!isNext) requestAnimationFrame(look);
          else requestAnimationFrame(() => times.push(performance.now() - began));
        };
        requestAnimationFrame(look);
      },
      { capture: true },
    );
  });
}

/** Takes, decides and goes on by keys alone until no case is left. How many verdicts. */
async function decideAll(page: Page): Promise<number> {
  let verdicts = 0;
  for (;;) {
    await page.keyboard.press('n');
    const isTaken = await page
      .waitForURL(/\/cases\//, { timeout: 8_000 })
      .then(() => true)
      .catch(() => false);
    if (!isTaken) return verdicts;
    await page.waitForSelector('.fall');
    await page.waitForTimeout(450);
    await page.keyboard.press('2');
    await page.waitForSelector('[role=radio][aria-checked=true]');
    if ((await page.locator('.reasons [role=radio], .codes [role=radio]').count()) > 0)
      await page.keyboard.press('a');
    else {
      await page.keyboard.press('m');
      await page.keyboard.type('A salary, as every month');
    }
    const path = new URL(page.url()).pathname;
    await page.keyboard.press('Control+Enter');
    await page.waitForFunction((before) => location.pathname !== before, path);
    verdicts++;
    if (!page.url().includes('/queue')) await goTo(page, '/finance/queue');
    await page.waitForSelector('main h1');
    await page.waitForTimeout(450);
  }
}

async function race(browser: Browser, shown: WorkedConsole, flags: readonly string[]): Promise<void> {
  const pages = [
    await enter(browser, shown, 'ann', '/finance/queue'),
    await enter(browser, shown, 'ben', '/finance/queue'),
  ];
  for (const page of pages) await timeOfSave(page);
  const began = performance.now();
  const counts = await Promise.all(pages.map(decideAll));
  const hours = (performance.now() - began) / 3_600_000;
  const saves = (
    await Promise.all(pages.map((page) => page.evaluate(() => Reflect.get(window, 'saveTimes'))))
  ).flat();
  await pages[0]!.waitForTimeout(3_000);
  const documents = localDocuments();
  const reviews = new ReviewTable(
    documents,
    shown.tables.flags,
    new AuditChain(documents, shown.tables.drops),
  );
  const given = await inParallel(flags, 16, async (id) => (await reviews.reviewsOf(id)).length);
  const [lost, doubled] = [given.filter((n) => n === 0).length, given.filter((n) => n > 1).length];
  const total = counts.reduce((sum, n) => sum + n, 0);
  console.log(
    `verdicts: ${counts.join(' + ')} of ${flags.length} cases, ${Math.round(total / hours)} an hour of two officers, ${lost} lost, ${doubled} doubled`,
  );
  say('from the key that saves to the next page painted', saves as number[]);
  for (const page of pages) await page.context().close();
}

/** Cases as their table has them, written in bulk: no flag is looked at here. */
async function fill(shown: WorkedConsole, count: number): Promise<void> {
  const documents = localDocuments();
  const counters = new Map<string, Record<string, unknown>>();
  const starts = Array.from({ length: Math.ceil(count / 25) }, (_, batch) => batch * 25);
  await inParallel(starts, 8, async (start) => {
    const rows = Array.from({ length: Math.min(25, count - start) }, (_, n) => {
      const flag = flagOf(1_000_000 + start + n, { entity: `B${start + n}`, severity: 'high', record });
      const one = joinFlags(null, [flag]);
      const key = countKey(one);
      const counter = counters.get(key.item) ?? { ...key };
      counter[viewOf(one)] = Number(counter[viewOf(one)] ?? 0) + 1;
      counters.set(key.item, counter);
      return { PutRequest: { Item: { ...one, ...caseKeys(one) } } };
    });
    await documents.send(new BatchWriteCommand({ RequestItems: { [shown.tables.flags]: rows } }));
  });
  for (const Item of counters.values())
    await documents.send(
      new BatchWriteCommand({ RequestItems: { [shown.tables.flags]: [{ PutRequest: { Item } }] } }),
    );
}

async function measureScroll(browser: Browser, shown: WorkedConsole): Promise<void> {
  const page = await enter(browser, shown, 'ann', '/finance/queue');
  await page.waitForSelector('.queue tbody tr');
  await page.evaluate(() => {
    const frames: number[] = [];
    Object.assign(window, { frameTimes: frames });
    const look = (at: number) => {
      frames.push(at);
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.mouse.move(600, 500);
  const before = await workMs(session);
  const began = performance.now();
  while (performance.now() - began < 8_000) {
    await page.mouse.wheel(0, 400);
    await page.waitForTimeout(16);
  }
  const after = await workMs(session);
  const { frames, rows, listed } = await page.evaluate(() => ({
    frames: Reflect.get(window, 'frameTimes') as number[],
    rows: document.querySelectorAll('.queue tbody tr').length,
    listed: document.querySelector('main .head p')?.textContent ?? '',
  }));
  const gaps = frames.slice(1).map((at, n) => at - frames[n]!);
  const seconds = (frames.at(-1)! - frames[0]!) / 1_000;
  const late = gaps.filter((gap) => gap > 1_000 / 50 + 1).length;
  console.log(
    `scrolling "${listed}": ${(gaps.length / seconds).toFixed(1)} frames a second, ${late} of ${gaps.length} later than 20 ms, worst ${Math.max(...gaps).toFixed(0)} ms; ${rows} rows in the page`,
  );
  const each = Object.entries(after).map(
    ([what, ms]) => `${what} ${((ms - before[what as keyof Work]) / gaps.length).toFixed(1)}`,
  );
  console.log(`  the thread of the page worked, of the 20 ms of a frame: ${each.join(', ')} ms`);
  await page.context().close();
}

const stop = await startLocalAws();
const shown = await openWorkedConsole(people);
const browser = await launch();
try {
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} x ${cpus()[0]!.model}, Chromium ${browser.version()}`,
  );
  const flags = Array.from({ length: Number(values.verdicts) }, (_, n) =>
    flagOf(n, { entity: `E${n}`, severity: 'high', record }),
  );
  await new FlagTable(localDocuments(), shown.tables.flags).putFlags(flags);
  const [first] = flags;
  const isWanted = (part: string) => values.only === undefined || values.only === part;
  if (isWanted('first'))
    await measureFirstFlag(browser, shown, `/finance/cases/${caseIdOf('finance', 'E0', first!.flag)}`);
  if (isWanted('verdicts'))
    await race(
      browser,
      shown,
      flags.map(({ flag }) => flag),
    );
  if (isWanted('scroll')) {
    const began = performance.now();
    await fill(shown, Number(values.cases));
    console.log(`filled with ${values.cases} cases in ${((performance.now() - began) / 1_000).toFixed(0)} s`);
    await measureScroll(browser, shown);
  }
} finally {
  await browser.close();
  await shown.close();
  await stop?.();
}
process.exit(0);
