const seen = new Set();

/** An origin for tests: `broken` keys fail, `flaky` ones after the first time, and `slow` ones take their time. */
export default async (key) => {
  const [kind] = key.split(' ');
  if (kind === 'broken' || (kind === 'flaky' && seen.has(key))) throw new Error('the origin has nothing good to say');
  if (kind === 'flaky') seen.add(key);
  if (kind === 'slow') await new Promise((resolve) => setTimeout(resolve, 30));
  return `value of ${key}`;
};
