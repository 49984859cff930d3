// The key that the user is looking at: who owns it, who holds it, and what was done with it last.

import { signal } from '@preact/signals';
import type { WriteResult } from '@ringcache/cache-core';
import type { KeyView } from '../../api.js';
import { and, span } from './format.js';
import { ask, askJson, sentenceOf } from './node-api.js';

const PREVIEW_BYTES = 1_024;
const DOTS = /^\.{1,2}$/;

/** What a get gave. */
export interface Got {
  readonly bytes: Uint8Array;
  /** There is more than `bytes`. */
  readonly isCut: boolean;
  readonly totalBytes: number | undefined;
  readonly source: string;
  readonly servedBy: string;
  readonly ms: number;
}

export const wanted = signal({ group: '', key: '' });
/** undefined: no key is asked for, or there is no answer yet. */
export const found = signal<KeyView | undefined>(undefined);
export const got = signal<Got | undefined>(undefined);
/** What the last act came to, as a sentence. */
export const outcome = signal<{ readonly isFailure: boolean; readonly text: string } | undefined>(undefined);
export const isBusy = signal(false);

let asking = new AbortController();

/** Asks every member what it knows of the key. @param key '': of none. */
export async function lookUp(group: string, key: string): Promise<void> {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  const isOther = wanted.peek().group !== group || wanted.peek().key !== key;
  wanted.value = { group, key };
  if (isOther || key === '') {
    got.value = undefined;
    outcome.value = undefined;
  }
  if (key === '' || group === '') {
    found.value = undefined;
    return;
  }
  try {
    const query = new URLSearchParams({ group, key });
    found.value = await askJson<KeyView>(`api/inspect?${query}`, { signal });
  } catch (error) {
    if (signal.aborted) return;
    found.value = undefined;
    outcome.value = { isFailure: true, text: sentenceOf(error) };
  }
}

/** Reads the key as any client would: it may be loaded from its origin. */
export function getKey(): Promise<void> {
  const { group, key } = wanted.peek();
  return act(async () => {
    const startedAt = performance.now();
    const response = await ask(keyPath(group, key));
    const ms = performance.now() - startedAt;
    const { bytes, isCut } = await beginningOf(response);
    const length = response.headers.get('content-length');
    got.value = {
      bytes,
      isCut,
      totalBytes: isCut ? (length === null ? undefined : Number(length)) : bytes.length,
      source: response.headers.get('x-ringcache-source') ?? '',
      servedBy: response.headers.get('x-ringcache-served-by') ?? '',
      ms,
    };
    return '';
  });
}

export function deleteKey(): Promise<void> {
  const { group, key } = wanted.peek();
  return act(async () => {
    const result = await askJson<WriteResult>(keyPath(group, key), { method: 'DELETE' });
    got.value = undefined;
    return `Deleted ${reach(result)}.`;
  });
}

export function clearGroup(group: string): Promise<void> {
  return act(async () => {
    const path = `../v1/groups/${encodeURIComponent(group)}:clear`;
    const result = await askJson<WriteResult>(path, { method: 'POST' });
    got.value = undefined;
    return `Cleared the group ${group} ${reach(result)}.`;
  });
}

/** @param work resolves with a sentence, or '': there is nothing to say. */
async function act(work: () => Promise<string>): Promise<void> {
  const { group, key } = wanted.peek();
  isBusy.value = true;
  outcome.value = undefined;
  try {
    const text = await work();
    if (text !== '') outcome.value = { isFailure: false, text };
  } catch (error) {
    outcome.value = { isFailure: true, text: sentenceOf(error) };
  } finally {
    isBusy.value = false;
  }
  const said = outcome.peek();
  await lookUp(group, key);
  outcome.value ??= said;
}

function reach(result: WriteResult): string {
  if (result.applied === 'all') return 'on every member';
  const isBounded = result.staleForMs < Number.MAX_SAFE_INTEGER;
  const until = isBounded ? `for ${span(result.staleForMs)}` : 'until it hears of the write';
  return `but not on ${and(result.missing)}, which may serve an older value ${until}`;
}

function keyPath(group: string, key: string): string {
  if (DOTS.test(key))
    throw new Error('A browser cannot ask for the keys . and .., which it takes for folders: use ringctl');
  return `../v1/groups/${encodeURIComponent(group)}/keys/${encodeURIComponent(key)}`;
}

/** Reads no more of a value than is shown. */
async function beginningOf(response: Response): Promise<{ bytes: Uint8Array; isCut: boolean }> {
  const reader = response.body!.getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    length += value.length;
    if (length <= PREVIEW_BYTES) continue;
    await reader.cancel();
    break;
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return { bytes: all.subarray(0, PREVIEW_BYTES), isCut: length > PREVIEW_BYTES };
}
