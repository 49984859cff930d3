// What OpenSSL says of a handshake that failed names neither the certificate nor what to do. This does.

import type { PeerCertificate, TLSSocket } from 'node:tls';
import { CacheError } from '@ringcache/cache-core';

const SEEN = new WeakMap<object, PeerCertificate>();

const REASONS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  CERT_REVOKED: 'it is revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by itself, and not in ca',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is not in ca',
  UNABLE_TO_GET_ISSUER_CERT: 'its authority is not in ca',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is not in ca',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is not in ca',
  INVALID_PURPOSE: 'it is for another purpose',
};

// How OpenSSL reads a greeting in plain text; the error's code depends on whether it was reading or writing.
const NO_TLS = /wrong version number|packet length too long/;

/** Remembers the certificate that the other side shows: once it is refused, its socket tells of it no more. */
export function rememberCertificate(socket: TLSSocket): void {
  // Emitted after the handshake and before the verdict. Were it not, a failure would name no certificate, and no more.
  socket.prependOnceListener('secure', () => SEEN.set(socket, socket.getPeerCertificate()));
}

/** Why no TLS connection was made. @param address where to, `host:port`. */
export function tlsFailure(address: string, socket: object, cause: Error & { code?: string }): CacheError {
  return new CacheError('unavailable', describe(address, SEEN.get(socket), cause), { cause });
}

// With TLS 1.3 a client is through with its handshake before the server has looked at its certificate.
const ALERT =
  /alert (certificate required|bad certificate|certificate (?:expired|revoked|unknown)|unknown ca|unsupported certificate)/;

/** What the other side says of our certificate, in its words; undefined: nothing. */
export function certificateAlert(address: string, { message }: Error): string | undefined {
  const [, alert] = ALERT.exec(message) ?? [];
  if (alert === undefined) return undefined;
  return alert === 'certificate required'
    ? `${address} wants a certificate of ours`
    : `${address} refuses our certificate: ${alert}`;
}

function describe(address: string, certificate: PeerCertificate | undefined, cause: Error & { code?: string }): string {
  const { code = '', message } = cause;
  const alert = certificateAlert(address, cause);
  if (alert !== undefined) return alert;
  if (NO_TLS.test(message)) return `${address} speaks no TLS`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `the certificate of ${address} is for another name: ${certificateText(certificate)}: ${message}`;
  }
  if (certificate !== undefined && code in REASONS) {
    return `the certificate of ${address} is not trusted: ${certificateText(certificate)}: ${REASONS[code]} (${code})`;
  }
  if (code === 'ECONNRESET') return `${address} ended the TLS handshake`;
  return `no TLS connection to ${address}: ${message.trim()}`;
}

/** Why a server refuses a client's certificate. */
export function certificateRefused(address: string, certificate: PeerCertificate, code: string): CacheError {
  const reason = `${REASONS[code] ?? 'it is not good'} (${code})`;
  const text = `refused the client certificate from ${address}: ${certificateText(certificate)}: ${reason}`;
  return new CacheError('permission_denied', text);
}

function certificateText(certificate: PeerCertificate | undefined): string {
  if (certificate === undefined) return 'an unknown one';
  return `CN=${certificate.subject?.CN ?? ''}, issued by CN=${certificate.issuer?.CN ?? ''}`;
}
