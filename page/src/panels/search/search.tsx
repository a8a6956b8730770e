/*
 * The panel "search": code and memories in one box. What is asked stands in the address; hits come while it is typed, and again,
 * refined, when the typing rests.
 */
import { useMemo, useRef } from "preact/hooks";
import type { KnownIndex } from "../../../../src/ports/answers/index-facts.ts";
import { Empty, Failed, Loading } from "../../parts/states.tsx";
import { useAnswer } from "../../parts/use-answer.ts";
import { setQuery, useRoute } from "../../shell/route.ts";
import { Asked } from "./asked.tsx";
import { EditorChoice, useEditor } from "./editor.tsx";
import { chosenFolders, keepFolders, keepQuestion, searchable, shortNames } from "./folders.ts";
import { Found } from "./found.tsx";
import { Recent } from "./recent.tsx";
import { mostText, readState, type SearchState, writeState } from "./state.ts";
import { askedText, filtersOf, takeFilters } from "./typed-filters.ts";
import { type Question, useSearch } from "./use-search.ts";

export function Search() {
  const { panel, query } = useRoute();
  const state = readState(query);
  const isStepDue = useRef(false);
  const indexes = useAnswer<KnownIndex[]>("haypile/indexes");
  const known = useMemo(() => searchable(indexes.value ?? []), [indexes.value]);
  const names = useMemo(() => shortNames(known), [known]);
  const folders = chosenFolders(state.folders, known);
  const [editor, setEditor] = useEditor();
  const question = questionOf(state, folders, indexes.value !== undefined);
  const answers = useSearch(question);

  /** @param isStep what was there before can be gone back to */
  const change = (changed: Partial<SearchState>, isStep = true): void => {
    setQuery(panel === "" ? "search" : panel, writeState({ ...state, ...changed }), isStep);
  };
  const typed = (value: string): void => {
    const { text, filters } = takeFilters(value);
    const isStep = isStepDue.current || filters.length > 0;
    isStepDue.current = false;
    change(
      {
        text,
        filters: joined(state.filters, filters),
        k: readState(new URLSearchParams()).k,
        isWeak: false,
      },
      isStep,
    );
  };
  /** The question was meant: it is kept, and the next one can be gone back from. */
  const meant = (): void => {
    const { text, filters } = takeFilters(state.text, true);
    if (filters.length > 0) change({ text: text.trim(), filters: joined(state.filters, filters) });
    keepQuestion(text);
    if (state.folders.length > 0 && !state.folders.includes("*")) keepFolders(folders);
    isStepDue.current = true;
  };

  return (
    <section aria-labelledby="panel-title">
      <search>
        <form
          class="search-box"
          onSubmit={(event) => {
            event.preventDefault();
            meant();
          }}
        >
          <input
            id="search-box"
            type="search"
            value={state.text}
            maxLength={mostText}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            placeholder="Code and memories: a question, a name, lang:go, path:src"
            aria-label="Search code and memories"
            aria-describedby="search-keys"
            onInput={(event) => typed(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "ArrowDown") {
                const first = document.querySelector<HTMLElement>("[data-hit]");
                if (first === null) return;
                event.preventDefault();
                first.focus();
              } else if (event.key === "Escape" && state.text !== "") {
                event.preventDefault();
                change({ text: "" });
              }
            }}
          />
        </form>
        <Asked
          state={state}
          known={known}
          folders={folders}
          names={names}
          hits={answers.hits}
          change={change}
        />
      </search>
      <p id="search-keys" class="search-keys row quiet small">
        <span>
          <kbd>/</kbd> search
        </span>
        <span>
          <kbd>↓</kbd> <kbd>↑</kbd> hits
        </span>
        <span>
          <kbd>Enter</kbd> open
        </span>
        <span>
          <kbd>w</kbd> why
        </span>
        <span>
          <kbd>m</kbd> more lines
        </span>
        <span>
          <kbd>Esc</kbd> back to the box
        </span>
        <span class="push">
          <EditorChoice editor={editor} onChoose={setEditor} />
        </span>
      </p>
      {indexes.error !== undefined && <Failed error={indexes.error} again={indexes.again} />}
      {state.text === "" ? (
        <Recent onAsk={(text) => change({ text })} />
      ) : indexes.error !== undefined ? null : question.text === "" ? (
        <Empty>Say what to look for beside the filters.</Empty>
      ) : indexes.value === undefined && indexes.error === undefined ? (
        <Loading />
      ) : (
        <Found
          of={query.toString()}
          state={state}
          question={question}
          answers={answers}
          names={names}
          editor={editor}
          change={change}
          onOpened={meant}
        />
      )}
    </section>
  );
}

function joined(filters: readonly string[], more: readonly string[]): string[] {
  return [...new Set([...filters, ...more])];
}

/** What the daemon is asked for; nothing until it is known which folders there are. */
function questionOf(state: SearchState, folders: readonly string[], isReady: boolean): Question {
  const { code, memories } = filtersOf(state.filters);
  const weak = state.isWeak ? { minScore: 0 } : {};
  return {
    text: isReady ? askedText(state.text) : "",
    folders,
    code:
      state.shows === "memories"
        ? undefined
        : { ...weak, ...(Object.keys(code).length > 0 && { filter: code }) },
    memories:
      state.shows === "code"
        ? undefined
        : { ...weak, ...memories, ...(state.asOf !== "" && { asOf: state.asOf }) },
    k: state.k,
  };
}
