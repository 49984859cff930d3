import { isIPv6 } from 'node:net';
import type { PeerCertificate } from 'node:tls';

// `DNS:a.example, IP Address:127.0.0.1`; Node.js writes a name that could be mistaken for two as a JSON string.
const ALTERNATIVE_NAME = /([^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/gy; // sticky: what it cannot read ends it, and is never skipped to a name inside

/** The names that a certificate is good for: DNS and IP names, then its common name, each once. Other kinds are left out. */
export function certificateNames(certificate: Pick<PeerCertificate, 'subject' | 'subjectaltname'>): string[] {
  const names = new Set<string>();
  for (const [, kind, text] of (certificate.subjectaltname ?? '').matchAll(ALTERNATIVE_NAME)) {
    const name = text!.startsWith('"') ? (JSON.parse(text!) as string) : text!;
    if (kind === 'DNS') names.add(name);
    if (kind === 'IP Address') names.add(isIPv6(name) ? shortIPv6(name) : name);
  }
  const common: string | readonly string[] | undefined = certificate.subject?.CN; // several: in an array, whatever the type says
  for (const name of [common ?? []].flat()) names.add(name);
  return [...names];
}

/** OpenSSL writes `0:0:0:0:0:0:0:1`, everybody else `::1`. */
function shortIPv6(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}
