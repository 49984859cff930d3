// The stream of events from the node, opened again whenever it ends.

import type { Session, UiEvents } from '../../api.js';
import { connection, connectionProblem, forget, session, take } from './cluster.js';
import { eventParser } from './event-parser.js';
import { ask, askJson, NodeFailure, sentenceOf, useToken } from './node-api.js';

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 5_000;
/** The node sends something at least every 10 s: with nothing for so long, it is not there. */
const SILENCE_MS = 25_000;

let current = new AbortController();

/** Follows the node until {@link signIn} begins anew. Never rejects. */
export async function connect(): Promise<void> {
  const { signal } = current;
  for (let retryMs = FIRST_RETRY_MS; !signal.aborted; retryMs = Math.min(retryMs * 2, MAX_RETRY_MS)) {
    try {
      session.value = await askJson<Session>('api/session', { signal });
      await follow(signal, () => {
        retryMs = FIRST_RETRY_MS;
      });
      lost('The node ended the connection.');
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof NodeFailure && (error.status === 401 || error.status === 403)) {
        connection.value = 'refused';
        connectionProblem.value = error.message;
        return;
      }
      lost(sentenceOf(error));
    }
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

/** Goes on as somebody else. @param value '': as nobody. */
export function signIn(value: string): void {
  current.abort();
  current = new AbortController();
  useToken(value);
  forget();
  connection.value = 'waiting';
  void connect();
}

async function follow(signal: AbortSignal, onEvent: () => void): Promise<void> {
  const silence = new AbortController();
  const { body } = await ask('api/events', { signal: AbortSignal.any([signal, silence.signal]) });
  const parse = eventParser();
  const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    for (;;) {
      timer = setTimeout(() => silence.abort(new Error('The node has been silent for 25 s')), SILENCE_MS);
      const { done, value } = await reader.read();
      clearTimeout(timer);
      if (done) return;
      for (const { kind, data } of parse(value)) {
        take(kind as keyof UiEvents, JSON.parse(data));
        connection.value = 'open';
        onEvent();
      }
    }
  } finally {
    clearTimeout(timer);
  }
}

function lost(why: string): void {
  connection.value = 'lost';
  connectionProblem.value = why;
}
