import { bytes, milliseconds } from '../model/format.js';
import type { Got } from '../model/key-lookup.js';
import { type Preview, previewOf } from '../model/preview.js';

const SOURCES: Readonly<Record<string, string>> = {
  main: 'from the owner’s cache',
  hot: 'from a hot copy',
  load: 'from the origin just now',
};

/** What a get gave. */
export function ValuePreview({ got }: { got: Got }) {
  return (
    <>
      <p class="outcome">
        Got in {milliseconds(got.ms)} {SOURCES[got.source] ?? ''}
        {got.servedBy === '' ? '' : ` at ${got.servedBy}`}.
      </p>
      <Bytes title="Value" preview={previewOf(got.bytes, got.isCut)} shown={got.bytes.length} total={got.totalBytes} />
    </>
  );
}

export interface BytesProps {
  title: string;
  preview: Preview;
  /** Bytes that the preview is of. */
  shown: number;
  /** Of the whole value; undefined: more, but not known how many. */
  total: number | undefined;
}

export function Bytes({ title, preview, shown, total }: BytesProps) {
  const isCut = total === undefined || total > shown;
  const size = total === undefined ? `more than ${bytes(shown)}` : bytes(total);
  return (
    <figure class="value">
      <figcaption>
        {title}, {size}
        {isCut && `, of which the first ${bytes(shown)}`}
        {preview.as === 'hex' && ', which is no text'}
      </figcaption>
      {shown === 0 ? (
        <p class="empty">It is empty.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        <pre tabIndex={0}>{preview.text}</pre>
      )}
    </figure>
  );
}
