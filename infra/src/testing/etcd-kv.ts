/** Writes and reads one key over etcd's JSON gateway: enough to see what a member knows. */
export async function put(client: string, key: string, value: string): Promise<void> {
  await call(client, 'put', { key: base64(key), value: base64(value) });
}

export async function get(client: string, key: string): Promise<string | undefined> {
  const { kvs } = (await call(client, 'range', { key: base64(key) })) as { kvs?: { value: string }[] };
  return kvs?.[0] && Buffer.from(kvs[0].value, 'base64').toString('utf8');
}

async function call(client: string, method: string, body: unknown): Promise<unknown> {
  const response = await fetch(`${client}/v3/kv/${method}`, {
    method: 'POST',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`${method}: HTTP ${response.status} ${await response.text()}`);
  return response.json();
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
