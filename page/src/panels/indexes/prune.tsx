/* Indexes that nobody needs: what would go, with when it was used last, and only then the deed. */
import { useState } from "preact/hooks";
import type { PrunableIndex, PruneResult } from "../../../../src/ports/answers/index-upkeep.ts";
import { ask } from "../../api/client.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { counted, formatBytes } from "../../parts/format.ts";
import { Failed, Loading } from "../../parts/states.tsx";
import { tell } from "../../parts/toasts.tsx";
import { readable, useAnswer, useNow } from "../../parts/use-answer.ts";
import { visible } from "../../parts/visible.ts";
import { nameOf, whyPruned } from "./words.ts";

const dayMs = 24 * 3_600_000;

export function Prune({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const [days, setDays] = useState("");
  const [isUnmounted, setUnmounted] = useState(false);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [problem, setProblem] = useState<string>();
  const [isAtWork, setAtWork] = useState(false);
  const now = useNow();
  const age = Number(days);
  const said = {
    ...(days.trim() !== "" && age > 0 && { olderThanMs: Math.round(age * dayMs) }),
    ...(isUnmounted && { unmounted: true }),
  };
  const preview = useAnswer<PruneResult>("haypile/prune", said);
  const found = preview.value;
  const chosen = found?.indexes.filter(({ database }) => !left.has(database)) ?? [];
  const isAll = chosen.length === found?.indexes.length;
  const bytes = isAll ? (found?.bytes ?? 0) : chosen.reduce((sum, one) => sum + one.bytes, 0);
  const files = chosen.length + (isAll ? (found?.strays.length ?? 0) : 0);

  const remove = async (): Promise<void> => {
    setAtWork(true);
    setProblem(undefined);
    try {
      const only = isAll ? {} : { databases: chosen.map(({ database }) => database) };
      const token = isAll
        ? found?.confirm
        : (await ask<PruneResult>("haypile/prune", { ...said, ...only })).confirm;
      const done = await ask<PruneResult>("haypile/prune", { ...said, ...only, confirm: token });
      const { removed = [], kept = [] } = done;
      const freed = removed.reduce((sum, one) => sum + one.bytes, 0);
      tell(
        `Deleted ${counted(removed.length, "file of indexes", "files of indexes")}, ${formatBytes(freed)}.`,
      );
      onDone();
      if (kept.length === 0) return onClose();
      setProblem(kept.map(({ reason }) => reason).join(" "));
      preview.again();
    } catch (error) {
      setProblem(readable(error).message);
      preview.again();
    } finally {
      setAtWork(false);
    }
  };

  return (
    <Dialog title="Delete unused indexes" onClose={onClose}>
      <div class="row">
        <label class="field">
          <span>Also those not used for this many days</span>
          <input
            type="number"
            min="1"
            value={days}
            onInput={(event) => setDays(event.currentTarget.value)}
          />
        </label>
        <label class="tick">
          <input
            type="checkbox"
            checked={isUnmounted}
            onChange={(event) => setUnmounted(event.currentTarget.checked)}
          />
          also those whose drive may just be unmounted
        </label>
      </div>
      {problem !== undefined && (
        <p class="bad" role="alert">
          {problem}
        </p>
      )}
      {preview.error !== undefined && <Failed error={preview.error} again={preview.again} />}
      {found === undefined && preview.error === undefined && <Loading what="Looking for them" />}
      {found !== undefined && (
        <>
          {found.indexes.length === 0 && (
            <p class="state">The folder of every index is there: there is nothing to delete.</p>
          )}
          <ul class="indexes-prune" aria-label="What would be deleted">
            {found.indexes.map((index) => (
              <li key={index.database}>
                <label class="tick">
                  <input
                    type="checkbox"
                    checked={!left.has(index.database)}
                    onChange={(event) => {
                      const next = new Set(left);
                      if (event.currentTarget.checked) next.delete(index.database);
                      else next.add(index.database);
                      setLeft(next);
                    }}
                  />
                  <Named index={index} now={now} />
                </label>
              </li>
            ))}
          </ul>
          {found.strays.length > 0 && (
            <p class="small quiet">
              And {counted(found.strays.length, "file", "files")} left of indexes that are gone
              {isAll ? "." : ", when all are deleted."}
            </p>
          )}
          {found.spared.length > 0 && (
            <>
              <h3>These stay: their drive may just be unmounted</h3>
              <ul class="indexes-prune" aria-label="What stays">
                {found.spared.map((index) => (
                  <li key={index.database}>
                    <Named index={index} now={now} />
                  </li>
                ))}
              </ul>
            </>
          )}
          <p class="small quiet">
            Vectors stay in the cache that all indexes share, so that a new index is quick.
          </p>
          <div class="ends">
            <button type="button" class="button" onClick={onClose}>
              Cancel
            </button>
            <button
              type="button"
              class="button danger"
              disabled={files === 0 || isAtWork}
              onClick={() => void remove()}
            >
              Delete {counted(chosen.length, "index", "indexes")}, {formatBytes(bytes)}
            </button>
          </div>
        </>
      )}
    </Dialog>
  );
}

function Named({ index, now }: { index: PrunableIndex; now: number }) {
  return (
    <span>
      <span class="mono">{nameOf(index)}</span>{" "}
      <span class="small quiet">
        {formatBytes(index.bytes)}; {whyPruned(index, now)}
        {index.problem !== undefined && `; ${visible(index.problem)}`}
      </span>
    </span>
  );
}
