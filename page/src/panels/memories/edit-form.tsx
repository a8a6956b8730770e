/*
 * A memory as a form. What is saved is what was changed here, and only over what was seen here: where another client
 * changed the same meanwhile, both are shown and the person chooses.
 */
import { useState } from "preact/hooks";
import {
  type Memory,
  type MemoryKind,
  type MemorySource,
  memoryKinds,
  memorySources,
} from "../../../../src/ports/memories.ts";
import { ApiError } from "../../api/client.ts";
import { readable } from "../../parts/use-answer.ts";
import { attempt, type Edited, edit } from "./actions.ts";
import { visibleLines } from "./visible-lines.ts";

/** What the form has, as text. */
export interface Fields {
  text: string;
  namespace: string;
  kind: string;
  source: string;
  tags: string;
  importance: string;
  expires: string;
}

export function fieldsOf(memory: Memory): Fields {
  const { text, namespace, kind, source, tags, importance, expires } = memory;
  return {
    text,
    namespace,
    kind,
    source,
    tags: tags.join(", "),
    importance: String(importance),
    expires: expires ?? "",
  };
}

/** As a call has it. */
export function saidOf(fields: Fields, names: readonly (keyof Fields)[]): Edited {
  const all: Required<Omit<Edited, "pinned" | "validFrom">> = {
    text: fields.text,
    namespace: fields.namespace,
    kind: fields.kind as MemoryKind,
    source: fields.source as MemorySource,
    tags: tagsOf(fields.tags),
    importance: Number(fields.importance),
    expires: fields.expires.trim() === "" ? "never" : fields.expires.trim(),
  };
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}

function tagsOf(text: string): string[] {
  return text
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");
}

export function EditForm({ memory, onDone }: { memory: Memory; onDone: () => void }) {
  /** As it was when the form was opened, or when a difference was last told: changes are compared with it. */
  const [seen, setSeen] = useState(() => fieldsOf(memory));
  const [fields, setFields] = useState(seen);
  const [problem, setProblem] = useState("");
  const [theirs, setTheirs] = useState<Partial<Fields>>();
  const [isSaving, setSaving] = useState(false);
  const now = fieldsOf(memory);
  const names = Object.keys(fields) as (keyof Fields)[];
  const changed = names.filter((name) => fields[name] !== seen[name]);
  const elsewhere = names.filter((name) => now[name] !== seen[name]);

  const save = async (): Promise<void> => {
    if (changed.length === 0) return onDone();
    setSaving(true);
    setProblem("");
    const [change, was] = [saidOf(fields, changed), saidOf(seen, changed)];
    try {
      await edit(memory.id, change, was);
      onDone();
      await attempt(
        async () => undefined,
        "Saved.",
        () => edit(memory.id, was, change),
      );
    } catch (error) {
      if (error instanceof ApiError && error.code === "HAYPILE_CONFLICT") {
        setTheirs(theirsOf(error.data.now));
      }
      setProblem(readable(error).message);
    } finally {
      setSaving(false);
    }
  };
  const put = (name: keyof Fields, value: string): void =>
    setFields((before) => ({ ...before, [name]: value }));
  /** Their state counts as seen: saving again lays mine over it. */
  const take = (mine: boolean): void => {
    const known = { ...theirs };
    setSeen((before) => ({ ...before, ...known }));
    if (!mine) setFields((before) => ({ ...before, ...known }));
    setTheirs(undefined);
    setProblem("");
  };
  return (
    <form
      class="stack memories-form"
      aria-label="Edit memory"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void save();
        else if (event.key === "Escape" && changed.length === 0) onDone();
        else return;
        event.preventDefault();
      }}
    >
      {elsewhere.length > 0 && theirs === undefined && (
        <p class="note" role="status">
          Another client has changed its {elsewhere.join(", ")} meanwhile. What you write is kept.
        </p>
      )}
      <TextBox label="Text" rows={8} value={fields.text} onInput={(text) => put("text", text)} />
      <div class="row">
        <TextField
          label="Tags, with commas"
          value={fields.tags}
          onInput={(tags) => put("tags", tags)}
        />
        <TextField
          label="Namespace"
          value={fields.namespace}
          onInput={(value) => put("namespace", value)}
        />
        <Select
          label="Kind"
          value={fields.kind}
          choices={memoryKinds}
          onChoose={(kind) => put("kind", kind)}
        />
        <Select
          label="Source"
          value={fields.source}
          choices={memorySources}
          onChoose={(source) => put("source", source)}
        />
        <label class="field">
          <span>Importance, 0 to 1</span>
          <input
            type="number"
            min="0"
            max="1"
            step="0.05"
            value={fields.importance}
            onInput={({ currentTarget }) => put("importance", currentTarget.value)}
          />
        </label>
        <TextField
          label="Ends (2030-01-31; empty: never)"
          value={fields.expires}
          onInput={(expires) => put("expires", expires)}
        />
      </div>
      {problem !== "" && (
        <p class="note" role="alert">
          {problem}
        </p>
      )}
      {theirs !== undefined && (
        <section class="note" aria-label="Changed by another">
          {(Object.keys(theirs) as (keyof Fields)[]).map((name) => (
            <div key={name}>
              <b>{name} is now</b>
              <pre class="memories-sample">{visibleLines(theirs[name] ?? "")}</pre>
            </div>
          ))}
          <div class="row">
            <button type="button" class="button" onClick={() => take(true)}>
              Keep mine
            </button>
            <button type="button" class="button" onClick={() => take(false)}>
              Take theirs
            </button>
          </div>
        </section>
      )}
      <div class="row">
        <button type="submit" class="button primary" disabled={isSaving || theirs !== undefined}>
          Save
        </button>
        <button type="button" class="button" onClick={onDone}>
          Cancel
        </button>
      </div>
    </form>
  );
}

/** What the daemon says is there now, as the form has it. */
function theirsOf(now: unknown): Partial<Fields> {
  return Object.fromEntries(
    Object.entries((now ?? {}) as Record<string, unknown>).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : value === "never" ? "" : String(value),
    ]),
  );
}

interface TextProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
}

export function TextField({ label, value, onInput }: TextProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="text"
        value={value}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
    </label>
  );
}

/** For a text of several lines. */
export function TextBox({ label, value, onInput, rows }: TextProps & { rows: number }) {
  return (
    <label class="field">
      <span>{label}</span>
      <textarea
        rows={rows}
        value={value}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
    </label>
  );
}

export function Select(props: {
  label: string;
  value: string;
  choices: readonly string[];
  onChoose: (choice: string) => void;
}) {
  return (
    <label class="field">
      <span>{props.label}</span>
      <select
        value={props.value}
        onChange={({ currentTarget }) => props.onChoose(currentTarget.value)}
      >
        {props.choices.map((choice) => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </select>
    </label>
  );
}
