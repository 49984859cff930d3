// The page in a real browser, on a cluster of real nodes that come, go and die.

import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type EtcdCluster, freePorts, startEtcdCluster } from '@ringcache/infra';
import type { Browser, Page } from 'playwright-core';

import { get, type NodeProcess, startNode, until, untilRings } from '../processes.js';
import { hasChromium, keepPicture, openPage, startChromium, type WatchedPage } from './browser.js';

const SEEN_MS = 30_000; // by the page, which asks once a second; a busy machine may take many times as long
const TTL_MS = 3_000;
jest.setTimeout(240_000);

let etcd: EtcdCluster;
let browser: Browser;
let opened: WatchedPage | undefined;
const nodes: NodeProcess[] = [];

const suite = hasChromium ? describe : describe.skip;

suite('the page (needs chromium)', () => {
  beforeAll(async () => {
    etcd = await startEtcdCluster({ size: 1 });
    await Promise.all([addNode(), addNode(), addNode()]);
    await untilRings(nodes, nodes);
    browser = await startChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await Promise.all(nodes.map((node) => node.stop()));
    await etcd?.stop();
  });

  afterEach(async () => {
    const faults = opened?.faults ?? [];
    await opened?.close();
    opened = undefined;
    expect(faults).toEqual([]);
  });

  async function addNode({ handoff = '5s' } = {}): Promise<NodeProcess> {
    const [grpcPort, httpPort] = (await freePorts(2)) as [number, number];
    const loader = new URL('../echo-origin.mjs', import.meta.url).pathname;
    const groups = { echo: { origin: { type: 'module', path: loader } }, notes: { origin: { type: 'none' } } };
    const node = await startNode({ grpcPort, httpPort, etcd: etcd.hosts, groups, ttl: `${TTL_MS}ms`, handoff });
    nodes.push(node);
    return node;
  }

  async function open(node: NodeProcess = nodes[0]!, options: Parameters<typeof openPage>[2] = {}): Promise<Page> {
    opened = await openPage(browser, node.http, options);
    await opened.page.locator('tr[data-state=live]').nth(2).waitFor();
    return opened.page;
  }

  function row(page: Page, node: NodeProcess, state: string) {
    return page.locator(`tr[data-member="${node.id}"][data-state=${state}]`);
  }

  function put(group: string, key: string, value: string | Uint8Array) {
    const path = `/v1/groups/${group}/keys/${encodeURIComponent(key)}`;
    return fetch(nodes[0]!.http + path, { method: 'PUT', body: value });
  }

  async function lookUp(page: Page, group: string, key: string): Promise<void> {
    await page.getByLabel('Group', { exact: true }).selectOption(group);
    await page.getByRole('textbox', { name: 'Key' }).fill(key);
    await page.locator('.facts dt', { hasText: 'Owner' }).waitFor();
    await page
      .locator('.held tbody tr')
      .nth(nodes.length - 1)
      .waitFor();
  }

  test('shows every member with its share, figures and groups', async () => {
    const page = await open();
    // One round after the other: gets of a key at the same time are all misses, which share its load.
    for (let round = 0; round < 5; round++) {
      await Promise.all(Array.from({ length: 30 }, (_, i) => get(nodes[i % 3]!, 'echo', `k${i % 10}`)));
    }
    for (const node of nodes) {
      await row(page, node, 'live').filter({ hasText: 'MiB' }).waitFor(); // once it has been asked
      expect(await page.locator('.legend li', { hasText: node.id }).textContent()).toMatch(/3\d\.\d %/);
      expect(await page.locator(`.ring-share[data-member="${node.id}"] path`).count()).toBe(1);
    }
    await page.locator('tr[data-group=echo]', { hasText: /[1-9]\d\.\d %/ }).waitFor();
    await page.getByRole('heading', { name: 'Failed loads' }).waitFor();
    expect(await page.getByRole('img', { name: 'The ring' }).count()).toBe(1);
    for (const name of ['Ring', 'Key', 'Members', 'Groups', 'Hot keys', 'In flight', 'Breakers']) {
      expect(await page.getByRole('region', { name, exact: true }).count()).toBe(1);
    }
  });

  test.each(['light', 'dark'] as const)(
    'has the theme %s of the system, and keeps the one that was chosen',
    async (colorScheme) => {
      const page = await open(nodes[0], { colorScheme });
      const ground = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      const asSystem = await ground();
      await keepPicture(page, `page-${colorScheme}`);
      const button = page.getByRole('button', { name: /^Theme/ });
      while (!(await button.textContent())?.endsWith(colorScheme === 'light' ? 'dark' : 'light')) await button.click();
      const other = await ground();
      expect(other).not.toBe(asSystem);
      await page.reload();
      await row(page, nodes[0]!, 'live').waitFor();
      expect(await ground()).toBe(other);
    },
  );

  test('says whose a typed key is, where it lies, and who holds which value', async () => {
    const page = await open();
    await put('notes', 'greeting', 'good morning');
    await lookUp(page, 'notes', 'greeting');
    const { owner } = (await (await fetch(`${nodes[0]!.http}/v1/admin/owner?key=greeting`)).json()) as {
      owner: { id: string };
    };
    expect(await page.locator('.facts').first().textContent()).toContain(owner.id);
    expect(await page.locator('.held tr', { hasText: owner.id }).textContent()).toMatch(/as owner.*12 B/);
    expect(await page.locator('.value pre').textContent()).toBe('good morning');
    expect(await page.locator('.ring-share.is-owner').getAttribute('data-member')).toBe(owner.id);
    expect(await page.locator('.ring-share.is-successor').count()).toBe(1);
    expect(Number(await page.locator('[data-key-at]').getAttribute('data-key-at'))).toBeGreaterThan(0);
  });

  test('loads a key that is got, and shows where the value came from', async () => {
    const page = await open();
    await lookUp(page, 'echo', 'never asked for');
    await page.getByRole('button', { name: 'Get', exact: true }).click();
    await page.getByText(/^Got in .* from the origin just now at/).waitFor();
    await page.locator('.held', { hasText: 'as owner' }).waitFor();
  });

  test('shows keys and values that are markup, binary or huge as what they are, and runs nothing', async () => {
    const page = await open();
    const key = '<script>alert(1)</script><img src=x onerror=alert(2)>';
    const value = '<img src=x onerror=alert(3)><script>alert(4)</script>';
    await put('notes', key, value);
    await lookUp(page, 'notes', key);
    await page.locator('.value pre', { hasText: 'alert(3)' }).waitFor();
    expect(await page.locator('.value pre').textContent()).toBe(value);
    await page.getByRole('button', { name: 'Get', exact: true }).click();
    await page.getByText(/^Got in/).waitFor();
    expect(await page.locator('.value pre').textContent()).toBe(value);
    await page.getByRole('button', { name: 'Delete…' }).click();
    expect(await page.getByRole('dialog').textContent()).toContain(key);
    await page.keyboard.press('Escape');
    expect(await page.locator('#app img, #app script').count()).toBe(0);

    await put('notes', 'binary', Uint8Array.from([0, 1, 254, 255, 65]));
    await lookUp(page, 'notes', 'binary');
    await page.locator('.value pre', { hasText: '0000  00 01 fe ff 41' }).waitFor();

    await put('notes', 'huge', 'é'.repeat(1_000_000));
    await lookUp(page, 'notes', 'huge');
    await page.locator('figcaption', { hasText: '1.9 MiB, of which the first' }).waitFor();
    await page.getByRole('button', { name: 'Get', exact: true }).click();
    await page.getByText(/^Got in/).waitFor();
    expect((await page.locator('.value pre').textContent())!.length).toBeLessThanOrEqual(1_024);
  });

  test('deletes a key on every member once that is confirmed, and nothing before', async () => {
    const page = await open();
    await put('notes', 'doomed', 'x');
    await lookUp(page, 'notes', 'doomed');
    await page.getByRole('button', { name: 'Delete…' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect((await get(nodes[1]!, 'notes', 'doomed')).status).toBe(200);
    await page.getByRole('button', { name: 'Delete…' }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByText('Deleted on every member.').waitFor();
    for (const node of nodes) expect((await get(node, 'notes', 'doomed')).status).toBe(404);
  });

  test('clears a group once that is confirmed', async () => {
    const page = await open();
    await put('notes', 'a', 'x');
    await page.getByLabel('Group', { exact: true }).selectOption('notes');
    await page.getByRole('button', { name: 'Clear the group…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Clear the group' }).click();
    await page.getByText('Cleared the group notes on every member.').waitFor();
    expect((await get(nodes[2]!, 'notes', 'a')).status).toBe(404);
  });

  test('can be worked by keyboard alone', async () => {
    const page = await open();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the cluster');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.name')).toBe('group');
    await page.keyboard.press('Tab');
    await page.keyboard.type('typed');
    await page.keyboard.press('Enter');
    await page.locator('.held').waitFor();
  });

  test('shows a member that joins, one that is killed as suspect, and then as gone, all by itself', async () => {
    const page = await open(nodes[0], { reducedMotion: 'no-preference' });
    const joined = await addNode();
    await row(page, joined, 'live').waitFor({ timeout: 60_000 });
    await page.locator(`.ring-share[data-member="${joined.id}"]`).waitFor({ timeout: SEEN_MS });
    expect(await page.getByRole('status').first().textContent()).toBe(`${joined.id} joined the ring.`);

    await joined.child.kill('SIGKILL');
    await row(page, joined, 'suspect').waitFor({ timeout: SEEN_MS });
    await page.locator('.notices', { hasText: `${joined.id} cannot be reached` }).waitFor({ timeout: SEEN_MS });
    await keepPicture(page, 'member-killed');
    await row(page, joined, 'gone').waitFor({ timeout: TTL_MS + SEEN_MS });
    await page.locator(`.ring-share[data-member="${joined.id}"]`).waitFor({ state: 'detached', timeout: SEEN_MS });
    nodes.splice(nodes.indexOf(joined), 1);
    await joined.stop();
  });

  test('shows a member that was told to stop as draining while it hands over, and then as gone', async () => {
    const page = await open();
    const leaving = await addNode({ handoff: '20s' }); // for so long it is seen to drain
    await row(page, leaving, 'live').waitFor({ timeout: 60_000 });
    await untilRings(nodes, nodes);
    await until('it holds something to hand over', async () => {
      for (let i = 0; i < 20; i++) await get(leaving, 'echo', `handed ${Math.random()}`);
      return (await page.locator('tr', { hasText: leaving.id }).count()) > 0;
    });
    const ended = leaving.child.kill('SIGTERM');
    await row(page, leaving, 'draining').waitFor({ timeout: SEEN_MS });
    await ended;
    await row(page, leaving, 'gone').waitFor({ timeout: 60_000 });
    nodes.splice(nodes.indexOf(leaving), 1);
    await leaving.stop();
  });

  test('says that its node is away, and goes on by itself when it is back', async () => {
    const node = await addNode();
    await until('it is ready', async () => (await fetch(`${node.http}/readyz`)).ok, { programs: [node] });
    const page = await open(node, {
      expected: /net::ERR_|503/,
    });
    await node.child.kill('SIGSTOP');
    await node.child.kill('SIGKILL');
    await page.locator('.connection', { hasText: 'reconnecting' }).waitFor({ timeout: SEEN_MS });
    await page.locator('.notices', { hasText: 'Trying again' }).waitFor();
    nodes.splice(nodes.indexOf(node), 1);
    const port = (address: string) => Number(address.split(':').at(-1));
    const groups = { notes: { origin: { type: 'none' } } };
    const again = await startNode({ grpcPort: port(node.id), httpPort: port(node.http), etcd: etcd.hosts, groups });
    nodes.push(again);
    await page.locator('.connection', { hasText: 'live' }).waitFor({ timeout: 60_000 });
    nodes.splice(nodes.indexOf(again), 1);
    await again.stop();
  });
});
