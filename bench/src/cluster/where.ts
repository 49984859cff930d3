/** All servers listen on it, without TLS. */
export const HOST = '127.0.0.1';

/** The group that nodes of ours are started with. */
export const GROUP = 'bench';
