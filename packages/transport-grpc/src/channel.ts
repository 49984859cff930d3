import { type ChannelCredentials, type ChannelOptions, Client, credentials as grpcCredentials } from '@grpc/grpc-js';
import { CacheError } from '@ringcache/cache-core';
import { LatestContext, sourceOf, type TlsMaterial, type TlsSource } from '@ringcache/tls';
import { WatchedCredentials } from './handshake.js';
import { TlsCredentials } from './tls-credentials.js';

export interface ChannelSettings {
  /** `host:port`; empty: calls fail with `unavailable`. */
  readonly address: string;
  /** For the error messages: who is at the address. */
  readonly name: string;
  readonly credentials: ChannelCredentials | undefined;
  readonly tls: TlsMaterial | TlsSource | undefined;
  readonly connectTimeoutMs: number;
  readonly keepaliveTimeMs: number;
  readonly keepaliveTimeoutMs: number;
  readonly maxMessageBytes: number;
}

// After a failed attempt; it doubles, more or less, up to the second. In between calls fail at once. A member that is back
// is found within the longest.
const FIRST_RECONNECT_MS = 50;
const LAST_RECONNECT_MS = 1_000;

const DNS_INTERVAL_MS = 2_000; // grpc-js waits 30 s before it looks up a name again; a restarted pod has a new address
const FLOW_CONTROL_WINDOW_BYTES = 4 * 1024 * 1024; // HTTP/2's 64 KiB allow one such a round trip

/** A connection to one address: made on first use, made again by grpc-js when it breaks, gone for good with `close()`. */
export class Channel {
  readonly #settings: ChannelSettings;
  readonly #credentials: WatchedCredentials;
  readonly #context: LatestContext | undefined;
  #client: Client | undefined;
  #closed = false;

  constructor(settings: ChannelSettings) {
    this.#settings = settings;
    const context = settings.tls && new LatestContext(sourceOf(settings.tls));
    const inner =
      context === undefined
        ? (settings.credentials ?? grpcCredentials.createInsecure())
        : new TlsCredentials(settings.address, () => context.get());
    this.#context = context;
    this.#credentials = new WatchedCredentials(inner, settings.connectTimeoutMs);
  }

  get name(): string {
    return this.#settings.name;
  }

  /** @throws {CacheError} `unavailable`: closed, no address, or one that cannot be read. */
  client(): Client {
    if (this.#closed) throw new CacheError('unavailable', `the client of ${this.name} is closed`);
    this.#client ??= this.#create();
    return this.#client;
  }

  /** What is likely behind a connection that fails and tells nothing; '': unknown. */
  get hint(): string {
    if (!this.#credentials.wasShownOut) return '';
    const question = this.#credentials._isSecure() ? 'does it refuse our certificate?' : 'does it expect TLS?';
    return ` (${this.#settings.address} closed the connection: ${question})`;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#client?.close();
    this.#context?.close();
    await this.#credentials.close();
  }

  #create(): Client {
    const { address } = this.#settings;
    if (address === '') throw new CacheError('unavailable', `${this.name} has no gRPC address`);
    try {
      return new Client(address, this.#credentials, this.#options());
    } catch (error) {
      throw new CacheError('unavailable', `${JSON.stringify(address)} is no address`, { cause: error });
    }
  }

  #options(): ChannelOptions {
    const { keepaliveTimeMs, keepaliveTimeoutMs, maxMessageBytes } = this.#settings;
    return {
      'grpc.keepalive_time_ms': keepaliveTimeMs,
      'grpc.keepalive_timeout_ms': keepaliveTimeoutMs,
      'grpc.max_send_message_length': maxMessageBytes,
      'grpc.max_receive_message_length': maxMessageBytes,
      'grpc.initial_reconnect_backoff_ms': FIRST_RECONNECT_MS,
      'grpc.max_reconnect_backoff_ms': LAST_RECONNECT_MS,
      'grpc.dns_min_time_between_resolutions_ms': DNS_INTERVAL_MS,
      'grpc-node.flow_control_window': FLOW_CONTROL_WINDOW_BYTES,
      'grpc.use_local_subchannel_pool': 1, // ours to close, and nobody else's to break
      'grpc.enable_retries': 0, // what may be sent again is the engine's to say; grpc-js keeps every message for it
      'grpc.enable_channelz': 0,
      'grpc.enable_http_proxy': 0, // members talk to each other directly, whatever the environment says
      'grpc.service_config_disable_resolution': 1,
    };
  }
}
