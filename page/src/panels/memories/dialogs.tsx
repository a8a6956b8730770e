/* Adding, merging, forgetting by filter, import: each over the page, with what it would do before it does it. */
import { useEffect, useState } from "preact/hooks";
import type { ImportResult } from "../../../../src/ports/answers/memory-reports.ts";
import {
  type ForgetPreview,
  type Memory,
  type MemoryFilter,
  memoryKinds,
  type RememberResult,
} from "../../../../src/ports/memories.ts";
import { ask } from "../../api/client.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { counted } from "../../parts/format.ts";
import { Failed, Loading } from "../../parts/states.tsx";
import { tell } from "../../parts/toasts.tsx";
import { readable } from "../../parts/use-answer.ts";
import { visible } from "../../parts/visible.ts";
import { attempt, forgetAll, merge, preview } from "./actions.ts";
import { Select, TextBox, TextField } from "./edit-form.tsx";
import { importFile } from "./transfer.ts";
import { visibleLines } from "./visible-lines.ts";

export function AddDialog(props: {
  namespace: string | undefined;
  onClose: () => void;
  onAdded: (id: string) => void;
}) {
  const [text, setText] = useState("");
  const [tags, setTags] = useState("");
  const [kind, setKind] = useState("note");
  const [namespace, setNamespace] = useState(props.namespace ?? "default");
  const [problem, setProblem] = useState<Error>();
  const add = async (): Promise<void> => {
    const list = tags.split(",").map((tag) => tag.trim());
    const said = { text, kind, namespace, tags: list.filter((tag) => tag !== "") };
    try {
      const { id, status } = await ask<RememberResult>("memories/remember", said);
      props.onClose();
      props.onAdded(id);
      if (status === "merged")
        return tell("It was there already: what is said now was added to it.");
      await attempt(
        async () => undefined,
        "Remembered.",
        () => ask("memories/forget", { id }),
      );
    } catch (error) {
      setProblem(readable(error));
    }
  };
  return (
    <Dialog title="Add a memory" onClose={props.onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <TextBox label="Text" rows={6} value={text} onInput={setText} />
        <div class="row">
          <TextField label="Tags, with commas" value={tags} onInput={setTags} />
          <Select label="Kind" value={kind} choices={memoryKinds} onChoose={setKind} />
          <TextField label="Namespace" value={namespace} onInput={setNamespace} />
        </div>
        {problem !== undefined && <Failed error={problem} />}
        <div class="ends">
          <button type="button" class="button" onClick={props.onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary" disabled={text.trim() === ""}>
            Remember
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** The texts of all of them are at hand: what is proposed can be changed. */
export function MergeDialog(props: {
  memories: readonly Memory[];
  onClose: () => void;
  onMerged: (id: string) => void;
}) {
  const { memories } = props;
  const [text, setText] = useState<string>();
  const [seen, setSeen] = useState("");
  const [isNewer, setNewer] = useState(false);
  const [problem, setProblem] = useState<Error>();
  useEffect(() => {
    wholeText(memories).then(
      (whole) => {
        setSeen(whole);
        setText(whole);
      },
      (error) => setProblem(readable(error)),
    );
  }, [memories]);
  const take = async (): Promise<void> => {
    try {
      // What another client said meanwhile would not be in the text: it is shown first.
      const whole = await wholeText(memories);
      if (whole !== seen) {
        setText((mine) => (mine === seen || mine === undefined ? whole : `${mine}\n\n${whole}`));
        setSeen(whole);
        setNewer(true);
        return;
      }
    } catch (error) {
      setProblem(readable(error));
      return;
    }
    props.onClose();
    const ids = memories.map(({ id }) => id);
    const merged = await merge(ids, text);
    if (merged) props.onMerged(merged.id);
  };
  return (
    <Dialog title={`Merge ${memories.length} memories`} onClose={props.onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void take();
        }}
      >
        <p>
          They become one with all their tags, anchors and links, the highest importance, pinned if
          one is. What they said stays in the history.
        </p>
        {problem !== undefined && <Failed error={problem} />}
        {isNewer && (
          <p role="alert">
            Another client has changed one of them meanwhile. Its text is in the box now: look at
            it, then merge.
          </p>
        )}
        {text === undefined ? (
          <Loading />
        ) : (
          <TextBox label="Text of the merged memory" rows={10} value={text} onInput={setText} />
        )}
        <div class="ends">
          <button type="button" class="button" onClick={props.onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary" disabled={text === undefined}>
            Merge
          </button>
        </div>
      </form>
    </Dialog>
  );
}

async function wholeText(memories: readonly Memory[]): Promise<string> {
  const whole: string[] = [];
  for (const { id } of memories) {
    const memory = await ask<Memory | null>("memories/get", { id });
    if (memory !== null) whole.push(memory.text.trim());
  }
  return [...new Set(whole)].join("\n\n");
}

export function ForgetDialog(props: {
  filter: MemoryFilter;
  isAll: boolean;
  onClose: () => void;
  onForgotten: () => void;
}) {
  const { filter } = props;
  const [shown, setShown] = useState<ForgetPreview>();
  const [problem, setProblem] = useState<Error>();
  const key = JSON.stringify(filter);
  useEffect(() => {
    preview(JSON.parse(key) as MemoryFilter).then(setShown, (error) => setProblem(readable(error)));
  }, [key]);
  return (
    <Dialog title="Forget what is shown?" onClose={props.onClose}>
      {problem !== undefined && <Failed error={problem} />}
      {shown === undefined && problem === undefined && <Loading what="Looking what would go" />}
      {shown !== undefined && (
        <>
          <p>
            <b>{counted(shown.matched, "memory", "memories")}</b> would go, also those that have
            ended.
            {props.isAll && " No filter is set, so these are all."} They can be brought back for
            some days.
          </p>
          <ul class="memories-samples">
            {shown.sample.map(({ id, text }) => (
              <li key={id}>{visible(text.slice(0, 160).replace(/\s+/gu, " "))}</li>
            ))}
          </ul>
          {shown.matched > shown.sample.length && (
            <p class="quiet">and {counted(shown.matched - shown.sample.length, "other")}.</p>
          )}
          <div class="ends">
            <button type="button" class="button" onClick={props.onClose}>
              Cancel
            </button>
            <button
              type="button"
              class="button danger"
              disabled={shown.matched === 0}
              onClick={() => {
                props.onClose();
                void forgetAll(filter, shown.confirm).then(props.onForgotten);
              }}
            >
              Forget {counted(shown.matched, "memory", "memories")}
            </button>
          </div>
        </>
      )}
    </Dialog>
  );
}

export function ImportDialog({ onClose }: { onClose: () => void }) {
  const [file, setFile] = useState<File>();
  const [namespace, setNamespace] = useState("");
  const [result, setResult] = useState<ImportResult>();
  const [problem, setProblem] = useState<Error>();
  const [isAtWork, setAtWork] = useState(false);
  const take = async (): Promise<void> => {
    if (file === undefined) return;
    setAtWork(true);
    setProblem(undefined);
    const taken = await importFile(file, namespace.trim()).catch((error: unknown) => {
      setProblem(readable(error));
      return undefined;
    });
    setAtWork(false);
    if (taken === undefined) return;
    setResult(taken);
    await attempt(async () => taken, `Imported ${counted(taken.stored, "memory", "memories")}.`);
  };
  return (
    <Dialog title="Import memories" onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void take();
        }}
      >
        <p>
          An export of Haypile, or JSON of another memory server. What looks like a password, a key
          or a token is left out.
        </p>
        <label class="field">
          <span>File</span>
          <input
            type="file"
            accept=".jsonl,.ndjson,.json,.txt"
            onChange={({ currentTarget }) => setFile(currentTarget.files?.[0])}
          />
        </label>
        <TextField
          label="Namespace (empty: as the file says)"
          value={namespace}
          onInput={setNamespace}
        />
        {problem !== undefined && <Failed error={problem} />}
        {isAtWork && <Loading what="Importing" />}
        {result !== undefined && <Imported result={result} />}
        <div class="ends">
          <button type="button" class="button" onClick={onClose}>
            Close
          </button>
          <button type="submit" class="button primary" disabled={file === undefined || isAtWork}>
            Import
          </button>
        </div>
      </form>
    </Dialog>
  );
}

const mostRefused = 100;

function Imported({ result }: { result: ImportResult }) {
  const { stored, merged, refused, refusedCount } = result;
  return (
    <section role="status" aria-label="Result of the import">
      <p>
        {stored} stored, {merged} there already, {refusedCount} left out.
      </p>
      {refused.length > 0 && (
        <ul class="memories-samples">
          {refused.slice(0, mostRefused).map(({ line, reason }) => (
            <li key={line}>
              line {line}: {visibleLines(reason)}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
