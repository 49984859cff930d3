/** An origin for tests: every key's value is the key. */
export default async (key) => `value of ${key}`;
