/* Single files of an index: whether one is in it and why not, and those whose definitions are missing. */
import { useState } from "preact/hooks";
import type { FileStatus, PartlyParsed } from "../../../../src/ports/answers/left-out.ts";
import { parseFailures, type UnparsedFile } from "../../../../src/ports/syntax.ts";
import { ask } from "../../api/client.ts";
import { counted } from "../../parts/format.ts";
import { Failed } from "../../parts/states.tsx";
import { readable, useAnswer } from "../../parts/use-answer.ts";
import { visible } from "../../parts/visible.ts";

export function WhyFile({ folder }: { folder: string }) {
  const [path, setPath] = useState("");
  const [said, setSaid] = useState<{ text: string; isGood: boolean }>();
  const look = async (): Promise<void> => {
    if (path.trim() === "") return;
    try {
      const status = await ask<FileStatus>("code/fileStatus", {
        folder,
        nearest: false,
        path: path.trim(),
      });
      const missing =
        status.unparsed === undefined
          ? ""
          : ` Its definitions are missing: ${parseFailures[status.unparsed]}.`;
      setSaid({ text: `${status.verdict}${missing}`, isGood: status.isIndexed });
    } catch (error) {
      setSaid({ text: readable(error).message, isGood: false });
    }
  };
  return (
    <form
      class="card stack"
      aria-labelledby="indexes-why"
      onSubmit={(event) => {
        event.preventDefault();
        void look();
      }}
    >
      <h3 id="indexes-why">Is this file indexed?</h3>
      <div class="row">
        <label class="field indexes-wide">
          <span>Path in the folder</span>
          <input
            class="mono"
            value={path}
            placeholder="src/app.ts"
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => setPath(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="button">
          Look
        </button>
      </div>
      <p role="status" class={said?.isGood === false ? "note" : undefined}>
        {said === undefined ? "" : visible(said.text)}
      </p>
    </form>
  );
}

/** Files whose tree has errors: said, and listed when that is wanted. */
export function PartlyParsedFiles({ folder }: { folder: string }) {
  const { value } = useAnswer<PartlyParsed>("code/partlyParsed", { folder, nearest: false });
  if (value === undefined || value.count === 0) return null;
  const rest = value.count - value.paths.length;
  return (
    <details>
      <summary>
        {counted(value.count, "file has", "files have")} syntax errors: definitions there are read
        off the lines
      </summary>
      <ul class="indexes-paths" aria-label="Files with syntax errors">
        {value.paths.map((path) => (
          <li key={path} class="mono">
            {visible(path)}
          </li>
        ))}
      </ul>
      {rest > 0 && <p class="quiet">And {rest} more.</p>}
    </details>
  );
}

/** Files that are shown before somebody asks for all. */
const firstFiles = 20;
const mostFiles = 2_000;

export function ParseErrors({ folder }: { folder: string }) {
  const [isAll, setAll] = useState(false);
  const {
    value: files,
    error,
    again,
  } = useAnswer<UnparsedFile[]>("code/unparsed", {
    folder,
    nearest: false,
  });
  const shown = (files ?? []).slice(0, isAll ? mostFiles : firstFiles);
  const rest = (files?.length ?? 0) - shown.length;
  return (
    <section class="card" aria-labelledby="indexes-unparsed">
      <h3 id="indexes-unparsed">Parsing</h3>
      {error !== undefined && <Failed error={error} again={again} />}
      <PartlyParsedFiles folder={folder} />
      {files?.length === 0 && <p class="quiet">Every file that has a grammar was parsed.</p>}
      {files !== undefined && files.length > 0 && (
        <>
          <p>
            {counted(files.length, "file is", "files are")} cut by lines, their definitions are
            missing.
          </p>
          <ul class="indexes-paths" aria-label="Files that were not parsed">
            {shown.map(({ path, why, tries }) => (
              <li key={path}>
                <span class="mono">{visible(path)}</span>{" "}
                <span class="small quiet">
                  {parseFailures[why] ?? visible(why)}; tried {counted(tries, "time")}
                </span>
              </li>
            ))}
          </ul>
          {rest > 0 && !isAll && (
            <button type="button" class="button" onClick={() => setAll(true)}>
              Show all {files.length}
            </button>
          )}
          {rest > 0 && isAll && <p class="quiet">And {rest} more.</p>}
        </>
      )}
    </section>
  );
}
