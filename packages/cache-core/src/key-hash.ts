/**
 * 32 bits of a key for a policy's ghost lists and sketches: FNV-1a over UTF-16 code units, then murmur3's finalizer, since
 * sketches use the high bits too. Never leaves the process, so it need not agree with any other hash.
 */
export function keyHash(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
