import { request } from 'node:http';

export interface ProbeOptions {
  /** POST body as JSON; without one it is a GET. */
  readonly body?: unknown;
  /** 1000 by default. */
  readonly timeoutMs?: number;
}

/**
 * One HTTP request on a connection of its own, so that nothing stays open in the process (fetch would pool it).
 * @returns the status; undefined if nobody answered in time.
 */
export function probeHttp(url: string, { body, timeoutMs = 1000 }: ProbeOptions = {}): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = request(url, {
      method: body === undefined ? 'GET' : 'POST',
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
    });
    probe.on('response', (response) => response.resume().on('close', () => resolve(response.statusCode)));
    probe.on('error', () => resolve(undefined));
    probe.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
