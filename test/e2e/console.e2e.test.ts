/** The console as people use it: in a browser, against the deployed stack, with nothing mocked. */
import {
  AdminUserGlobalSignOutCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  closePages,
  executable,
  goTo,
  launch,
  NARROW,
  pressUntil,
  violations,
  WIDE,
} from '../helpers/chromium.ts';
import { makeOrders, type Order, ordersCsv } from '../helpers/shop.ts';
import { newOfficer, signInAt, type Visitor, visit } from './browser.ts';
import { dropOrders, openShop } from './deployed-shop.ts';
import { callApi, outputs } from './deployed-stack.ts';

const orders = makeOrders(400, 77);
const LONG = 'x'.repeat(20_000);
/** What a supplier's field may hold: markup, a formula, letters that turn the direction of a line, a text without an end. */
const HOSTILE: readonly Partial<Order>[] = [
  {
    id: 'h-script',
    account: '<img src=x onerror=document.title="hacked">',
    note: '<script>document.title="hacked"</script>',
  },
  { id: 'h-formula', account: '=HYPERLINK(1)', note: '=cmd|/C calc!A1' },
  { id: 'h-rtl', account: 'a\u202Egnp.exe', note: 'שלום \u202Eevil\u202C' },
  { id: 'h-long', account: 'long', note: LONG },
];
const hostile = HOSTILE.map((one, at) => ({ ...orders[at]!, amount: '999.00', country: 'PA', ...one }));

let domain: string;
let browser: Browser;
const open: Visitor[] = [];

async function enter(user: string, path: string): Promise<Visitor> {
  const visitor = await visit(browser, user, path);
  open.push(visitor);
  return visitor;
}

interface Listed {
  readonly items: readonly { readonly id: string; readonly entity: string; readonly version: number }[];
}

async function casesOf(view: string): Promise<Listed['items']> {
  const { body } = await callApi('viewer', 'GET', `/v1/cases?domain=${domain}&view=${view}&limit=100`);
  return (body as Listed).items;
}

const LOOKS = [
  ['light', WIDE],
  ['dark', NARROW],
] as const;
const toast = (page: Page) => page.locator('.toast');
const heading = (page: Page) => page.locator('main h1');

