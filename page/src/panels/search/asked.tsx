/* What is asked for beside the words: which of code and memories, which folders, which filters, as chips. */
import { useState } from "preact/hooks";
import { definitionKinds } from "../../../../src/ports/syntax.ts";
import { Chips, RemovableChip, ToggleChip } from "../../parts/chips.tsx";
import { visible } from "../../parts/visible.ts";
import { everyFolder, keepFolders, recentFolders } from "./folders.ts";
import { mostAt, type SearchState } from "./state.ts";
import { formOf } from "./typed-filters.ts";
import type { FolderHit } from "./use-search.ts";

/** Chips of folders; the others are in a list. */
const mostChips = 8;
/** Languages of the hits that are offered. */
const mostLanguages = 5;

interface Props {
  state: SearchState;
  known: readonly string[];
  folders: readonly string[];
  names: ReadonlyMap<string, string>;
  hits: readonly FolderHit[];
  change: (changed: Partial<SearchState>) => void;
}

export function Asked(props: Props) {
  const { state, change } = props;
  const { shows } = state;
  return (
    <div class="search-asked">
      <div class="search-line">
        <span class="quiet">Look in</span>
        <Chips label="What is searched">
          <ToggleChip
            isOn={shows !== "memories"}
            onToggle={(isOn) => change({ shows: isOn ? "both" : "memories" })}
          >
            code
          </ToggleChip>
          <ToggleChip
            isOn={shows !== "code"}
            onToggle={(isOn) => change({ shows: isOn ? "both" : "code" })}
          >
            memories
          </ToggleChip>
        </Chips>
        {shows !== "memories" && (
          <label class="tick small">
            <span class="quiet">code at</span>
            <input
              type="text"
              value={state.at}
              maxLength={mostAt}
              size={14}
              autocomplete="off"
              autocapitalize="off"
              spellcheck={false}
              placeholder="now, v1.2, main~3, day"
              aria-label="Code at a commit, branch, tag or day"
              onChange={(event) => change({ at: event.currentTarget.value.trim() })}
            />
          </label>
        )}
        {shows !== "code" && (
          <label class="tick small">
            <span class="quiet">memories as of</span>
            <input
              type="date"
              value={state.asOf}
              onChange={(event) => change({ asOf: event.currentTarget.value })}
            />
          </label>
        )}
      </div>
      {shows !== "memories" && <Folders {...props} />}
      <Filters {...props} />
    </div>
  );
}

