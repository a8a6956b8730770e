/* A folder that has no index yet: its path is typed, and the daemon says whether it may be indexed. */
import { useState } from "preact/hooks";
import { ask } from "../../api/client.ts";
import { readable } from "../../parts/use-answer.ts";
import { RunChoices, useChoices } from "./run-choices.tsx";
import { startRun } from "./runs.ts";

export function NewIndex({ onBegun }: { onBegun: (folder: string) => void }) {
  const [folder, setFolder] = useState("");
  const [problem, setProblem] = useState<string>();
  const choices = useChoices();
  const begin = async (): Promise<void> => {
    const said = folder.trim();
    if (said === "") return setProblem("Type the absolute path of a folder.");
    setProblem(undefined);
    try {
      // What is wrong with the folder is said at once, before anything is begun.
      const { root } = await ask<{ root: string }>("code/facts", { folder: said, nearest: false });
      void startRun(root, choices.options);
      setFolder("");
      onBegun(root);
    } catch (error) {
      setProblem(readable(error).message);
    }
  };
  return (
    <details class="card">
      <summary>Index a folder</summary>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void begin();
        }}
      >
        <label class="field">
          <span>Folder (absolute path)</span>
          <input
            class="mono"
            value={folder}
            autocomplete="off"
            spellcheck={false}
            placeholder="/home/me/project"
            aria-describedby={problem === undefined ? undefined : "indexes-new-problem"}
            aria-invalid={problem !== undefined}
            onInput={(event) => setFolder(event.currentTarget.value)}
          />
        </label>
        {problem !== undefined && (
          <p id="indexes-new-problem" class="bad" role="alert">
            {problem}
          </p>
        )}
        <RunChoices choices={choices} />
        <div class="row">
          <button type="submit" class="button primary">
            Index it
          </button>
          <span class="small quiet">
            It goes on when this page is closed. Texts can be searched while vectors are made.
          </span>
        </div>
      </form>
    </details>
  );
}
