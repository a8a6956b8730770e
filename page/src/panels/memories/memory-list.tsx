/*
 * The list: of any length, with rows only where one looks. By keyboard: arrows, Page Up and Down, Home and End go through it,
 * Enter opens, Space marks for merging, letters go into the filter, Escape leaves what is open.
 */

import type { Ref } from "preact";
import { useEffect, useImperativeHandle, useRef, useState } from "preact/hooks";
import type { Memory } from "../../../../src/ports/memories.ts";
import { formatDay } from "../../parts/format.ts";
import { visible } from "../../parts/visible.ts";

export const rowHeight = 58;
const spare = 8;
/** While a hand drags the bar, nothing is asked for; when it rests, what is seen is. */
const restMs = 60;

export interface ListHandle {
  /** What is seen first, for a list that is asked anew. */
  seen(): { place: number; isAtTop: boolean };
  /** Moves what is seen by so many rows. */
  move(rows: number): void;
  focus(): void;
}

interface Props {
  handle: Ref<ListHandle>;
  count: number;
  at: (place: number) => Memory | undefined;
  onSeen: (from: number, to: number) => void;
  openId: string | undefined;
  marked: ReadonlyMap<string, Memory>;
  onOpen: (memory: Memory) => void;
  onMark: (memory: Memory) => void;
  onLeave: () => void;
  onType: (letter: string) => void;
  /** Said beside a memory: how near it is. */
  noteOf?: ((place: number) => string) | undefined;
  label: string;
}

export function MemoryList(props: Props) {
  const { count, at, onSeen, openId, marked } = props;
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const [reached, setReached] = useState(0);
  const current = Math.min(reached, Math.max(0, count - 1));
  const from = Math.max(0, Math.floor(top / rowHeight) - spare);
  const to = Math.min(count, Math.ceil((top + height) / rowHeight) + spare);

  useEffect(() => {
    const timer = setTimeout(() => onSeen(from, Math.max(to, 1)), restMs);
    return () => clearTimeout(timer);
  }, [from, to, onSeen]);
  useEffect(() => {
    const { current: element } = box;
    if (element === null) return;
    const watch = new ResizeObserver(() => setHeight(element.clientHeight));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  useImperativeHandle(
    props.handle,
    () => ({
      seen: () => {
        const seen = box.current?.scrollTop ?? 0;
        return { place: Math.ceil(seen / rowHeight), isAtTop: seen < rowHeight };
      },
      move: (rows) => {
        if (box.current !== null) box.current.scrollTop += rows * rowHeight;
        setReached((before) => Math.max(0, before + rows));
      },
      focus: () => box.current?.focus(),
    }),
    [],
  );

  const reach = (place: number): void => {
    const next = Math.max(0, Math.min(count - 1, place));
    setReached(next);
    const element = box.current;
    if (element === null) return;
    if (next * rowHeight < element.scrollTop) element.scrollTop = next * rowHeight;
    const end = (next + 1) * rowHeight - element.clientHeight;
    if (end > element.scrollTop) element.scrollTop = end;
  };
  const keys = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(height / rowHeight) - 1);
    const steps: Record<string, number> = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      PageDown: current + page,
      PageUp: current - page,
      Home: 0,
      End: count - 1,
    };
    const memory = at(current);
    if (steps[event.key] !== undefined) reach(steps[event.key] as number);
    else if (event.key === "Enter" && memory !== undefined) props.onOpen(memory);
    else if (event.key === " " && memory !== undefined) props.onMark(memory);
    else if (event.key === "Escape") props.onLeave();
    else if (event.key.length === 1 && /[\p{L}\p{N}]/u.test(event.key)) props.onType(event.key);
    else return;
    event.preventDefault();
  };
  const rows = [];
  for (let place = from; place < to; place += 1) {
    const memory = at(place);
    rows.push(
      // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the focus and the keys
      <div
        key={place}
        id={`memory-row-${place}`}
        class="memories-row"
        role="option"
        tabIndex={-1}
        aria-setsize={count}
        aria-posinset={place + 1}
        aria-selected={memory !== undefined && marked.has(memory.id)}
        data-id={memory?.id}
        data-reached={place === current}
        data-open={memory !== undefined && memory.id === openId}
        style={{ top: `${place * rowHeight}px` }}
        onClick={(event) => {
          setReached(place);
          if (memory === undefined) return;
          if (event.ctrlKey || event.metaKey || event.shiftKey) props.onMark(memory);
          else props.onOpen(memory);
        }}
      >
        {memory === undefined ? (
          <span class="quiet">…</span>
        ) : (
          <Row
            memory={memory}
            isMarked={marked.has(memory.id)}
            note={props.noteOf?.(place) ?? ""}
          />
        )}
      </div>,
    );
  }
  return (
    <div
      ref={box}
      class="memories-list"
      role="listbox"
      aria-label={props.label}
      aria-multiselectable="true"
      aria-activedescendant={count > 0 ? `memory-row-${current}` : undefined}
      tabIndex={0}
      onKeyDown={keys}
      onScroll={() => {
        const seen = box.current?.scrollTop ?? 0;
        setTop(Math.floor(seen / rowHeight) * rowHeight);
      }}
    >
      <div class="memories-height" role="presentation" style={{ height: `${count * rowHeight}px` }}>
        {/* Read by aria-activedescendant even when one has scrolled away from it. */}
        {current < from || current >= to ? (
          <div
            id={`memory-row-${current}`}
            class="hidden"
            role="option"
            tabIndex={-1}
            aria-selected={false}
            aria-setsize={count}
            aria-posinset={current + 1}
          >
            {visible(at(current)?.text.slice(0, 80) ?? "…")}
          </div>
        ) : null}
        {rows}
      </div>
    </div>
  );
}

function Row({ memory, isMarked, note }: { memory: Memory; isMarked: boolean; note: string }) {
  const text = visible(memory.text.trim().slice(0, 240).replace(/\s+/gu, " "));
  return (
    <>
      <span class="memories-text">
        {isMarked && <b aria-hidden="true">✓ </b>}
        {memory.pinned && <span class="tag">pinned</span>} {text}
      </span>
      <span class="memories-about quiet">
        {note !== "" && <span class="number">{note}</span>}
        <span>{formatDay(memory.createdAt)}</span>
        <span>{visible(memory.namespace)}</span>
        <span>{memory.kind}</span>
        {memory.source !== "user" && <span>by {memory.source}</span>}
        {memory.expires !== undefined && <span>ends {formatDay(memory.expires)}</span>}
        {memory.tags.slice(0, 4).map((tag) => (
          <span key={tag}>#{visible(tag)}</span>
        ))}
      </span>
    </>
  );
}
