import { useEffect, useState } from 'preact/hooks';

import { askJson, sentenceOf } from '../model/node-api.js';

export interface Polled<T> {
  readonly value: T | undefined;
  /** Why there is no new one, as a sentence. */
  readonly problem: string | undefined;
}

/** Asks the node again and again while the page can be seen; one question at a time. */
export function usePolled<T>(path: string, everyMs: number): Polled<T> {
  const [polled, setPolled] = useState<Polled<T>>({ value: undefined, problem: undefined });
  useEffect(() => {
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const askOnce = async () => {
      if (document.visibilityState === 'visible') {
        try {
          setPolled({ value: await askJson<T>(path, { signal: ended.signal }), problem: undefined });
        } catch (error) {
          if (ended.signal.aborted) return;
          setPolled(({ value }) => ({ value, problem: sentenceOf(error) }));
        }
      }
      timer = setTimeout(askOnce, everyMs);
    };
    setPolled({ value: undefined, problem: undefined });
    void askOnce();
    return () => {
      ended.abort();
      clearTimeout(timer);
    };
  }, [path, everyMs]);
  return polled;
}
