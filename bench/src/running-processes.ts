// Every process that the bench starts is written down here until it has ended: one that a command forgets to stop keeps its ports
// and takes CPU from what is measured next. Asking the system would find those of others as well.

const running = new Set<{ readonly name: string }>();

/** Writes a process down. @returns what strikes it out: call it when the process has ended. */
export function trackProcess(name: string): () => void {
  const entry = { name };
  running.add(entry);
  return () => void running.delete(entry);
}

/** Names of those that have not ended yet, in the order of their starts. */
export function runningProcesses(): string[] {
  return [...running].map(({ name }) => name);
}