describe.skipIf(executable === undefined && process.env.ASSAY_CHROMIUM === undefined)('the console', () => {
  beforeAll(async () => {
    ({ domain } = await openShop(orders));
    await dropOrders(domain, 'orders', makeOrders(200, 78, '2025-03-01'));
    await dropOrders(domain, 'hostile', hostile);
    browser = await launch();
  });
  afterEach(() => closePages(browser));

  afterAll(async () => {
    const complaints = open.flatMap((visitor) => visitor.complaints);
    await browser?.close();
    expect(complaints).toEqual([]);
  });

  test('asks anyone who signs in for the first time for a password of their own, and lets them in', async () => {
    const name = `new-${Date.now()}`;
    await newOfficer(name, 'Temporary-1234-aA!');
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${outputs.ConsoleUrl}/${domain}/drops`);
    await signInAt(page, name, 'Temporary-1234-aA!');
    await page.fill('#new_password', 'Own-password-5678-aA!');
    await page.fill('#confirm_password', 'Own-password-5678-aA!');
    await page.press('#confirm_password', 'Enter');
    await page.waitForURL(`**/${domain}/drops`);
    expect(
      await page.evaluate(() =>
        JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
      ),
    ).not.toMatch(/eyJ/);
    await context.close();
  });

  test('lets an officer take, decide and undo a case by keyboard alone', async () => {
    const { page } = await enter('officer', `/${domain}/queue`);
    await page.waitForSelector('.queue tbody tr[aria-current=true]');
    await page.keyboard.press('n');
    await page.waitForURL(/\/cases\//);
    const [, id] = /cases\/([0-9a-f]{32})/.exec(page.url()) ?? [];
    await page.waitForSelector('[role=radio]');
    await pressUntil(page, '1', '[role=radio][aria-checked=true]');
    expect(await page.locator('[role=radio][aria-checked=true]').innerText()).toContain('True positive');
    await page.keyboard.press('m');
    await page.keyboard.type('j k n 2: keys are letters while I write');
    await page.keyboard.press('Control+Enter');
    await toast(page).waitFor();
    expect(await toast(page).innerText()).toMatch(/Saved: True positive on \d+ flag/);
    const decided = await callApi('viewer', 'GET', `/v1/cases/${id}`);
    const { history } = decided.body as { history: { act: string; verdict: string; reason: string }[] };
    expect(history.find(({ act }) => act === 'review')).toMatchObject({
      verdict: 'true_positive',
      reason: 'j k n 2: keys are letters while I write',
    });
    await page.keyboard.press('u');
    await toast(page).filter({ hasText: 'Undone' }).waitFor();
    const after = await callApi('viewer', 'GET', `/v1/cases/${id}`);
    expect((after.body as { history: { act: string }[] }).history[0]?.act).toBe('withdraw');
  });

  test('shows who holds a case to anyone who opens it, and keeps the draft of who comes too late', async () => {
    const [, one] = await casesOf('act');
    const path = `/${domain}/cases/${one!.id}`;
    const first = await enter('officer', path);
    const second = await enter('admin', path);
    await Promise.all([
      first.page.waitForSelector('[role=radio]'),
      second.page.waitForSelector('[role=radio]'),
    ]);
    await first.page.click('[role=radio] >> nth=1');
    await first.page.locator('.acts', { hasText: 'You hold this case' }).waitFor();
    await second.page.click('[role=radio] >> nth=0');
    await second.page.waitForSelector('text=/holds this case until/');
    expect(await second.page.locator('[role=radio]').count()).toBe(0);
  });

  test('brings a verdict on an old version back, with the choice and the note', async () => {
    const [one] = (await casesOf('act')).slice(2);
    const { page } = await enter('officer', `/${domain}/cases/${one!.id}`);
    await page.click('[role=radio] >> nth=0');
    await page.fill('#note', 'looked at it for a while');
    const detail = await callApi('viewer', 'GET', `/v1/cases/${one!.id}`);
    const [flag] = (detail.body as { flag_list: { flag: string; version: number }[] }).flag_list;
    const review = { verdict: 'false_positive', reason: 'decided elsewhere', version: flag!.version };
    const key = { 'idempotency-key': crypto.randomUUID() };
    expect((await callApi('officer', 'POST', `/v1/flags/${flag!.flag}/reviews`, review, key)).status).toBe(
      201,
    );
    await page.keyboard.press('Control+Enter');
    await page.waitForSelector('.notice.alarm');
    expect(await page.locator('.notice.alarm').innerText()).toMatch(/was not saved/);
    await page.click('text=Open the case');
    await page.waitForSelector('main h1');
    const isLeft = (await page.locator('#note').count()) > 0;
    if (isLeft) expect(await page.inputValue('#note')).toBe('looked at it for a while');
    else expect(await page.locator('.side').innerText()).toMatch(/decided/);
  });

  /** Records are drawn for it by chance: of two hundred it may be none. */
  async function waitForBlindReview(): Promise<void> {
    for (let seed = 100; seed < 120; seed++) {
      const { body } = await callApi('officer', 'GET', `/v1/blind-reviews?domain=${domain}`);
      if ((body as Listed).items.length > 0) return;
      await dropOrders(domain, `more-${seed}`, makeOrders(200, seed, '2025-06-01'));
    }
    throw new Error('no record of 4,000 was drawn for blind review');
  }

  test('keeps a note when the session ends in the middle of it, and sends it after a sign-in', async () => {
    await waitForBlindReview();
    const { page, context } = await enter('officer', `/${domain}/blind`);
    await page.waitForSelector('[role=radio]');
    await page.click('[role=radio] >> nth=2');
    await page.fill('#note', 'written before the session ended');
    // The real thing: no refresh any more, and a token that the gateway refuses.
    const pool = new CognitoIdentityProviderClient({});
    await pool.send(
      new AdminUserGlobalSignOutCommand({ UserPoolId: outputs.UserPoolId, Username: 'officer' }),
    );
    const spoiled = await page.evaluate(() => performance.now());
    let isOver = true;
    await context.route('**/v1/**', (route) =>
      route.continue({
        headers: {
          ...route.request().headers(),
          ...(isOver && { authorization: `Bearer over.${spoiled}.x` }),
        },
      }),
    );
    await pressUntil(page, 'Control+Enter', 'dialog[open]');
    expect(await page.inputValue('#note')).toBe('written before the session ended');
    const beside = context.waitForEvent('page');
    await page.click('dialog[open] .primary');
    const popup = await beside;
    isOver = false;
    await signInAt(popup, 'officer');
    await toast(page).waitFor();
    expect(await toast(page).innerText()).toMatch(/Saved/);
  });

  test('shows a hostile record as text, within the page', async () => {
    const { page } = await enter('officer', `/${domain}/queue?view=act`);
    for (const { id, account } of hostile) {
      await goTo(page, `/${domain}/queue?view=all&q=${encodeURIComponent(id)}`);
      await page.locator('.queue tbody tr', { hasText: id }).locator('a').click();
      await page.waitForSelector('.casehead');
      await page.waitForSelector('#record');
      expect(await page.locator('.casehead').innerText()).toContain(account);
      for (const size of [WIDE, NARROW]) {
        await page.setViewportSize(size);
        const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect([id, size.width, beyond]).toEqual([id, size.width, 0]);
      }
      await page.setViewportSize(WIDE);
    }
    expect(await page.title()).not.toContain('hacked');
  });

  test('takes a file, follows it, and shows what was rejected and why', async () => {
    const { page } = await enter('officer', `/${domain}/drops`);
    const lines = ordersCsv(makeOrders(20, 79, '2025-05-01')).replace(/^(79-3,[^,]*,[^,]*,)[^,]*/m, '$1much');
    await page.setInputFiles('input[type=file]', {
      name: 'Orders of May.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(lines),
    });
    const row = page.locator('tr', { hasText: 'Orders-of-May.csv' });
    await row.locator('.yes').waitFor({ timeout: 120_000 });
    await row.locator('a').click();
    await page.waitForSelector('#rejects');
    expect(await page.locator('.cards').innerText()).toMatch(
      /Received\s+20[\s\S]*Scored\s+19[\s\S]*Rejected\s+1/,
    );
    expect(await page.locator('table', { hasText: 'Original text' }).innerText()).toContain('much');
    await page.click('text=Verify the audit log');
    await page.waitForSelector('text=/Intact/');
  });

  test('has nothing that axe finds wrong, light and wide, dark and narrow', async () => {
    const { page } = await enter('officer', `/${domain}/queue`);
    const [one] = await casesOf('look');
    const places = [
      'queue',
      `cases/${one!.id}`,
      'blind',
      'drops',
      'models',
      'monitoring',
      'audit?about=78-1',
    ];
    const found: string[] = [];
    for (const place of places) {
      await goTo(page, `/${domain}/${place}`);
      await heading(page).waitFor();
      await page.waitForFunction(() => document.querySelector('.loading') === null);
      for (const [colorScheme, size] of LOOKS) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize(size);
        const own = await violations(page);
        found.push(...own.map((text) => `${place} ${colorScheme} ${size.width}: ${text}`));
      }
    }
    expect(found).toEqual([]);
  });
});