/** Each is searched or not; the ones searched last come first. */
function Folders({ state, known, folders, names, change }: Props) {
  if (known.length === 0) return null;
  const isAll = folders.length === known.length;
  const nameOf = (folder: string): string => visible(names.get(folder) ?? folder);
  const choose = (next: string[]): void => {
    if (next.length === 0) return;
    if (next.length < known.length) keepFolders(next);
    change({ folders: next.length === known.length ? [everyFolder] : next });
  };
  const toggle = (folder: string, isOn: boolean): void =>
    choose(isOn ? [...folders, folder] : folders.filter((one) => one !== folder));
  const recent = recentFolders().filter((folder) => known.includes(folder));
  const isFew = known.length <= mostChips;
  const shown = isFew
    ? known
    : [...new Set([...(isAll ? [] : folders), ...recent, ...known])].slice(0, mostChips);
  const rest = known.filter((folder) => !shown.includes(folder));
  const missing = state.folders.filter(
    (folder) => folder !== everyFolder && !known.includes(folder),
  );
  return (
    <div class="search-line">
      <span class="quiet">Folders</span>
      <Chips label="Folders that are searched">
        {known.length > 1 && (
          <ToggleChip
            isOn={isAll}
            onToggle={(isOn) => choose(isOn ? [...known] : shown.slice(0, 1))}
          >
            all {known.length}
          </ToggleChip>
        )}
        {shown.map((folder) => (
          <ToggleChip
            key={folder}
            isOn={!(isAll && known.length > 1) && folders.includes(folder)}
            title={visible(folder)}
            onToggle={(isOn) =>
              isAll && known.length > 1 ? choose([folder]) : toggle(folder, isOn)
            }
          >
            {nameOf(folder)}
          </ToggleChip>
        ))}
        {missing.map((folder) => (
          <RemovableChip
            key={folder}
            what={`the folder ${visible(folder)}`}
            onRemove={() => change({ folders: state.folders.filter((one) => one !== folder) })}
          >
            {visible(folder)} <span class="warn">(no index)</span>
          </RemovableChip>
        ))}
      </Chips>
      {rest.length > 0 && (
        <select
          aria-label="Search another folder"
          value=""
          onChange={(event) => {
            const folder = event.currentTarget.value;
            if (folder !== "") choose(isAll ? [folder] : [...folders, folder]);
          }}
        >
          <option value="">{rest.length} more …</option>
          {rest.map((folder) => (
            <option key={folder} value={folder}>
              {nameOf(folder)}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}

function Filters({ state, hits, change }: Props) {
  const { filters } = state;
  const noTests = filters.find((said) => /^-tests?$/iu.test(said));
  const others = filters.filter((said) => said !== noTests);
  const add = (said: string): void => change({ filters: [...new Set([...filters, said])] });
  const remove = (said: string): void => change({ filters: filters.filter((one) => one !== said) });
  const hasLanguage = filters.some((said) => /^-?lang/iu.test(said));
  return (
    <div class="search-line">
      <span class="quiet">Filters</span>
      <Chips label="Filters">
        <ToggleChip
          isOn={noTests !== undefined}
          onToggle={(isOn) => (isOn ? add("-test") : remove(noTests as string))}
        >
          no tests
        </ToggleChip>
        {others.map((said) => (
          <RemovableChip
            key={said}
            what={`the filter ${visible(said)}`}
            onRemove={() => remove(said)}
          >
            <code>{visible(said)}</code>
          </RemovableChip>
        ))}
        {!hasLanguage &&
          languagesOf(hits).map((language) => (
            <ToggleChip key={language} isOn={false} onToggle={() => add(formOf("lang", language))}>
              {language}
            </ToggleChip>
          ))}
      </Chips>
      <AddFilter onAdd={add} />
    </div>
  );
}

const filterNames: readonly [name: string, title: string, example: string][] = [
  ["lang", "language", "typescript"],
  ["path", "path", "src/**"],
  ["-path", "not path", "docs"],
  ["-lang", "not language", "json"],
  ["kind", "kind of definition", "function"],
  ["tag", "tag of memories", "database"],
  ["ns", "namespace of memories", "default"],
];

function AddFilter({ onAdd }: { onAdd: (said: string) => void }) {
  const [name, setName] = useState("lang");
  const [value, setValue] = useState("");
  const [isOpen, setOpen] = useState(false);
  const example = filterNames.find(([one]) => one === name)?.[2];
  if (!isOpen) {
    return (
      <button type="button" class="button plain small" onClick={() => setOpen(true)}>
        Add a filter
      </button>
    );
  }
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        if (value.trim() === "") return;
        onAdd(formOf(name, value.trim()));
        setValue("");
        setOpen(false);
      }}
    >
      <select
        aria-label="Kind of filter"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      >
        {filterNames.map(([one, title]) => (
          <option key={one} value={one}>
            {title}
          </option>
        ))}
      </select>
      <input
        type="text"
        aria-label="Filter by"
        placeholder={example}
        value={value}
        maxLength={200}
        list={name === "kind" ? "search-kinds" : undefined}
        onInput={(event) => setValue(event.currentTarget.value)}
      />
      <datalist id="search-kinds">
        {definitionKinds.map((kind) => (
          <option key={kind} value={kind} />
        ))}
      </datalist>
      <button type="submit" class="button">
        Add
      </button>
      <button type="button" class="button plain" onClick={() => setOpen(false)}>
        Cancel
      </button>
    </form>
  );
}

/** Of the hits, the most frequent first, where there is a choice. */
function languagesOf(hits: readonly FolderHit[]): string[] {
  const counts = new Map<string, number>();
  for (const { language } of hits) counts.set(language, (counts.get(language) ?? 0) + 1);
  if (counts.size < 2) return [];
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, mostLanguages)
    .map(([language]) => language);
}
