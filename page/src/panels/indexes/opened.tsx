/* One index: what it holds, what it does, what is left out of it, and how to make it anew or delete it. */
import { useState } from "preact/hooks";
import type { EngineStatus, KnownIndex } from "../../../../src/ports/answers/index-facts.ts";
import type { RemovedIndex } from "../../../../src/ports/answers/index-upkeep.ts";
import { ask } from "../../api/client.ts";
import { Confirm } from "../../parts/dialog.tsx";
import { counted, formatAgo, formatBytes, formatCount, formatShare } from "../../parts/format.ts";
import { tell } from "../../parts/toasts.tsx";
import { readable, useAnswer, useNow } from "../../parts/use-answer.ts";
import { visible } from "../../parts/visible.ts";
import { ParseErrors, WhyFile } from "./files.tsx";
import { LeftOut } from "./left-out.tsx";
import { Progress, type RunState, StopButton } from "./progress.tsx";
import { RunChoices, useChoices } from "./run-choices.tsx";
import { startRun } from "./runs.ts";
import { languageWords, nameOf, problemOf, watchedWords } from "./words.ts";

interface Props {
  index: KnownIndex;
  run: RunState | undefined;
  /** Why the last run of this page failed. */
  failed: string | undefined;
  onClose: () => void;
  onChanged: () => void;
}

export function Opened({ index, run, failed, onClose, onChanged }: Props) {
  const { folder, database } = index;
  const problem = problemOf(index);
  const isThere = folder !== undefined && !index.vanished && !index.damaged;
  // What is at work changes what is asked below: that is asked again at its end.
  const state = `${index.lastIndex ?? ""}${run === undefined ? "" : " at work"}`;
  return (
    <section aria-labelledby="indexes-opened">
      <div class="row indexes-head">
        <h2 id="indexes-opened" class="mono indexes-name" tabIndex={-1}>
          {nameOf(index)}
        </h2>
        <button type="button" class="button push" onClick={onClose}>
          All indexes
        </button>
      </div>
      {problem !== undefined && <p class="note">{visible(problem)}</p>}
      {failed !== undefined && (
        <p class="note bad" role="alert">
          The last run failed: {visible(failed)}
        </p>
      )}
      <div class="card">
        {run !== undefined && folder !== undefined && (
          <div class="row">
            <Progress state={run} what={visible(folder)} />
            <StopButton folder={folder} state={run} />
          </div>
        )}
        <Facts index={index} />
        {isThere && <More folder={folder} state={state} />}
        <Deeds
          index={index}
          folder={isThere ? folder : undefined}
          isAtWork={run !== undefined && run.by !== "itself"}
          onRemoved={() => {
            onChanged();
            onClose();
          }}
        />
        <p class="small quiet mono">{visible(database)}</p>
      </div>
      {isThere && (
        <>
          <WhyFile folder={folder} />
          <ParseErrors key={`unparsed ${state}`} folder={folder} />
          <LeftOut key={`left out ${state}`} folder={folder} />
        </>
      )}
    </section>
  );
}

function Facts({ index }: { index: KnownIndex }) {
  const now = useNow();
  const { details, bytes, lastIndex, lastUsed } = index;
  const { chunks = 0, waiting = 0 } = details ?? {};
  return (
    <dl class="facts">
      {details !== undefined && (
        <>
          <dt>Files</dt>
          <dd>
            {formatCount(details.files)}
            {details.unparsed > 0 && `, ${formatCount(details.unparsed)} not parsed`}
          </dd>
          <dt>Languages</dt>
          <dd>{languageWords(index, 12) || "none"}</dd>
          <dt>Chunks</dt>
          <dd>{formatCount(chunks)}</dd>
          <dt>Vectors</dt>
          <dd>
            {formatCount(chunks - waiting)}
            {waiting > 0 && `, ${formatCount(waiting)} missing (${formatShare(waiting / chunks)})`}
          </dd>
          <dt>Model</dt>
          <dd>
            {details.model === undefined
              ? "none yet"
              : visible(
                  `${details.model.id}, ${details.model.dimensions} dimensions${details.model.vectors === undefined ? "" : `, ${details.model.vectors}`}`,
                )}
          </dd>
        </>
      )}
      <dt>On disk</dt>
      <dd>{formatBytes(bytes)}</dd>
      <dt>Last run</dt>
      <dd>{lastIndex === undefined ? "none finished" : formatAgo(lastIndex, now)}</dd>
      <dt>Last used</dt>
      <dd>{lastUsed === undefined ? "never" : formatAgo(lastUsed, now)}</dd>
      <dt>Watched</dt>
      <dd>{watchedWords(index)}</dd>
    </dl>
  );
}

/** What only the open index knows. */
function More({ folder, state }: { folder: string; state: string }) {
  const { value } = useAnswer<EngineStatus>(`code/status`, { folder, nearest: false });
  if (value === undefined || (value.migration == null && value.vectorsNote == null)) return null;
  const { migration, vectorsNote } = value;
  return (
    <dl class="facts" key={state}>
      {migration != null && (
        <>
          <dt>New vectors</dt>
          <dd>
            {formatCount(migration.done)} of {formatCount(migration.total)} for{" "}
            {visible(migration.to.id)}
          </dd>
        </>
      )}
      {vectorsNote != null && (
        <>
          <dt>Note</dt>
          <dd>{visible(vectorsNote)}</dd>
        </>
      )}
    </dl>
  );
}

function Deeds(props: {
  index: KnownIndex;
  /** Undefined: it is not there, so that nothing can be indexed. */
  folder: string | undefined;
  isAtWork: boolean;
  onRemoved: () => void;
}) {
  const { index, folder, isAtWork } = props;
  const [isAsked, setAsked] = useState(false);
  const [problem, setProblem] = useState<string>();
  const choices = useChoices();
  const remove = async (): Promise<void> => {
    setProblem(undefined);
    try {
      const { files } = await ask<RemovedIndex>("haypile/removeIndex", {
        database: index.database,
      });
      const bytes = files.reduce((sum, one) => sum + one.bytes, 0);
      tell(`Deleted the index of ${nameOf(index)}, ${formatBytes(bytes)}.`);
      props.onRemoved();
    } catch (error) {
      setProblem(readable(error).message);
    }
  };
  return (
    <>
      {folder !== undefined && (
        <details>
          <summary>Options</summary>
          <RunChoices choices={choices} />
        </details>
      )}
      <div class="row">
        {folder !== undefined && (
          <button
            type="button"
            class="button primary"
            disabled={isAtWork}
            onClick={() => void startRun(folder, choices.options)}
          >
            Bring up to date
          </button>
        )}
        <button
          type="button"
          class="button danger"
          disabled={isAtWork}
          onClick={() => setAsked(true)}
        >
          Delete index
        </button>
      </div>
      {problem !== undefined && (
        <p class="bad" role="alert">
          {visible(problem)}
        </p>
      )}
      {isAsked && (
        <Confirm
          title="Delete this index?"
          action="Delete index"
          onConfirm={() => void remove()}
          onClose={() => setAsked(false)}
        >
          <p>
            The index of <span class="mono">{nameOf(index)}</span> goes
            {index.details !== undefined && `, of ${counted(index.details.files, "file")}`},{" "}
            {formatBytes(index.bytes)}. The folder itself stays as it is.
          </p>
          <p class="quiet">
            Vectors stay in the cache that all indexes share: to index it again is quick.
          </p>
        </Confirm>
      )}
    </>
  );
}
