const STEPS = 10;

/**
 * Calls back after so many ms in which the event loop ran. A process that was stopped, or busy, for a second finds its
 * timers due before it reads what came in meanwhile; such a pause counts as one step of ten here, so that nobody is given
 * up for our own sake.
 * @returns what stops it.
 */
export function afterRunning(ms: number, callback: () => void): () => void {
  let steps = 0;
  const timer = setInterval(() => {
    if (++steps < STEPS) return;
    clearInterval(timer);
    callback();
  }, ms / STEPS).unref();
  return () => clearInterval(timer);
}
