// Server-sent events out of pieces of text. EventSource would do it, but cannot send a token.

export interface ParsedEvent {
  readonly kind: string;
  readonly data: string;
}

const MAX_EVENT_CHARS = 32 * 1024 * 1024; // a cluster of thousands of groups; more is not from our node

/** @returns takes the next piece, and gives the events that are whole now. Throws if an event does not end. */
export function eventParser(): (piece: string) => ParsedEvent[] {
  let rest = '';
  return (piece) => {
    const blocks = (rest + piece).split('\n\n');
    rest = blocks.pop()!;
    if (rest.length > MAX_EVENT_CHARS) throw new Error('an event of the node has no end');
    return blocks.flatMap(parseBlock);
  };
}

/** A block of comments is no event. */
function parseBlock(block: string): ParsedEvent[] {
  let kind = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    if (line.startsWith('event: ')) kind = line.slice('event: '.length);
    else if (line.startsWith('data: ')) data.push(line.slice('data: '.length));
  }
  return data.length === 0 ? [] : [{ kind, data: data.join('\n') }];
}
