import type { IncomingMessage } from 'node:http';
import { CacheError } from '@ringcache/cache-core';

import { joined } from './bytes.js';

/**
 * Reads a message's body, at most `maxBytes` of it. The rest of one that is longer is discarded as it comes; how much of
 * that to bear is the caller's to say.
 * @throws {CacheError} `too_large`, before anything is read if the length was announced; `unavailable`: the body broke off.
 */
export function readBody(message: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const refuse = () => {
      message.removeAllListeners('data').resume();
      reject(new CacheError('too_large', `the body is over the limit of ${maxBytes} bytes`));
    };
    message.on('error', (cause) => reject(new CacheError('unavailable', 'the body broke off', { cause })));
    if (Number(message.headers['content-length'] ?? 0) > maxBytes) return refuse();
    message.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) return refuse();
      chunks.push(chunk);
    });
    message.on('end', () => resolve(joined(chunks, bytes)));
  });
}
