/* The list with its filters: pages of it as they are seen, or what answers a question. */
import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Memory, RecallResult } from "../../../../src/ports/memories.ts";
import { onHappening, onReconnection } from "../../api/events.ts";
import { counted, formatShare } from "../../parts/format.ts";
import { Empty, Failed } from "../../parts/states.tsx";
import { useAnswer } from "../../parts/use-answer.ts";
import { onOwnChange } from "./actions.ts";
import { Filters, filterBoxId } from "./filters.tsx";
import { type ListHandle, MemoryList } from "./memory-list.tsx";
import { MemoryPages } from "./pages.ts";
import { filterOf, hasFilter, type PanelState } from "./state.ts";

/** Changes elsewhere come in numbers: the list is asked anew when none came for so long, or this long after the first. */
const quietMs = 150;
const latestMs = 1_000;
const typingMs = 60;
const mostHits = 100;

interface Props {
  state: PanelState;
  namespaces: readonly string[];
  change: (changed: Partial<PanelState>) => void;
  onOpen: (id: string) => void;
  onLeave: () => void;
  marked: ReadonlyMap<string, Memory>;
  onMark: (memory: Memory) => void;
  foot: ComponentChildren;
}

export function AllMemories(props: Props) {
  const { state, change, onOpen } = props;
  const list = useRef<ListHandle>(null);
  const isQuestion = state.by === "meaning" && state.text.trim() !== "";
  const { text: typed, ...rest } = state;
  const text = useSettled(typed, typingMs);
  const order = state.view === "expiring" && state.order === "newest" ? "expires" : state.order;
  const key = JSON.stringify({ ...filterOf({ ...rest, text }), order });
  const pages = usePages(isQuestion ? undefined : key, list);
  const asked = useAnswer<RecallResult>(isQuestion ? "memories/recall" : undefined, {
    ...filterOf({ ...rest, text }),
    query: text,
    k: mostHits,
  });
  const hits = asked.value?.hits ?? [];
  const count = isQuestion ? hits.length : (pages?.total ?? 0);
  const error = isQuestion ? asked.error : pages?.error;
  const isKnown = isQuestion ? asked.value !== undefined : pages?.total !== undefined;
  const onSeen = useCallback((from: number, to: number) => pages?.want(from, to), [pages]);
  const said = isKnown
    ? isQuestion
      ? `${counted(count, "memory", "memories")} that answer`
      : counted(count, "memory", "memories")
    : "";
  return (
    <>
      <Filters
        state={state}
        namespaces={props.namespaces}
        change={change}
        onDown={() => list.current?.focus()}
      />
      {error !== undefined && <Failed error={error} again={isQuestion ? asked.again : undefined} />}
      {isKnown && count === 0 && (
        <Empty>
          {hasFilter(state) || isQuestion
            ? "No memory is like that."
            : state.view === "expiring"
              ? "Nothing stops to hold within 30 days."
              : "Nothing was remembered yet. Add a memory, or let an agent remember one."}
        </Empty>
      )}
      <div hidden={count === 0}>
        <MemoryList
          key={isQuestion ? "question" : key}
          handle={list}
          label={said}
          count={count}
          at={(place) => (isQuestion ? hits[place]?.memory : pages?.at(place))}
          noteOf={isQuestion ? (place) => formatShare(hits[place]?.score ?? 0) : undefined}
          onSeen={onSeen}
          openId={state.id}
          marked={props.marked}
          onOpen={({ id }) => onOpen(id)}
          onMark={props.onMark}
          onLeave={props.onLeave}
          onType={(letter) => {
            const box = document.getElementById(filterBoxId);
            if (!(box instanceof HTMLInputElement)) return;
            box.focus();
            change({ text: state.text + letter });
          }}
        />
      </div>
      <div class="row memories-foot">
        <span role="status">{said}</span>
        {props.foot}
      </div>
    </>
  );
}

/** Pages of the list of a filter, asked anew when memories change. @param key the filter and the order, as JSON */
function usePages(
  key: string | undefined,
  list: { current: ListHandle | null },
): MemoryPages | undefined {
  const [, setTurn] = useState(0);
  const pages = useMemo(() => {
    if (key === undefined) return undefined;
    const { order, ...filter } = JSON.parse(key);
    return new MemoryPages(filter, order, () => setTurn((before) => before + 1));
  }, [key]);
  useEffect(() => {
    if (pages === undefined) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let firstMs: number | undefined;
    const renew = async (): Promise<void> => {
      firstMs = undefined;
      const { place, isAtTop } = list.current?.seen() ?? { place: 0, isAtTop: true };
      const id = isAtTop ? undefined : pages.at(place)?.id;
      const moved = await pages.refresh(id === undefined ? undefined : { id, place });
      if (moved !== 0) list.current?.move(moved);
    };
    const soon = (): void => {
      clearTimeout(timer);
      firstMs ??= performance.now();
      const waitMs = Math.max(0, Math.min(quietMs, firstMs + latestMs - performance.now()));
      timer = setTimeout(() => void renew(), waitMs);
    };
    pages.want(0, 1);
    const ends = [
      onOwnChange(soon),
      onReconnection(soon),
      onHappening(({ kind }) => kind === "memories" && soon()),
    ];
    return () => {
      clearTimeout(timer);
      for (const end of ends) end();
      pages.close();
    };
  }, [pages, list]);
  return pages;
}

/** A value when it has been the same for so long. */
function useSettled<Value>(value: Value, forMs: number): Value {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), forMs);
    return () => clearTimeout(timer);
  }, [value, forMs]);
  return settled;
}
