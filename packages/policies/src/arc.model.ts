import assert from 'node:assert';
import type { Simulation } from './fixtures/simulate.js';

/** The key's removal from whichever array it is in. */
const cut = (keys: number[], key: number) => keys.splice(keys.indexOf(key), 1);

/**
 * ARC line by line from figure 4 of Megiddo & Modha, FAST 2003. Arrays run from LRU to MRU.
 * It has no deletion, because the paper has none.
 */
export function arcModel(c: number): Omit<Simulation, 'drop'> {
  const [t1, t2, b1, b2]: [number[], number[], number[], number[]] = [[], [], [], []];
  let p = 0;

  function replace(x: number): number[] {
    const fromT1 = t1.length >= 1 && (t1.length > p || (b2.includes(x) && t1.length === p));
    const key = (fromT1 ? t1 : t2).shift();
    assert(key !== undefined, 'the paper never replaces in an empty list');
    (fromT1 ? b1 : b2).push(key);
    return [key];
  }

  function ghostHit(x: number, ghosts: number[]): number[] {
    if (ghosts === b1) p = Math.min(c, p + Math.max(b2.length / b1.length, 1));
    else p = Math.max(0, p - Math.max(b1.length / b2.length, 1));
    const left = replace(x);
    cut(ghosts, x);
    t2.push(x);
    return left;
  }

  function miss(x: number): number[] {
    let left: number[] = [];
    const sum = t1.length + t2.length + b1.length + b2.length;
    if (t1.length + b1.length === c) {
      if (t1.length < c) {
        b1.shift();
        left = replace(x);
      } else left = [t1.shift()!];
    } else if (sum >= c) {
      if (sum === 2 * c) b2.shift();
      left = replace(x);
    }
    t1.push(x);
    return left;
  }

  return {
    access(x) {
      const list = [t1, t2].find((keys) => keys.includes(x));
      if (list !== undefined) {
        cut(list, x);
        t2.push(x);
        return { hit: true, left: [] };
      }
      const ghosts = [b1, b2].find((keys) => keys.includes(x));
      return { hit: false, left: ghosts === undefined ? miss(x) : ghostHit(x, ghosts) };
    },
  };
}
