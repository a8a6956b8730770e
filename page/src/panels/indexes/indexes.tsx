/* The panel "indexes": all of them, and one that is opened. Which one, and what is looked for, stand in the address. */
import { useCallback, useEffect, useState } from "preact/hooks";
import type { KnownIndex } from "../../../../src/ports/answers/index-facts.ts";
import { counted, formatBytes } from "../../parts/format.ts";
import { Empty, Failed, Loading } from "../../parts/states.tsx";
import { useAnswer } from "../../parts/use-answer.ts";
import { visible } from "../../parts/visible.ts";
import { setQuery, useRoute } from "../../shell/route.ts";
import { IndexTable } from "./index-table.tsx";
import { NewIndex } from "./new-index.tsx";
import { Opened } from "./opened.tsx";
import { Progress, runState } from "./progress.tsx";
import { Prune } from "./prune.tsx";
import { type LiveRun, useRuns } from "./runs.ts";

/** Runs of other processes, and what they changed, are seen so late at most. */
const lookEveryMs = 10_000;

export function Indexes() {
  const { query } = useRoute();
  const [isPruning, setPruning] = useState(false);
  const answer = useAnswer<KnownIndex[]>("haypile/indexes", { details: true }, lookEveryMs);
  const { again } = answer;
  const { running, failed } = useRuns(again);
  const change = useCallback(
    (changed: Record<string, string | undefined>, isStep: boolean): void => {
      const next = new URLSearchParams(query);
      for (const [name, value] of Object.entries(changed)) {
        if (value === undefined || value === "") next.delete(name);
        else next.set(name, value);
      }
      setQuery("indexes", next, isStep);
    },
    [query],
  );
  const name = query.get("index") ?? undefined;
  const indexes = answer.value;
  const opened = indexes?.find((one) => (one.folder ?? one.database) === name);
  useEffect(() => {
    if (name !== undefined) document.getElementById("indexes-opened")?.focus();
  }, [name, opened === undefined]);

  if (indexes === undefined) {
    return answer.error === undefined ? (
      <Loading what="Looking for indexes" />
    ) : (
      <Failed error={answer.error} again={again} />
    );
  }
  const close = (): void => change({ index: undefined }, true);
  if (opened !== undefined) {
    const { folder = "" } = opened;
    return (
      <Opened
        key={opened.database}
        index={opened}
        run={runState(running.get(folder), opened)}
        failed={failed.get(folder)}
        onClose={close}
        onChanged={again}
      />
    );
  }
  const gone = indexes.filter(({ vanished, damaged }) => vanished || damaged).length;
  const bytes = indexes.reduce((sum, one) => sum + one.bytes, 0);
  const fresh = [...running.values()].filter(
    ({ folder }) => !indexes.some((one) => one.folder === folder),
  );
  return (
    <section aria-labelledby="panel-title">
      {answer.error !== undefined && <Failed error={answer.error} again={again} />}
      {name !== undefined && !running.has(name) && (
        <p class="note">
          There is no index of <span class="mono">{visible(name)}</span>.{" "}
          {failed.has(name) && <span class="bad">{visible(failed.get(name) ?? "")}</span>}
        </p>
      )}
      <div class="row indexes-head">
        <p>
          {counted(indexes.length, "index", "indexes")}, {formatBytes(bytes)}
          {gone > 0 &&
            `; ${counted(gone, "folder is gone or index damaged", "folders gone or indexes damaged")}`}
        </p>
        <button type="button" class="button push" onClick={() => setPruning(true)}>
          Delete unused indexes …
        </button>
      </div>
      <NewIndex onBegun={(folder) => change({ index: folder, find: undefined }, true)} />
      {fresh.map((run: LiveRun) => {
        const state = runState(run);
        return (
          state && (
            <div class="card" key={run.folder}>
              <span class="mono">{visible(run.folder)}</span>
              <Progress state={state} what={visible(run.folder)} />
            </div>
          )
        );
      })}
      {indexes.length === 0 ? (
        <Empty>
          <p>There is no index yet.</p>
          <p>
            Index a folder above, or run <code>haypile index</code> in it.
          </p>
        </Empty>
      ) : (
        <IndexTable
          indexes={indexes}
          running={running}
          find={query.get("find") ?? ""}
          onFind={(find) => change({ find }, false)}
          onOpen={(index) => change({ index: index.folder ?? index.database }, true)}
        />
      )}
      {isPruning && <Prune onClose={() => setPruning(false)} onDone={again} />}
    </section>
  );
}
