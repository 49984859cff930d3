import { address } from '@ringcache/config';
import { z } from 'zod';

/** Where a member is asked, and how. */
export interface Endpoint {
  readonly transport: 'grpc' | 'http';
  /** Whether its name asks for TLS. */
  readonly tls: boolean;
  /** `host:port`. */
  readonly address: string;
}

const SCHEMES: Readonly<Record<string, Omit<Endpoint, 'address'>>> = {
  '': { transport: 'grpc', tls: false },
  'grpc://': { transport: 'grpc', tls: false },
  'grpcs://': { transport: 'grpc', tls: true },
  'http://': { transport: 'http', tls: false },
  'https://': { transport: 'http', tls: true },
};

/** `host:port` for gRPC, or with one of four schemes before it. A slash at the end is dropped. */
export const endpoint = z
  .string()
  .overwrite((text) => text.trim().replace(/\/$/, ''))
  .superRefine((text, context) => {
    const [scheme, rest] = splitAt(text);
    if (!Object.hasOwn(SCHEMES, scheme)) {
      const known = Object.keys(SCHEMES).filter((each) => each !== '');
      context.addIssue({ code: 'custom', message: `must be host:port, or begin with one of ${known.join(', ')}` });
      return;
    }
    const result = address.safeParse(rest);
    if (!result.success) context.addIssue({ code: 'custom', message: result.error.issues[0]!.message });
  })
  .transform((text): Endpoint => {
    const [scheme, rest] = splitAt(text);
    return { ...SCHEMES[scheme]!, address: rest };
  });

function splitAt(text: string): [scheme: string, rest: string] {
  const end = text.indexOf('://');
  return end === -1 ? ['', text] : [text.slice(0, end + 3).toLowerCase(), text.slice(end + 3)];
}

/** As it was given. */
export function textOf({ transport, tls, address: at }: Endpoint): string {
  if (transport === 'http') return `${tls ? 'https' : 'http'}://${at}`;
  return tls ? `grpcs://${at}` : at;
}
