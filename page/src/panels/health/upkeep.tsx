/* What the daemon does by itself while nobody asks: when it was done last, what came of it, and when it is due. */
import type { UpkeepStats, UpkeepTaskStats } from "../../../../src/ports/answers/daemon/upkeep.ts";
import { formatAgo, formatMs } from "../../parts/format.ts";
import { type Column, Table } from "../../parts/table.tsx";
import { visible } from "../../parts/visible.ts";

export function Upkeep({ upkeep, at }: { upkeep: UpkeepStats; at: string }) {
  const { isOn, idleMs, running, tasks } = upkeep;
  const now = Date.parse(at);
  return (
    <section class="card" aria-labelledby="health-upkeep">
      <h2 id="health-upkeep">Upkeep</h2>
      {isOn ? (
        <>
          <p class="quiet">
            What is due begins when nobody has asked for {formatMs(idleMs)}, and stops at a
            question.
          </p>
          <Table
            caption="What is done by itself"
            hidesCaption
            columns={columns(running, now)}
            rows={tasks}
            keyOf={({ task }) => task}
          />
        </>
      ) : (
        <p>
          It is off: <code>haypile config set upkeep.auto on</code> turns it on.
        </p>
      )}
    </section>
  );
}

function columns(running: string | undefined, now: number): readonly Column<UpkeepTaskStats>[] {
  return [
    { title: "What", cell: ({ task }) => task, by: ({ task }) => task },
    { title: "Every", cell: ({ every }) => every },
    {
      title: "Last",
      cell: ({ lastAt }) => (lastAt === undefined ? "never yet" : formatAgo(lastAt, now)),
      by: ({ lastAt = "" }) => lastAt,
    },
    {
      title: "Next",
      cell: ({ task, nextAt }) => (task === running ? "at work now" : nextInWords(nextAt, now)),
      by: ({ nextAt = "" }) => nextAt,
    },
    {
      title: "What came of it",
      cell: ({ lastAt, error, result }) => {
        if (error !== undefined) {
          return (
            <>
              <span class="tag bad">failed</span> {visible(error)}
            </>
          );
        }
        return lastAt === undefined ? "–" : visible(result ?? "done");
      },
    },
  ];
}

function nextInWords(nextAt: string | undefined, now: number): string {
  if (nextAt === undefined) return "off";
  const soon = Date.parse(nextAt) - now;
  if (soon <= 0) return "when idle";
  return soon < 60_000 ? "in a minute" : formatAgo(nextAt, now);
}
