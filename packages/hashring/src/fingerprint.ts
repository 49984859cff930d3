import { hash } from 'node:crypto';
import type { Dialect } from './dialect.js';
import type { RingMember } from './ring.js';

/** Hex digits. 64 bits: members compare a handful of rings, so two that differ will not meet by chance. */
const FINGERPRINT_DIGITS = 16;

/** Of all that decides who owns a key, and of nothing else. JSON keeps ids apart whatever they contain. */
export function fingerprintOf(dialect: Dialect, replicas: number, sortedMembers: readonly RingMember[]): string {
  const members = sortedMembers.map(({ id, weight = 1 }) => [id, weight]);
  return hash('sha256', JSON.stringify([dialect, replicas, members]), 'hex').slice(0, FINGERPRINT_DIGITS);
}
