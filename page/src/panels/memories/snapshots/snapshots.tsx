/* The view "Snapshots": copies of all memories at a moment, and the way back to what was in one. */
import { useEffect, useState } from "preact/hooks";
import type {
  BroughtBack,
  RestoredSnapshot,
  Snapshot,
  SnapshotReason,
  SnapshotsResult,
  VerifiedSnapshot,
} from "../../../../../src/ports/answers/time/snapshots.ts";
import { ask } from "../../../api/client.ts";
import { Confirm } from "../../../parts/dialog.tsx";
import { counted, formatAgo, formatBytes, formatTime } from "../../../parts/format.ts";
import { Empty, Failed, Loading } from "../../../parts/states.tsx";
import { useAnswer } from "../../../parts/use-answer.ts";
import { visible } from "../../../parts/visible.ts";
import { attempt, onOwnChange } from "../actions.ts";
import { TextField } from "../edit-form.tsx";
import { visibleLines } from "../visible-lines.ts";

const longestNote = 1_000;

const madeFor: Record<SnapshotReason, string | undefined> = {
  asked: undefined,
  daily: "made by itself, daily",
  restore: "made before another was restored",
  model: "made before vectors of another model",
  migration: "made before a newer schema",
};

export function Snapshots() {
  const { value, error, again } = useAnswer<SnapshotsResult>("memories/snapshots");
  const [note, setNote] = useState("");
  const [isAtWork, setAtWork] = useState(false);
  useEffect(() => onOwnChange(again), [again]);
  const work = async (todo: () => Promise<unknown>): Promise<void> => {
    setAtWork(true);
    await todo();
    setAtWork(false);
  };
  const make = async (): Promise<void> => {
    const said = { note: note.slice(0, longestNote) };
    const made = await attempt(() => ask<Snapshot>("memories/snapshot", said), "Snapshot made.");
    if (made !== undefined) setNote("");
  };
  return (
    <>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          void work(make);
        }}
      >
        <TextField label="Note" value={note} onInput={setNote} />
        <button type="submit" class="button" disabled={isAtWork}>
          Make one
        </button>
      </form>
      <p class="quiet small">
        A snapshot has all memories as they are now, and keeps what you forget later until it is
        deleted.{" "}
        {value?.keep === "off"
          ? "None is made by itself (snapshots.keep)."
          : `One is made each day on which memories change; of these ${value?.keep ?? "some"} stay (snapshots.keep).`}
      </p>
      {isAtWork && <Loading what="At work" />}
      {error !== undefined && <Failed error={error} again={again} />}
      {value === undefined && error === undefined && <Loading />}
      {value?.snapshots.length === 0 && <Empty>No snapshot was made yet.</Empty>}
      {value !== undefined && value.snapshots.length > 0 && (
        <ol class="memories-cards" aria-label="Snapshots, newest first">
          {value.snapshots.map((one) => (
            <OneSnapshot key={one.id} snapshot={one} isAtWork={isAtWork} work={work} />
          ))}
        </ol>
      )}
    </>
  );
}

function OneSnapshot(props: {
  snapshot: Snapshot;
  isAtWork: boolean;
  work: (todo: () => Promise<unknown>) => Promise<void>;
}) {
  const { id, at, counts, bytes, note, problem, reason, goes } = props.snapshot;
  const [asked, setAsked] = useState<"delete" | "bring back" | "restore">();
  const shut = (): void => setAsked(undefined);
  const remove = () => attempt(() => ask("memories/removeSnapshot", { id }), "Snapshot deleted.");
  const bringBack = () =>
    attempt(
      () => ask<BroughtBack>("memories/bringBack", { id }),
      ({ brought, refusedCount }) =>
        `${counted(brought, "memory", "memories")} brought back${refusedCount > 0 ? `, ${refusedCount} left out` : ""}.`,
    );
  const verify = () =>
    attempt(
      () => ask<VerifiedSnapshot>("memories/verifySnapshot", { id }),
      ({ isSound, findings, recalls }) =>
        isSound
          ? `It is sound: restored, opened and asked ${counted(recalls.length, "question")}.`
          : `It is damaged: ${findings.map(visible).join("; ")}`,
    );
  const restore = () =>
    attempt(
      () => ask<RestoredSnapshot>("memories/restoreSnapshot", { id }),
      "Restored. What was there before is kept as a snapshot.",
      async ({ kept }) =>
        kept === undefined ? undefined : await ask("memories/restoreSnapshot", { id: kept.id }),
    );
  return (
    <li class="card" data-snapshot={id}>
      <div class="row">
        <span>
          {formatTime(at)} <span class="quiet">({formatAgo(at)})</span>
        </span>
        {problem !== undefined && <span class="tag warn">damaged: {visible(problem)}</span>}
        <button
          type="button"
          class="button push"
          disabled={props.isAtWork || bytes === 0}
          onClick={() => setAsked("bring back")}
        >
          Bring back what is gone
        </button>
        <button
          type="button"
          class="button"
          disabled={props.isAtWork}
          onClick={() => void props.work(verify)}
        >
          Verify
        </button>
        <button
          type="button"
          class="button"
          disabled={props.isAtWork || bytes === 0}
          onClick={() => setAsked("restore")}
        >
          Restore
        </button>
        <button
          type="button"
          class="button danger"
          disabled={props.isAtWork}
          onClick={() => setAsked("delete")}
        >
          Delete
        </button>
      </div>
      <p class="quiet small">
        {counts !== undefined && `${counted(counts.memories, "memory", "memories")}, `}
        {formatBytes(bytes)}
        {madeFor[reason] !== undefined && `, ${madeFor[reason]}`}
        {goes !== undefined && `, may go from ${formatTime(goes)}`}
      </p>
      {note !== "" && <p>{visibleLines(note)}</p>}
      {asked === "delete" && (
        <Confirm
          title="Delete this snapshot?"
          action="Delete it"
          onConfirm={() => void props.work(remove)}
          onClose={shut}
        >
          <p>The snapshot of {formatTime(at)} cannot be brought back. Memories stay as they are.</p>
        </Confirm>
      )}
      {asked === "restore" && (
        <Confirm
          title="Restore this snapshot?"
          action="Restore it"
          onConfirm={() => void props.work(restore)}
          onClose={shut}
        >
          <p>
            All memories are as they were at {formatTime(at)}. What is there now is kept as a
            snapshot.
          </p>
        </Confirm>
      )}
      {asked === "bring back" && (
        <Confirm
          title="Bring back what is gone?"
          action="Bring back"
          onConfirm={() => void props.work(bringBack)}
          onClose={shut}
        >
          <p>
            Memories of {formatTime(at)} that are gone or forgotten are here again. Those that are
            here stay as they are now.
          </p>
        </Confirm>
      )}
    </li>
  );
}
