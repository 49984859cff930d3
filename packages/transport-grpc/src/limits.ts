// Every limit of the transport, by name. Both sides derive the largest message they accept from the same numbers, so that
// what one side may send the other takes.

/** The largest value, in bytes: as a group's own default. */
export const MAX_VALUE_BYTES = 4 * 1024 * 1024;

/** Entries in one message; throughput hardly rises beyond it, and one message delays the next by about 2 ms. */
export const MAX_ENTRIES_PER_MESSAGE = 1024;

/** Bytes in one message, unless a single entry is larger: what keeps a burst of large values from becoming one message. */
export const MAX_BYTES_PER_MESSAGE = 1024 * 1024;

/** Requests in flight on one stream of a client; more wait their turn. */
export const MAX_IN_FLIGHT = 8192;

/** Bytes of the requests in flight on one stream of a client, unless one alone has more; more wait their turn. */
export const MAX_BYTES_IN_FLIGHT = 16 * 1024 * 1024;

/** Callers waiting for their turn; more are refused with `overloaded`. */
export const MAX_WAITING = 65_536;

/** Requests in flight that a server accepts on one stream: twice the client's, because what a client abandons goes on. */
export const MAX_IN_FLIGHT_PER_STREAM = 2 * MAX_IN_FLIGHT;

/**
 * Bytes of answers that wait on a server's stream to be sent: more requests wait their turn, and answers of those that have
 * begun are refused with `overloaded` beyond twice as many.
 */
export const MAX_UNSENT_BYTES_PER_STREAM = 16 * 1024 * 1024;

/** Calls and streams open on one connection of a client. */
export const MAX_STREAMS_PER_CONNECTION = 1_000;

/** Keys of one GetMany, as its .proto says. */
export const MAX_KEYS_PER_GET_MANY = 1_000;

/** How long a call waits for its stream to open, in ms. */
export const CONNECT_TIMEOUT_MS = 1_000;

/** How long a TLS handshake may take at a server, in ms: Node.js's two minutes are long for a connection that serves nobody. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;

/** How long a call may take whose caller says nothing, in ms. */
export const CALL_TIMEOUT_MS = 10_000;

/** Silence on a connection until it is asked for a sign of life, in ms. */
export const KEEPALIVE_TIME_MS = 20_000;

/** How long the sign of life may take, in ms. */
export const KEEPALIVE_TIMEOUT_MS = 5_000;

/** How long a draining server waits for what is in flight, in ms. */
export const DRAIN_TIMEOUT_MS = 10_000;

/** How long a closing server waits for its last bytes to leave, in ms. */
export const CLOSE_TIMEOUT_MS = 1_000;

// Key, names and numbers of the largest entry (a key has at most 8 KiB), and so much more that a value just over the limit
// still arrives and is refused by itself: a message over the limit ends its stream, with all that is in flight on it.
const MESSAGE_ROOM_BYTES = 1024 * 1024;

/** The largest message that is accepted, in bytes. */
export function maxMessageBytes(maxValueBytes: number, maxBytesPerMessage: number): number {
  return Math.max(maxValueBytes, maxBytesPerMessage, MAX_BYTES_PER_MESSAGE) + MESSAGE_ROOM_BYTES;
}
