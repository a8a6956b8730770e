/* What was found: code beside memories. Arrows go from hit to hit, Enter opens one, w says why, m shows more of it. */
import { useMemo, useState } from "preact/hooks";
import { counted, formatCount } from "../../parts/format.ts";
import { Empty, Failed } from "../../parts/states.tsx";
import { isWriting } from "../../shell/keys.ts";
import { CodeHit, type HitActions } from "./code-hit.tsx";
import { everyFolder } from "./folders.ts";
import { wordsOf } from "./marks.ts";
import { MemoryHit } from "./memory-hit.tsx";
import { NoCode, NoMemories, Notes, type Ways } from "./nothing.tsx";
import type { SearchState } from "./state.ts";
import { type Answers, keyOf, type Question } from "./use-search.ts";

interface Props {
  /** The query of the address that the state was read from. */
  of: string;
  state: SearchState;
  question: Question;
  answers: Answers & { again: () => void };
  names: ReadonlyMap<string, string>;
  editor: string;
  change: (changed: Partial<SearchState>) => void;
  /** A hit was opened. */
  onOpened: () => void;
}

export function Found(props: Props) {
  const { state, question, answers, names, change } = props;
  const { hits, memories } = answers;
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [reached, setReached] = useState<string>();
  // Of what is shown, which may be the answer to the question before.
  const codeWords = useMemo(() => wordsOf(answers.codeText), [answers.codeText]);
  const memoryWords = useMemo(() => wordsOf(answers.memoriesText), [answers.memoriesText]);
  const key = keyOf(question);
  const isCodeOfThis = answers.codeOf === key;
  const areMemoriesOfThis = answers.memoriesOf === key;
  const hasCode = state.shows !== "memories";
  const hasMemories = state.shows !== "code";
  const ways: Ways = {
    isFiltered: state.filters.length > 0,
    isWeak: state.isWeak,
    onWeak: () => change({ isWeak: true }),
    onNoFilters: () => change({ filters: [] }),
    folders: names.size,
    onAllFolders: () => change({ folders: [everyFolder] }),
  };
  const codeKeys = hits.map((hit) => `code ${hit.folder} ${hit.path} ${hit.startLine}`);
  const memoryKeys = (memories?.hits ?? []).map(({ memory }) => `memory ${memory.id}`);
  const all = [...(hasCode ? codeKeys : []), ...(hasMemories ? memoryKeys : [])];
  const current = reached !== undefined && all.includes(reached) ? reached : all[0];
  const on = useMemo(() => actions(setOpened, setReached), []);
  const common = (id: string) => ({
    id,
    editor: props.editor,
    isWhy: opened.has(`why ${id}`),
    isWhole: opened.has(`whole ${id}`),
    isReached: id === current,
    on,
  });
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the hits inside, which have the focus
    <div
      class="search-found"
      data-one={hasCode && hasMemories ? undefined : ""}
      data-answered={(!hasCode || isCodeOfThis) && (!hasMemories || areMemoriesOfThis)}
      data-of={props.of}
      data-settled={isSettled(answers, key, hasCode, hasMemories)}
      onKeyDown={keys}
      onClick={(event) => {
        if (event.target instanceof Element && event.target.closest("[data-open]") !== null) {
          props.onOpened();
        }
      }}
    >
      <p class="hidden" role="status">
        {isCodeOfThis && areMemoriesOfThis && !answers.isAsking
          ? `${counted(hits.length, "hit")} of code, ${counted(memories?.hits.length ?? 0, "memory", "memories")}`
          : ""}
      </p>
      {hasCode && (
        <section aria-labelledby="search-code">
          <h2 id="search-code">
            Code
            <span class="quiet small">
              {formatCount(hits.length)}
              {isCodeOfThis ? (answers.isRefining ? " · refining" : "") : " · asking"}
            </span>
            {hasMemories && memoryKeys.length > 0 && (
              <button
                type="button"
                class="button plain small push to-memories"
                onClick={() => document.getElementById("search-memories")?.scrollIntoView()}
              >
                {counted(memoryKeys.length, "memory", "memories")} ↓
              </button>
            )}
          </h2>
          <Notes answers={answers} names={names} />
          <ol class="hits">
            {hits.map((hit, at) => (
              <CodeHit
                key={codeKeys[at]}
                hit={hit}
                folderName={question.folders.length > 1 ? names.get(hit.folder) : undefined}
                words={codeWords}
                {...common(codeKeys[at] as string)}
              />
            ))}
          </ol>
          {question.folders.length === 0 && (
            <Empty>
              No folder is indexed. Make an index with <code>haypile index FOLDER</code>, or in the
              panel <a href="#/indexes">Indexes</a>.
            </Empty>
          )}
          {isCodeOfThis && hits.length === 0 && !answers.isRefining && !answers.isAsking && (
            <NoCode answers={answers} ways={ways} />
          )}
          {hits.length >= state.k && state.k < 100 && (
            <button
              type="button"
              class="button"
              onClick={() => change({ k: Math.min(100, state.k * 2) })}
            >
              More hits
            </button>
          )}
        </section>
      )}
      {hasMemories && (
        <section aria-labelledby="search-memories">
          <h2 id="search-memories">
            Memories
            <span class="quiet small">
              {formatCount(memories?.hits.length ?? 0)}
              {areMemoriesOfThis ? "" : " · asking"}
              {state.asOf !== "" && ` · as of ${state.asOf}`}
            </span>
          </h2>
          {answers.memoriesError !== undefined && (
            <Failed error={answers.memoriesError} again={answers.again} />
          )}
          <ol class="hits">
            {(memories?.hits ?? []).map((hit, at) => (
              <MemoryHit
                key={memoryKeys[at]}
                hit={hit}
                words={memoryWords}
                {...common(memoryKeys[at] as string)}
              />
            ))}
          </ol>
          {areMemoriesOfThis && memories?.hits.length === 0 && (
            <NoMemories answers={answers} ways={ways} />
          )}
        </section>
      )}
    </div>
  );
}

