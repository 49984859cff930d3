/**
 * An origin, for a node's `module`, that does as its key says: `2000/64/…` is answered after two seconds, with 64 bytes. These
 * tell how long it took, as `valueOfId` writes a number, so that a get from the wrong origin is found out.
 */
export default async (key) => {
  const [ms, valueBytes] = key.split('/').map(Number);
  await new Promise((resolve) => setTimeout(resolve, ms));
  return new Uint8Array(valueBytes).fill(ms % 251);
};
