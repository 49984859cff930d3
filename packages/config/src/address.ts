import { isIPv4, isIPv6 } from 'node:net';
import { z } from 'zod';

const EVERY_INTERFACE = /^(0\.0\.0\.0|\[[0:.]*\]):/;

/** `host:port`, IPv6 in brackets, port 1 to 65535: what another process can be reached at. */
export const address: z.ZodType<string, string> = addressFrom(1).meta({ title: '`host:port`' });

/** Like {@link listenAddress}, but for a host that others can dial: not one that stands for every interface of this machine. */
export const memberAddress: z.ZodType<string, string> = addressFrom(0)
  .refine((text) => !EVERY_INTERFACE.test(text), {
    message: 'must name a host that others can reach this one at; to listen on every interface, say so under `listen`',
  })
  .meta({ title: '`host:port`' });

/** Like {@link address}, and port 0 too: any free one. What a server listens on. */
export const listenAddress: z.ZodType<string, string> = addressFrom(0).meta({ title: '`host:port`' });

/**
 * `host:port` or `http(s)://host:port`: a server that is asked by either name. A slash at the end is dropped;
 * user and password are refused, since an address is printed everywhere.
 */
export const endpoint: z.ZodType<string, string> = z
  .string()
  .overwrite((text) => text.replace(/\/$/, ''))
  .superRefine((text, context) => {
    const problem = problemOf(text.replace(/^https?:\/\//i, ''), 1);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  })
  .meta({ title: '`host:port` or `http(s)://host:port`' });

/**
 * The parts of a checked address; the host of an IPv6 address comes without its brackets, as `listen` wants it.
 * @throws {TypeError} it is no `host:port`.
 */
export function splitAddress(text: string): { host: string; port: number } {
  const problem = problemOf(text, 0);
  if (problem !== undefined) throw new TypeError(`${JSON.stringify(text)} ${problem}`);
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}

function addressFrom(leastPort: number) {
  return z.string().superRefine((text, context) => {
    const problem = problemOf(text, leastPort);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });
}

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$/i;

function problemOf(text: string, leastPort: number): string | undefined {
  if (text.includes('://')) return 'must be host:port, with no scheme before it';
  if (/[\s/@?#]/.test(text)) return 'must be host:port and nothing else';
  const bracketed = /^\[([^\]]*)\](.*)$/.exec(text);
  const colon = text.indexOf(':');
  if (bracketed === null && colon !== text.lastIndexOf(':')) return 'must have brackets around IPv6: "[::1]:8080"';
  const [host, rest] = bracketed ? [bracketed[1]!, bracketed[2]!] : splitAt(text, colon);
  if (bracketed ? !isIPv6(host) : !isHost(host)) return host === '' ? 'must name a host' : 'must have a valid host';
  if (rest === '') return 'must end with a port: "host:8080"';
  if (!/^:\d{1,5}$/.test(rest)) return `must have a port from ${leastPort} to 65535`;
  const port = Number(rest.slice(1));
  return port < leastPort || port > 65_535 ? `must have a port from ${leastPort} to 65535` : undefined;
}

function splitAt(text: string, colon: number): [string, string] {
  return colon === -1 ? [text, ''] : [text.slice(0, colon), text.slice(colon)];
}

function isHost(host: string): boolean {
  return /^[\d.]+$/.test(host) ? isIPv4(host) : HOST_NAME.test(host);
}
