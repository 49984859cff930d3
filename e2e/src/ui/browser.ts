// A real Chromium, and a page in it that remembers everything that would be a fault of ours.

import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { findOnPath } from '@ringcache/infra';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const executablePath = findOnPath('chromium', process.env);

export const hasChromium = executablePath !== undefined;

export async function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: executablePath!,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
}

export interface WatchedPage {
  readonly page: Page;
  /** Errors on the console, exceptions, and requests to anybody but the node. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

/** @param address of the node, `http://host:port`. */
export async function openPage(
  browser: Browser,
  address: string,
  options: BrowserContextOptions & { expected?: RegExp } = {},
): Promise<WatchedPage> {
  const { expected, ...rest } = options;
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    reducedMotion: 'reduce',
    ...rest,
  });
  const page = await context.newPage();
  const faults: string[] = [];
  const note = (fault: string) => {
    if (!expected?.test(fault)) faults.push(fault);
  };
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') note(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => note(`exception: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(address)) note(`request: ${request.url()}`);
  });
  page.on('dialog', (dialog) => {
    note(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(`${address}/ui`);
  return { page, faults, close: () => context.close() };
}

const artefacts = fileURLToPath(new URL('../../artefacts/', import.meta.url));

/** Kept after the run, for people to look at. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  await mkdir(artefacts, { recursive: true });
  await page.screenshot({ path: `${artefacts}${name}.png`, fullPage: true });
}
