import { type OnError, shielded } from '@ringcache/cache-core';
import type { RegisterOptions } from './discovery.js';

/** Options of a registration, with callbacks that can be called without a look. */
export type ShieldedOptions = Pick<RegisterOptions, 'signal'> & Required<Omit<RegisterOptions, 'signal'>>;

/** Makes the callbacks ones that never throw: a registration goes on, whatever they do. What they throw goes to `onError`. */
export function shieldedCallbacks(options: RegisterOptions, onError: OnError): ShieldedOptions {
  const { onEvent = () => {}, onShown = () => {} } = options;
  return { ...options, onEvent: shielded(onEvent, onError), onShown: shielded(onShown, onError) };
}
