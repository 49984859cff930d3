import { useEffect, useRef, useState } from 'preact/hooks';

const MOVE_MS = 700;

/**
 * Shares on their way from what was shown to what is to be: a member that joins grows out of nothing, one that leaves shrinks
 * to it. At once for those who asked their system for less motion.
 */
export function useMovingShares(shares: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
  const [shown, setShown] = useState<ReadonlyMap<string, number>>(() => new Map(Object.entries(shares)));
  const latest = useRef(shown);
  latest.current = shown;
  useEffect(() => {
    const wanted = new Map(Object.entries(shares));
    const before = latest.current;
    if (isSame(before, wanted)) return;
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return setShown(wanted);
    const startedAt = performance.now();
    let frame = requestAnimationFrame(function move(now) {
      const progress = Math.min(1, Math.max(0, (now - startedAt) / MOVE_MS));
      setShown(progress === 1 ? wanted : between(before, wanted, eased(progress)));
      if (progress < 1) frame = requestAnimationFrame(move);
    });
    return () => cancelAnimationFrame(frame);
  }, [JSON.stringify(shares)]);
  return shown;
}

function between(before: ReadonlyMap<string, number>, wanted: ReadonlyMap<string, number>, progress: number) {
  const ids = [...new Set([...before.keys(), ...wanted.keys()])];
  return new Map(
    ids.map((id) => {
      const [from, to] = [before.get(id) ?? 0, wanted.get(id) ?? 0];
      return [id, from + (to - from) * progress];
    }),
  );
}

function isSame(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  return a.size === b.size && [...a].every(([id, share]) => b.get(id) === share);
}

function eased(progress: number): number {
  return progress < 0.5 ? 4 * progress ** 3 : 1 - (-2 * progress + 2) ** 3 / 2;
}
