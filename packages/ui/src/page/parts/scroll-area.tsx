import type { ComponentChildren } from 'preact';

/** Around a table, which on a narrow screen is wider than the page: it scrolls by itself, by keyboard too. */
export function ScrollArea({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="table-area" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
