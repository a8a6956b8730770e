/*
 * A list of any length of which only the rows that are seen are there, each of one height. Rows say which of how many they are;
 * what a row holds is reached by Tab, and the list itself scrolls by the keys of the browser.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

/** Rows kept above and below what is seen. */
const spare = 6;

export function VirtualList(props: {
  label: string;
  count: number;
  /** Pixels. */
  rowHeight: number;
  /** Pixels; the list is no higher. */
  height: number;
  row: (at: number) => ComponentChildren;
  /** Rows that are seen or nearly: those that are not there yet can be fetched. @param to the first that is not */
  onSeen?: ((from: number, to: number) => void) | undefined;
  keyOf?: ((at: number) => string | number) | undefined;
}) {
  const { count, rowHeight, onSeen } = props;
  const place = useRef<HTMLElement>(null);
  const [top, setTop] = useState(0);
  const height = Math.min(props.height, count * rowHeight + 2);
  const from = Math.max(0, Math.floor(top / rowHeight) - spare);
  const to = Math.min(count, Math.ceil((top + height) / rowHeight) + spare);
  useEffect(() => onSeen?.(from, to), [from, to, onSeen]);
  const rows = [];
  for (let at = from; at < to; at += 1) {
    rows.push(
      <li
        key={props.keyOf?.(at) ?? at}
        aria-setsize={count}
        aria-posinset={at + 1}
        style={{ top: `${at * rowHeight}px`, height: `${rowHeight}px` }}
      >
        {props.row(at)}
      </li>,
    );
  }
  return (
    <section
      ref={place}
      class="virtual"
      aria-label={props.label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
      tabIndex={0}
      style={{ height: `${height}px` }}
      onScroll={() => {
        const seen = place.current?.scrollTop ?? 0;
        // A change of a whole row is drawn; within one the browser scrolls alone.
        setTop(Math.floor(seen / rowHeight) * rowHeight);
      }}
    >
      <ul style={{ height: `${count * rowHeight}px` }}>{rows}</ul>
    </section>
  );
}
