// Who may see and do what on the page, with the tokens that all other calls know.

import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { freePorts } from '@ringcache/infra';
import type { Browser, Page } from 'playwright-core';

import { type NodeProcess, startNode, until } from '../processes.js';
import { hasChromium, openPage, startChromium, type WatchedPage } from './browser.js';

const READER = 'a-reader-of-this-cluster';
const WRITER = 'a-writer-to-this-cluster';
const ADMIN = 'an-admin-of-this-cluster';
const SCOPED = 'a-writer-to-notes-alone-';
jest.setTimeout(240_000);

let browser: Browser;
let opened: WatchedPage | undefined;
const nodes: NodeProcess[] = [];

const suite = hasChromium ? describe : describe.skip;

suite('the page of nodes with tokens (needs chromium)', () => {
  beforeAll(async () => {
    const ports = await freePorts(4);
    const members = [0, 1].map((i) => {
      const grpc = `localhost:${ports[2 * i]}`;
      return { id: grpc, grpc, http: `localhost:${ports[2 * i + 1]}` };
    });
    const access = {
      peerToken: 'what-members-show-each-other',
      tokens: [
        { token: READER, role: 'read' },
        { token: WRITER, role: 'write' },
        { token: ADMIN, role: 'admin' },
        { token: SCOPED, role: 'write', groups: ['notes'] },
      ],
    };
    const groups = { notes: { origin: { type: 'none' } }, other: { origin: { type: 'none' } } };
    for (let i = 0; i < 2; i++) {
      const discovery = { type: 'static', members };
      nodes.push(await startNode({ grpcPort: ports[2 * i]!, httpPort: ports[2 * i + 1]!, discovery, groups, access }));
    }
    for (const node of nodes) {
      await until('the node is ready', async () => (await fetch(`${node.http}/readyz`)).ok, { programs: [node] });
    }
    const headers = { authorization: `Bearer ${WRITER}` };
    await fetch(`${nodes[0]!.http}/v1/groups/notes/keys/k`, { method: 'PUT', body: 'v', headers });
    browser = await startChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await Promise.all(nodes.map((node) => node.stop()));
  });

  afterEach(async () => {
    const faults = opened?.faults ?? [];
    await opened?.close();
    opened = undefined;
    expect(faults).toEqual([]);
  });

  /** A refusal shows on the browser's console, whatever the page makes of it. */
  const expected = /the server responded with a status of 40[13]/;

  async function signedIn(token: string): Promise<Page> {
    opened = await openPage(browser, nodes[0]!.http, { expected });
    const { page } = opened;
    await page.getByLabel('Token').fill(token);
    await page.getByRole('button', { name: 'Sign in' }).click();
    return page;
  }

  async function lookUp(page: Page, group: string): Promise<void> {
    await page.getByLabel('Group', { exact: true }).selectOption(group);
    await page.getByRole('textbox', { name: 'Key' }).fill('k');
    await page.locator('.held tbody tr').nth(1).waitFor();
  }

  const ask = (path: string, token?: string, more: Record<string, string> = {}) =>
    fetch(nodes[0]!.http + path, {
      headers: { ...more, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    });

  test('asks for a token, refuses a wrong one in words, and keeps none in storage that outlives the tab', async () => {
    const page = await signedIn('a-token-that-nobody-has-');
    await page.getByText('Not let in: the token is not known here.').waitFor();
    await page.getByLabel('Token').fill(ADMIN);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('tr[data-state=live]').nth(1).waitFor();
    expect(await page.evaluate('JSON.stringify({ ...localStorage })')).not.toContain(ADMIN);
    expect(page.url()).not.toContain(ADMIN);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').waitFor();
    expect(await page.evaluate('JSON.stringify({ ...sessionStorage })')).not.toContain(ADMIN);
    expect(await page.getByText(nodes[1]!.id).count()).toBe(0);
  });

  test('shows a reader the ring and keys, and neither figures nor buttons that change things', async () => {
    const page = await signedIn(READER);
    await page.locator('.legend li', { hasText: nodes[1]!.id }).waitFor();
    await lookUp(page, 'notes');
    await page.getByText('Figures, hot keys and loads are for the role admin.').waitFor();
    expect(await page.getByRole('button', { name: 'Get', exact: true }).count()).toBe(1);
    expect(await page.getByRole('button', { name: /Delete|Clear/ }).count()).toBe(0);
    expect(await page.getByRole('heading', { name: /Hot keys|In flight|Failed loads/ }).count()).toBe(0);
    expect(await page.getByText('MiB').count()).toBe(0);
  });

  test('shows a writer of one group the button to delete there alone', async () => {
    const page = await signedIn(SCOPED);
    await page.locator('.legend li', { hasText: nodes[1]!.id }).waitFor();
    await lookUp(page, 'notes');
    await page.getByRole('button', { name: 'Delete…' }).waitFor();
    await page.getByLabel('Group', { exact: true }).selectOption('other');
    await page.getByText('Not allowed: the token does not allow read in group "other".').waitFor();
    expect(await page.getByRole('button', { name: /Delete|Clear|Get/ }).count()).toBe(0);
  });

  test('shows an admin everything', async () => {
    const page = await signedIn(ADMIN);
    await lookUp(page, 'notes');
    await page.getByRole('button', { name: 'Delete…' }).waitFor();
    await page.getByRole('button', { name: 'Clear the group…' }).waitFor();
    await page.getByRole('heading', { name: 'Hot keys' }).waitFor();
  });

  test.each([
    ['/ui/api/events', undefined, 401, 'a bearer token is needed'],
    ['/ui/api/session', 'a-token-that-nobody-has-', 401, 'the token is not known here'],
    ['/ui/api/hot-keys?group=notes', READER, 403, 'the token does not allow admin in group "notes"'],
    ['/ui/api/flights', WRITER, 403, 'the token does not allow admin'],
    ['/ui/api/inspect?group=other&key=k', SCOPED, 403, 'the token does not allow read in group "other"'],
  ])('answers %s with the token %s: %i, in one clear line', async (path, token, status, detail) => {
    const response = await ask(path, token);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(((await response.json()) as { detail: string }).detail).toBe(detail);
  });

  test('streams no report of a member to a reader', async () => {
    const response = await ask('/ui/api/events', READER);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (text.split('event: cluster').length < 3) text += (await reader.read()).value;
    await reader.cancel();
    expect(text).toContain('"reports":false');
    expect(text).toContain(nodes[1]!.id);
    expect(text).not.toMatch(/rssBytes|maxBytes|uptimeMs/);
  });
});
