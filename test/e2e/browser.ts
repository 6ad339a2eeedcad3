/** A browser at the deployed console: Debian's Chromium, driven as a person would, with nothing of the API mocked. */
import { existsSync } from 'node:fs';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { outputs, password } from './deployed-stack.ts';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
export const executable = [process.env.ASSAY_CHROMIUM, ...PLACES].find(
  (place) => place !== undefined && existsSync(place),
);

export function launch(): Promise<Browser> {
  if (executable === undefined)
    throw new Error(`no Chromium at ${PLACES.join(', ')}; ASSAY_CHROMIUM names one`);
  return chromium.launch({ executablePath: executable, args: ['--no-sandbox'] });
}

export interface Visitor {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the browser complained of: errors of scripts, and what the page's policy refused. */
  readonly complaints: readonly string[];
}

export const WIDE = { width: 1440, height: 900 };
export const NARROW = { width: 400, height: 800 };

/** Signed in by the pool's own page, at this address of the console. */
export async function visit(browser: Browser, user: string, path = '/'): Promise<Visitor> {
  const context = await browser.newContext({ viewport: WIDE, locale: 'en-GB', timezoneId: 'Europe/Berlin' });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    if (/Content Security Policy|Trusted/.test(message.text())) complaints.push(message.text());
  });
  await page.goto(`${outputs.ConsoleUrl}${path}`);
  await signInAt(page, user);
  await page.waitForSelector('header.top');
  return { context, page, complaints };
}

export async function signInAt(page: Page, user: string, secret = password): Promise<void> {
  await page.fill('input[name=username]', user);
  await page.fill('input[name=password]', secret);
  await page.press('input[name=password]', 'Enter');
}

/** Anyone who was let in by an administrator, and has not signed in yet. */
export async function newOfficer(username: string, temporary: string): Promise<void> {
  const client = new CognitoIdentityProviderClient({});
  const UserPoolId = outputs.UserPoolId;
  await client.send(
    new AdminCreateUserCommand({
      UserPoolId,
      Username: username,
      TemporaryPassword: temporary,
      MessageAction: 'SUPPRESS',
    }),
  );
  await client.send(new AdminAddUserToGroupCommand({ UserPoolId, Username: username, GroupName: 'officer' }));
}

/** Within the console, without loading it again: a reload would sign in anew. */
export async function goTo(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => {
    history.pushState(null, '', to);
    dispatchEvent(new PopStateEvent('popstate'));
  }, path);
}

/** What axe finds wrong, in one line each. */
export async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}
