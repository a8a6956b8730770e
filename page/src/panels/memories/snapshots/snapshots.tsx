/* The view "Snapshots": copies of all memories at a moment, and the way back to what was in one. */
import { useEffect, useState } from "preact/hooks";
import type {
  BroughtBack,
  Snapshot,
  SnapshotsResult,
} from "../../../../../src/ports/answers/snapshots.ts";
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
        A snapshot has all memories as they are now, and keeps what you forget later until you
        delete it.
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
  const { id, at, counts, bytes, note, problem } = props.snapshot;
  const [asked, setAsked] = useState<"delete" | "bring back">();
  const shut = (): void => setAsked(undefined);
  const remove = () => attempt(() => ask("memories/removeSnapshot", { id }), "Snapshot deleted.");
  const bringBack = () =>
    attempt(
      () => ask<BroughtBack>("memories/bringBack", { id }),
      ({ brought, refusedCount }) =>
        `${counted(brought, "memory", "memories")} brought back${refusedCount > 0 ? `, ${refusedCount} left out` : ""}.`,
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
