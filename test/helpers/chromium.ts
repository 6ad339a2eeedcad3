/** Debian's Chromium, driven as a person would. */
import { existsSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, chromium, type Page } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
export const executable = [process.env.ASSAY_CHROMIUM, ...PLACES].find(
  (place) => place !== undefined && existsSync(place),
);

export function launch(): Promise<Browser> {
  if (executable === undefined)
    throw new Error(`no Chromium at ${PLACES.join(', ')}; ASSAY_CHROMIUM names one`);
  return chromium.launch({ executablePath: executable, args: ['--no-sandbox'] });
}

/** An open page goes on drawing and asking until its browser ends. */
export async function closePages(browser: Browser): Promise<void> {
  await Promise.all(browser.contexts().map((context) => context.close()));
}

export const WIDE = { width: 1440, height: 900 };
export const NARROW = { width: 400, height: 800 };

/** Within the console, without loading it again: a reload would sign in anew. */
export async function goTo(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => {
    history.pushState(null, '', to);
    dispatchEvent(new PopStateEvent('popstate'));
  }, path);
}

/** Keys are ignored until a case is fully shown, which no element says. */
export async function pressUntil(page: Page, key: string, selector: string): Promise<void> {
  const shown = page.locator(selector).first();
  const end = Date.now() + 30_000;
  while (!(await shown.isVisible())) {
    if (Date.now() > end) throw new Error(`${selector} did not come by the key ${key}`);
    await page.keyboard.press(key);
    await page.waitForTimeout(500);
  }
}

/** What axe finds wrong, in one line each. */
export async function violations(page: Page): Promise<string[]> {
  // Without frames to put together it needs no page of its own, which takes as long as the rest.
  if (page.frames().length > 1) throw new Error('the page has frames, which axe passes over in this mode');
  const { violations: found } = await new AxeBuilder({ page })
    .setLegacyMode()
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

/** What a browser complains of: errors of scripts, and what the page's policy refuses. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    if (/Content Security Policy|Trusted/.test(message.text())) complaints.push(message.text());
  });
  return complaints;
}
