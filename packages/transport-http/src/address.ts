/** Where a server listens or is found. */
export interface Address {
  /** A name or an IP address; IPv6 without its brackets. */
  readonly host: string;
  readonly port: number;
}

const HOST_PORT = /^(?:\[([0-9a-fA-F:.%]+)\]|([^\s:/[\]]+)):(\d{1,5})$/;

/** Reads `host:port`, `[::1]:port` for IPv6. undefined: it is neither. */
export function parseAddress(text: string): Address | undefined {
  const match = HOST_PORT.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  return port > 65_535 ? undefined : { host: (match[1] ?? match[2])!, port };
}

export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
