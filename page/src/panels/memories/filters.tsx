/* What narrows the list: words as they are typed or a question by meaning, and everything else as chips. */
import { useState } from "preact/hooks";
import {
  type MemoryOrder,
  type MemorySource,
  memoryKinds,
  memoryOrders,
  memorySources,
} from "../../../../src/ports/memories.ts";
import { Chips, RemovableChip, ToggleChip } from "../../parts/chips.tsx";
import { visible } from "../../parts/visible.ts";
import type { PanelState } from "./state.ts";

export const filterBoxId = "memories-filter";

interface Props {
  state: PanelState;
  namespaces: readonly string[];
  change: (changed: Partial<PanelState>) => void;
  /** From the box into the list. */
  onDown: () => void;
}

export function Filters({ state, namespaces, change, onDown }: Props) {
  return (
    <search class="memories-filters stack" aria-label="Filter">
      <div class="row">
        <input
          id={filterBoxId}
          class="memories-box"
          type="search"
          aria-label={state.by === "words" ? "Words of the memories" : "A question to the memories"}
          placeholder={state.by === "words" ? "Words, as you type" : "Ask by meaning"}
          autocomplete="off"
          spellcheck={false}
          maxLength={1000}
          value={state.text}
          onInput={(event) => change({ text: event.currentTarget.value })}
          onKeyDown={(event) => {
            if (event.key === "ArrowDown" || event.key === "Enter") {
              event.preventDefault();
              onDown();
            } else if (event.key === "Escape" && state.text !== "") {
              event.preventDefault();
              change({ text: "" });
            }
          }}
        />
        <Chips label="How to look">
          <ToggleChip isOn={state.by === "words"} onToggle={() => change({ by: "words" })}>
            by words
          </ToggleChip>
          <ToggleChip isOn={state.by === "meaning"} onToggle={() => change({ by: "meaning" })}>
            by meaning
          </ToggleChip>
        </Chips>
        {state.by === "words" && (
          <Choice
            name="Order"
            value={state.order}
            choices={memoryOrders}
            onChoose={(order) => change({ order: (order ?? "newest") as MemoryOrder })}
          />
        )}
      </div>
      <div class="row">
        <Choice
          name="Namespace"
          none="all"
          value={state.namespace}
          choices={namespaces}
          onChoose={(namespace) => change({ namespace })}
        />
        <Choice
          name="Kind"
          none="any"
          value={state.kind}
          choices={memoryKinds}
          onChoose={(kind) => change({ kind: kind as PanelState["kind"] })}
        />
        <Choice
          name="Source"
          none="any"
          value={state.source}
          choices={memorySources}
          onChoose={(source) => change({ source: source as MemorySource | undefined })}
        />
        <Day name="From" value={state.since} onChange={(since) => change({ since })} />
        <Day name="Up to" value={state.until} onChange={(until) => change({ until })} />
        <Chips label="Filters">
          <ToggleChip isOn={state.isPinned} onToggle={(isPinned) => change({ isPinned })}>
            pinned
          </ToggleChip>
          {state.tags.map((tag) => (
            <RemovableChip
              key={tag}
              what={`the tag ${tag}`}
              onRemove={() => change({ tags: state.tags.filter((one) => one !== tag) })}
            >
              #{visible(tag)}
            </RemovableChip>
          ))}
        </Chips>
        <AddTag onAdd={(tag) => change({ tags: [...new Set([...state.tags, tag])] })} />
      </div>
    </search>
  );
}

function Choice(props: {
  name: string;
  /** What no choice is called; without it there is always one. */
  none?: string | undefined;
  value: string | undefined;
  choices: readonly string[];
  onChoose: (choice: string | undefined) => void;
}) {
  const { value, choices } = props;
  const all = value === undefined || choices.includes(value) ? choices : [value, ...choices];
  return (
    <label class="tick">
      <span class="quiet small">{props.name}</span>
      <select
        value={value === undefined ? "" : `=${value}`}
        onChange={({ currentTarget }) => {
          props.onChoose(currentTarget.value === "" ? undefined : currentTarget.value.slice(1));
        }}
      >
        {props.none !== undefined && <option value="">{props.none}</option>}
        {all.map((choice) => (
          <option key={choice} value={`=${choice}`}>
            {visible(choice)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Day(props: { name: string; value: string; onChange: (day: string) => void }) {
  return (
    <label class="tick">
      <span class="quiet small">{props.name}</span>
      <input
        type="date"
        value={props.value}
        onChange={({ currentTarget }) => props.onChange(currentTarget.value)}
      />
    </label>
  );
}

function AddTag({ onAdd }: { onAdd: (tag: string) => void }) {
  const [text, setText] = useState("");
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() === "") return;
        onAdd(text.trim());
        setText("");
      }}
    >
      <input
        class="memories-tag"
        aria-label="Tag to filter by"
        placeholder="#tag"
        maxLength={64}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value.replace(/^#/u, ""))}
      />
    </form>
  );
}
