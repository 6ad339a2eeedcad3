/** A browser at the deployed console: Debian's Chromium, driven as a person would, with nothing of the API mocked. */
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { complaintsOf, WIDE } from '../helpers/chromium.ts';
import { outputs, password } from './deployed-stack.ts';

export interface Visitor {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the browser complained of: errors of scripts, and what the page's policy refused. */
  readonly complaints: readonly string[];
}

/** Signed in by the pool's own page, at this address of the console. */
export async function visit(browser: Browser, user: string, path = '/'): Promise<Visitor> {
  const context = await browser.newContext({ viewport: WIDE, locale: 'en-GB', timezoneId: 'Europe/Berlin' });
  const page = await context.newPage();
  const complaints = complaintsOf(page);
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
