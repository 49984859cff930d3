/** A body as a JSON object; what is none is an empty one, so that the fields that are missed tell. */
export function parseObject(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {}; // told by the missing fields, in the words of whoever misses them
  }
}
