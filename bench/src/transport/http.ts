// GET over HTTP/1.1, ours and bare, asked by the same client: undici, the quickest there is for Node.js, so that the server is
// what is measured.

import { createServer } from 'node:http';
import { Pool } from 'undici';

import { GROUP } from '../cluster/where.js';
import { KEY_BYTES } from '../keys.js';
import type { FloorClient, FloorServer } from './floor.js';
import { listenAnywhere } from './listen.js';
import type { Values } from './records.js';

export const keyPath = (key: string): string => `/v1/groups/${GROUP}/keys/${key}`;

/** Set by node:http itself, whatever a server wants. */
const OF_THE_CONNECTION = ['date', 'connection', 'keep-alive'];

/** The headers of an answer of ours, flat, name after value. */
export async function headersOf(address: string, key: string): Promise<string[]> {
  const response = await fetch(`http://${address}${keyPath(key)}`);
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${address} answers ${response.status} to ${key}`);
  return [...response.headers].filter(([name]) => !OF_THE_CONNECTION.includes(name)).flat();
}

/** Sends the body as a string, head and body in one write: that is quicker than the Buffer which comes to mind first. */
export function serveBare(values: Values, headers: readonly string[]): Promise<FloorServer> {
  const bodies = new Map([...values].map(([key, value]) => [key, value.toString('latin1')]));
  const server = createServer((request, response) => {
    response.writeHead(200, [...headers]).end(bodies.get(request.url!.slice(-KEY_BYTES)), 'latin1');
  });
  return listenAnywhere(server);
}

export async function connectHttp(address: string, callers: number): Promise<FloorClient> {
  const pool = new Pool(`http://${address}`, { connections: callers });
  const get = async (key: string) => {
    const { statusCode, body } = await pool.request({ path: keyPath(key), method: 'GET' });
    const bytes = await body.bytes();
    if (statusCode !== 200) throw new Error(`${address} answers ${statusCode} to ${key}`);
    return bytes;
  };
  return { get, close: () => pool.close() };
}