type Change<Value> = (change: (before: Value) => Value) => void;

function actions(open: Change<ReadonlySet<string>>, reach: Change<string | undefined>): HitActions {
  const toggle = (what: string): void =>
    open((before) => {
      const next = new Set(before);
      if (!next.delete(what)) next.add(what);
      return next;
    });
  return {
    why: (id) => toggle(`why ${id}`),
    whole: (id) => toggle(`whole ${id}`),
    reach: (id) => reach(() => id),
  };
}

/** All that was asked for has its last answer. */
function isSettled(answers: Answers, key: string, hasCode: boolean, hasMemories: boolean): boolean {
  return (
    !answers.isAsking &&
    !answers.isRefining &&
    (!hasCode || answers.codeOf === key) &&
    (!hasMemories || answers.memoriesOf === key)
  );
}

function keys(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
  const { target } = event;
  if (!(target instanceof HTMLElement)) return;
  const hit = target.closest<HTMLElement>("[data-hit]");
  if (hit === null) return;
  const hits = [...document.querySelectorAll<HTMLElement>("[data-hit]")];
  const at = hits.indexOf(hit);
  const press = (what: string): void => hit.querySelector<HTMLElement>(what)?.click();
  const isOnHit = target === hit;
  const done = ((): boolean => {
    switch (event.key) {
      case "ArrowDown":
        hits[Math.min(hits.length - 1, at + 1)]?.focus();
        return true;
      case "ArrowUp":
        if (at > 0) hits[at - 1]?.focus();
        else document.getElementById("search-box")?.focus();
        return true;
      case "Home":
        if (isOnHit) hits[0]?.focus();
        return isOnHit;
      case "End":
        if (isOnHit) hits.at(-1)?.focus();
        return isOnHit;
      case "Escape":
        document.getElementById("search-box")?.focus();
        return true;
      case "Enter":
        if (isOnHit) press("[data-open]");
        return isOnHit;
      case "w":
        press("[data-why-button]");
        return true;
      case "m":
        press("[data-whole-button]");
        return true;
      default:
        return false;
    }
  })();
  if (done) event.preventDefault();
}
