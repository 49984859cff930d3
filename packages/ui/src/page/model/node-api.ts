// How the page asks its node: with the token that the user gave, kept for this tab alone, and with failures as the node words them.

import { signal } from '@preact/signals';

const TOKEN = 'ringcache-token';

/** '' : none. */
export const token = signal(sessionStorage.getItem(TOKEN) ?? '');

export function useToken(value: string): void {
  token.value = value;
  if (value === '') sessionStorage.removeItem(TOKEN);
  else sessionStorage.setItem(TOKEN, value);
}

/** The node refused, or failed, and said why. */
export class NodeFailure extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** @throws {NodeFailure} any status but 2xx; {TypeError} the node is out of reach. */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (token.peek() !== '') headers.set('authorization', `Bearer ${token.peek()}`);
  const response = await fetch(path, { ...init, headers, cache: 'no-store', redirect: 'error' });
  if (!response.ok) throw new NodeFailure(response.status, await detailOf(response));
  return response;
}

export async function askJson<T>(path: string, init?: RequestInit): Promise<T> {
  return (await ask(path, init)).json() as Promise<T>;
}

/** What to tell the user of a failure, as a sentence. */
export function sentenceOf(error: unknown): string {
  if (error instanceof NodeFailure && error.status === 403) return `Not allowed: ${error.message}.`;
  if (error instanceof NodeFailure) return `The node refused: ${error.message}.`;
  if (error instanceof TypeError) return 'The node cannot be reached.';
  return `${error instanceof Error ? error.message : String(error)}.`;
}

async function detailOf(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    if (typeof detail === 'string') return detail;
  } catch {
    // a proxy between, which speaks no problem+json
  }
  return text.trim().slice(0, 200) || `HTTP ${response.status}`;
}
