/** An origin for tests that takes its time: each key's value is the key, and a kilobyte. */
export default async (key) => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  return key.padEnd(1024);
};
