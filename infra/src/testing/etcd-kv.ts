import { setTimeout as sleep } from 'node:timers/promises';

/** Writes and reads one key over etcd's JSON gateway: enough to see what a member knows. */
export async function put(client: string, key: string, value: string): Promise<void> {
  await call(client, 'put', { key: base64(key), value: base64(value) });
}

export async function get(client: string, key: string): Promise<string | undefined> {
  const { kvs } = (await call(client, 'range', { key: base64(key) })) as { kvs?: { value: string }[] };
  return kvs?.[0] && Buffer.from(kvs[0].value, 'base64').toString('utf8');
}

/** While members elect another leader, as they do when one stops or stood still, etcd answers 503: it is asked again then. */
async function call(client: string, method: string, body: unknown): Promise<unknown> {
  const response = await fetch(`${client}/v3/kv/${method}`, {
    method: 'POST',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  if (response.status === 503) {
    await sleep(50);
    return call(client, method, body);
  }
  if (!response.ok) throw new Error(`${method}: HTTP ${response.status} ${await response.text()}`);
  return response.json();
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
