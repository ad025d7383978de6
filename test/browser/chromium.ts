/** A real Chromium for tests of pages: the one of the system, without a window. */
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Path of the browser; null when none is installed (`apt-get install chromium`). CHROMIUM names another one. */
export const chromiumPath = process.env.CHROMIUM ?? places.find((path) => existsSync(path)) ?? null;

/** Opens the browser. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumPath ?? '', args: ['--no-sandbox', '--disable-gpu'] });

/** A page that was opened from a file, and what it asked for and complained of. */
export type Opened = { readonly page: Page; readonly requests: string[]; readonly complaints: string[] };

/** Opens a file in a page of its own. */
export const openFile = async (
  browser: Browser,
  path: string,
  options: {
    readonly colorScheme?: 'light' | 'dark';
    readonly javaScriptEnabled?: boolean;
    readonly width?: number;
  } = {},
): Promise<Opened> => {
  const { width = 1180, ...rest } = options;
  const context = await browser.newContext({ viewport: { width, height: 900 }, ...rest });
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith('file:') && !request.url().startsWith('data:')) requests.push(request.url());
  });
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`file://${path}`);
  return { page, requests, complaints };
};
