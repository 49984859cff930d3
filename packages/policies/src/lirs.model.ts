import type { Simulation } from './fixtures/simulate.js';

const cut = (keys: number[], key: number) => {
  const at = keys.indexOf(key);
  if (at >= 0) keys.splice(at, 1);
};

/**
 * LIRS from section 3.2 of Jiang & Zhang, SIGMETRICS 2002: the stack S with blocks of all three kinds, from its bottom to
 * its top, pruned as printed, and the queue Q. Of blocks that are not resident it keeps two for each entry.
 * It has no deletion, because the paper has none.
 */
export function lirsModel(capacity: number): Omit<Simulation, 'drop'> {
  const stack: number[] = [];
  const queue: number[] = [];
  const lir = new Set<number>();
  const most = capacity - Math.max(1, Math.round(capacity / 100));
  const isGhost = (key: number) => !lir.has(key) && !queue.includes(key);

  function prune(): void {
    while (stack.length > 0 && lir.size > 0 && !lir.has(stack[0]!)) stack.shift();
  }

  function toTop(key: number): void {
    cut(stack, key);
    stack.push(key);
  }

  function becomesLir(key: number): void {
    cut(queue, key);
    lir.add(key);
    toTop(key);
    while (lir.size > Math.max(1, most)) {
      const bottom = stack.find((other) => lir.has(other))!;
      lir.delete(bottom);
      cut(stack, bottom);
      queue.push(bottom);
    }
    prune();
  }

  function becomesHir(key: number): void {
    cut(queue, key);
    queue.push(key);
    toTop(key);
    prune();
  }

  function hit(key: number): void {
    if (lir.has(key)) {
      toTop(key);
      prune();
    } else if (stack.includes(key)) becomesLir(key);
    else becomesHir(key);
  }

  function evict(newcomer: number): number {
    const victim = queue.find((key) => key !== newcomer) ?? stack.find((key) => lir.has(key) && key !== newcomer)!;
    if (lir.delete(victim)) cut(stack, victim);
    cut(queue, victim); // it stays in the stack if it is there: not resident
    prune();
    while (stack.filter(isGhost).length > 2 * capacity) cut(stack, stack.find(isGhost)!);
    return victim;
  }

  return {
    access(key) {
      if (!isGhost(key)) {
        hit(key);
        return { hit: true, left: [] };
      }
      if (stack.includes(key) || lir.size < most) becomesLir(key);
      else becomesHir(key);
      return { hit: false, left: lir.size + queue.length > capacity ? [evict(key)] : [] };
    },
  };
}
