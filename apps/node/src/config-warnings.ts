// What a configuration that can be used gives up, in words for the operator who chose it.

export interface WarnedSettings {
  readonly ring: { readonly dialect: string };
  readonly peerTransport: string;
}

/** Returns a sentence for each; usually none. */
export function configWarnings({ ring, peerTransport }: WarnedSettings): string[] {
  if (ring.dialect !== 'groupcache' || peerTransport !== 'http') return [];
  return [
    'ring.dialect groupcache with peerTransport http: such peers name neither cluster nor addressee, so whatever process ' +
      'answers at the address of a member is taken for that member',
  ];
}
