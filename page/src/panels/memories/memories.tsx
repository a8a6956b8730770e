/* The panel "memories": all that was remembered, to see, find, correct and forget. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { MemoryStats } from "../../../../src/ports/answers/memory-reports.ts";
import type { Memory } from "../../../../src/ports/memories.ts";
import { counted } from "../../parts/format.ts";
import { tell } from "../../parts/toasts.tsx";
import { readable, useAnswer } from "../../parts/use-answer.ts";
import { setQuery, useRoute } from "../../shell/route.ts";
import { onOwnChange } from "./actions.ts";
import { AllMemories } from "./all-memories.tsx";
import { Detail } from "./detail.tsx";
import { AddDialog, ForgetDialog, ImportDialog, MergeDialog } from "./dialogs.tsx";
import { Duplicates, Forgotten, Unverified } from "./look-through.tsx";
import { Snapshots } from "./snapshots/snapshots.tsx";
import { filterOf, hasFilter, type PanelState, queryOf, stateOf, views } from "./state.ts";
import { exportFile } from "./transfer.ts";

type Opened = "add" | "import" | "forget" | "merge";

export function Memories() {
  const { query } = useRoute();
  const state = stateOf(query);
  const [opened, setOpened] = useState<Opened>();
  const [marked, setMarked] = useState<ReadonlyMap<string, Memory>>(new Map());
  const { value: stats, again } = useAnswer<MemoryStats>("memories/stats");
  useEffect(() => onOwnChange(again), [again]);
  const current = useRef(state);
  current.current = state;
  /** A step can be gone back to: another view, or another memory. */
  const change = useCallback((changed: Partial<PanelState>) => {
    const next = { ...current.current, ...changed };
    current.current = next;
    setQuery("memories", queryOf(next), "id" in changed || "view" in changed);
  }, []);
  const lastFocus = useRef<HTMLElement | undefined>(undefined);
  const open = useCallback(
    (id: string) => {
      const { activeElement } = document;
      if (activeElement instanceof HTMLElement) lastFocus.current = activeElement;
      change({ id });
    },
    [change],
  );
  const close = useCallback(() => {
    change({ id: undefined });
    lastFocus.current?.focus();
  }, [change]);
  const mark = useCallback((memory: Memory) => {
    setMarked((before) => {
      const next = new Map(before);
      if (!next.delete(memory.id)) next.set(memory.id, memory);
      return next;
    });
  }, []);
  const isList = state.view === "all" || state.view === "expiring";
  const namespaces = (stats?.namespaces ?? []).map(({ namespace }) => namespace);
  const shut = (): void => setOpened(undefined);
  return (
    <div class="memories" data-opened={state.id !== undefined}>
      <div class="row memories-tools">
        <nav aria-label="Views" class="row">
          {views.map(({ id, title }) => (
            <a
              key={id}
              class="chip"
              href={`#/memories?${queryOf({ ...state, view: id, id: undefined })}`}
              aria-current={state.view === id ? "page" : undefined}
            >
              {title}
            </a>
          ))}
        </nav>
        <span class="row push">
          <button type="button" class="button primary" onClick={() => setOpened("add")}>
            Add
          </button>
          <button type="button" class="button" onClick={() => setOpened("import")}>
            Import
          </button>
          <button
            type="button"
            class="button"
            onClick={() => {
              exportFile(filterOf(state)).catch((error: unknown) => tell(readable(error).message));
            }}
          >
            Export
          </button>
        </span>
      </div>
      <div class="memories-sides">
        <section
          class="memories-main"
          aria-label={views.find(({ id }) => id === state.view)?.title}
        >
          {isList && (
            <AllMemories
              state={state}
              namespaces={namespaces}
              change={change}
              onOpen={open}
              onLeave={close}
              marked={marked}
              onMark={mark}
              foot={
                <>
                  {marked.size > 0 && (
                    <>
                      <span>{counted(marked.size, "memory", "memories")} marked</span>
                      <button
                        type="button"
                        class="button"
                        disabled={marked.size < 2}
                        onClick={() => setOpened("merge")}
                      >
                        Merge
                      </button>
                      <button type="button" class="button" onClick={() => setMarked(new Map())}>
                        Unmark
                      </button>
                    </>
                  )}
                  {state.by === "words" && (
                    <button
                      type="button"
                      class="button danger push"
                      onClick={() => setOpened("forget")}
                    >
                      Forget these
                    </button>
                  )}
                </>
              }
            />
          )}
          {state.view === "duplicates" && <Duplicates namespace={state.namespace} onOpen={open} />}
          {state.view === "unverified" && <Unverified namespace={state.namespace} onOpen={open} />}
          {state.view === "forgotten" && <Forgotten />}
          {state.view === "snapshots" && <Snapshots />}
        </section>
        {state.id !== undefined && (
          <Detail
            id={state.id}
            onClose={close}
            onGo={open}
            onTag={(tag) => change({ tags: [...new Set([...state.tags, tag])], view: "all" })}
            onForgotten={close}
            isMarked={marked.has(state.id)}
            onMark={mark}
          />
        )}
      </div>
      {opened === "add" && (
        <AddDialog namespace={state.namespace} onClose={shut} onAdded={(id) => change({ id })} />
      )}
      {opened === "import" && <ImportDialog onClose={shut} />}
      {opened === "forget" && (
        <ForgetDialog
          filter={filterOf(state)}
          isAll={!hasFilter(state) && state.view === "all"}
          onClose={shut}
          onForgotten={() => setMarked(new Map())}
        />
      )}
      {opened === "merge" && (
        <MergeDialog
          memories={[...marked.values()]}
          onClose={shut}
          onMerged={(id) => {
            setMarked(new Map());
            change({ id });
          }}
        />
      )}
    </div>
  );
}
