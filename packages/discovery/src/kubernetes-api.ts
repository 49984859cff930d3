// What discovery needs of the Kubernetes API: one GET, whole or as a stream of lines. node:https does it, with the cluster's
// own CA; a client library would bring a hundred times as much.

import { readFile } from 'node:fs/promises';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { CacheError, type ErrorCode } from '@ringcache/cache-core';

const MAX_BYTES = 64 * 1024 * 1024; // of an answer; 1,000 pods take about one
const MAX_ERROR_CHARS = 300; // of an answer's text in a message
const SILENCE_PROBE_MS = 10_000; // after so long the system asks whether the other end is there

export interface KubernetesApiOptions {
  /** `https://…`, or `http://…` as of `kubectl proxy`. */
  readonly apiServer: string;
  /** Read for each request: the kubelet replaces it before it expires. */
  readonly tokenFile: string | undefined;
  /** Read for each request too. */
  readonly caFile: string | undefined;
}

export class KubernetesApi {
  readonly #options: KubernetesApiOptions;

  constructor(options: KubernetesApiOptions) {
    this.#options = options;
  }

  /** @throws {CacheError} `permission_denied`, `unavailable`, by the status; `unavailable`: no JSON, or the signal was aborted. */
  async get(path: string, signal: AbortSignal): Promise<unknown> {
    const response = await this.#open(path, signal);
    const text = await textOf(response, MAX_BYTES);
    return parsed(text);
  }

  /**
   * What a watch sends, a value for each line, until the server ends it. Errors as of {@link get}.
   * @param onOpen hears when the server has taken the watch.
   */
  async *lines(path: string, signal: AbortSignal, onOpen: () => void): AsyncGenerator<unknown, void> {
    const response = await this.#open(path, signal);
    onOpen();
    response.setEncoding('utf8');
    let rest = '';
    try {
      for await (const chunk of response) {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop()!;
        if (rest.length > MAX_BYTES) throw tooLong();
        for (const line of lines) if (line !== '') yield parsed(line);
      }
    } catch (error) {
      throw unavailable('the watch of the Kubernetes API broke off', error);
    }
  }

  async #open(path: string, signal: AbortSignal): Promise<IncomingMessage> {
    const { apiServer, tokenFile, caFile } = this.#options;
    const url = new URL(path, apiServer);
    const token = tokenFile === undefined ? undefined : (await fileText(tokenFile)).trim();
    const ca = caFile === undefined || url.protocol === 'http:' ? undefined : await fileText(caFile);
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const headers = { accept: 'application/json', ...authorization };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { headers, signal, agent: false as const };
      const asked =
        url.protocol === 'http:' ? requestHttp(url, options) : requestHttps(url, { ...options, ...(ca && { ca }) });
      asked.on('socket', (socket) => socket.setKeepAlive(true, SILENCE_PROBE_MS).unref()); // a watch keeps no process alive
      asked.on('response', resolve);
      asked.on('error', (error) => reject(unavailable(`the Kubernetes API at ${url.host} is out of reach`, error)));
      asked.end();
    });
    if (response.statusCode === 200) return response;
    throw await refusal(response);
  }
}

const CODES: Readonly<Record<number, ErrorCode>> = { 401: 'permission_denied', 403: 'permission_denied' };

async function refusal(response: IncomingMessage): Promise<CacheError> {
  const { statusCode = 0 } = response;
  const text = await textOf(response, MAX_BYTES).catch(() => ''); // the status says enough
  const { message } = messageOf(text);
  return new CacheError(CODES[statusCode] ?? 'unavailable', `the Kubernetes API answers ${statusCode}: ${message}`);
}

/** The API's own words, in a Status; or what else came. */
function messageOf(text: string): { message: string } {
  let message = text;
  try {
    message = String((JSON.parse(text) as { message?: unknown }).message ?? text);
  } catch {
    // no JSON: something on the way answered
  }
  return { message: message.slice(0, MAX_ERROR_CHARS) };
}

async function textOf(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response) {
      bytes += (chunk as Buffer).length;
      if (bytes > maxBytes) throw tooLong();
      chunks.push(chunk as Buffer);
    }
  } catch (error) {
    throw unavailable('the answer of the Kubernetes API broke off', error);
  }
  return Buffer.concat(chunks).toString();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unavailable('the Kubernetes API sent no JSON', error);
  }
}

async function fileText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw unavailable(`cannot read ${file}`, error);
  }
}

function tooLong(): Error {
  return new Error(`more than ${MAX_BYTES} bytes`);
}

function unavailable(what: string, cause: unknown): CacheError {
  if (cause instanceof CacheError) return cause;
  return new CacheError('unavailable', `${what}: ${(cause as Error).message}`, { cause });
}
