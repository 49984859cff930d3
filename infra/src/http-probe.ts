import { type ClientRequest, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';

/** PEM: what is trusted, and what is shown. */
export interface ProbeTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface ProbeOptions {
  /** POST body as JSON; without one it is a GET. */
  readonly body?: unknown;
  /** 1000 by default. */
  readonly timeoutMs?: number;
  /** For URLs that begin with https. */
  readonly tls?: ProbeTls | undefined;
}

/**
 * One HTTP request on a connection of its own, so that nothing stays open in the process (fetch would pool it).
 * @returns the status; undefined if nobody answered in time.
 */
export function probeHttp(url: string, options: ProbeOptions = {}): Promise<number | undefined> {
  const { body, timeoutMs = 1000, tls } = options;
  return new Promise((resolve) => {
    const settings = {
      method: body === undefined ? 'GET' : 'POST',
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
    };
    const probe: ClientRequest =
      tls === undefined ? plainRequest(url, settings) : tlsRequest(url, { ...settings, ...tls });
    probe.on('response', (response) => response.resume().on('close', () => resolve(response.statusCode)));
    probe.on('error', () => resolve(undefined));
    probe.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
