/* Databases that are open, each with its log and what waits; the others by their size. */
import type {
  ClosedDatabase,
  DatabaseStats,
  Stats,
} from "../../../../src/ports/answers/daemon/stats.ts";
import { counted, formatBytes, formatCount } from "../../parts/format.ts";
import { Empty } from "../../parts/states.tsx";
import { Table } from "../../parts/table.tsx";
import { visible } from "../../parts/visible.ts";
import { formatTook, pendingWords } from "./words.ts";

/** Cards at most. */
const mostShown = 40;

export function Databases({ stats: { databases, closed } }: { stats: Stats }) {
  return (
    <section aria-labelledby="health-databases">
      <h2 id="health-databases">Databases</h2>
      {databases.length === 0 ? (
        <Empty>None is open: nobody has asked for an index or a memory yet.</Empty>
      ) : (
        <div class="cards">
          {databases.slice(0, mostShown).map((one) => (
            <Open key={one.path} database={one} />
          ))}
        </div>
      )}
      {databases.length > mostShown && (
        <p class="quiet">And {counted(databases.length - mostShown, "database")} more.</p>
      )}
      {closed.length > 0 && <Closed closed={closed} />}
    </section>
  );
}

function Open({ database }: { database: DatabaseStats }) {
  const { sort, path, folder, commits, checkpoints, checkpointsBusy, pagesMoved } = database;
  const waits = pendingWords(database);
  return (
    <section class="card" aria-label={`${sort} ${visible(folder ?? path)}`}>
      <h3>
        <span class="tag">{sort}</span> <span class="mono">{visible(folder ?? path)}</span>
      </h3>
      <dl class="facts">
        <dt>Size</dt>
        <dd>{formatBytes(database.bytes)}</dd>
        <dt>WAL</dt>
        <dd>
          {formatBytes(database.logBytes)} in use, {formatBytes(database.unmovedBytes)} of it not
          checkpointed; {formatBytes(database.mostLogBytes)} at most,{" "}
          {formatBytes(database.logFileBytes)} on the disk
        </dd>
        <dt>Commits</dt>
        <dd>{formatCount(commits)}</dd>
        <dt>Checkpoints</dt>
        <dd>
          {checkpoints === 0 ? "none" : formatCount(checkpoints)}
          {pagesMoved > 0 && `, ${counted(pagesMoved, "page")}`}
          {checkpoints > 0 && `, ${formatTook(database.checkpointMs / checkpoints)} each`}
          {checkpointsBusy > 0 && `; ${formatCount(checkpointsBusy)} not whole, others read`}
        </dd>
        <dt>Page cache</dt>
        <dd>at most {formatBytes(database.pageCacheBytes)}</dd>
        <dt>Pending</dt>
        <dd>{waits.length === 0 ? "nothing" : waits.join("; ")}</dd>
      </dl>
    </section>
  );
}

function Closed({ closed }: { closed: readonly ClosedDatabase[] }) {
  const bytes = closed.reduce((sum, one) => sum + one.bytes + one.logFileBytes, 0);
  return (
    <details class="card">
      <summary>
        {counted(closed.length, "database")} not open, {formatBytes(bytes)}
      </summary>
      <Table
        caption="Databases that are not open"
        hidesCaption
        columns={[
          { title: "What", cell: ({ sort }) => sort, by: ({ sort }) => sort },
          { title: "File", cell: ({ path }) => visible(path), by: ({ path }) => path },
          {
            title: "Size",
            cell: ({ bytes: size }) => formatBytes(size),
            by: ({ bytes: size }) => size,
            isNumber: true,
          },
          {
            title: "WAL",
            cell: ({ logFileBytes }) => formatBytes(logFileBytes),
            by: ({ logFileBytes }) => logFileBytes,
            isNumber: true,
          },
        ]}
        rows={closed}
        keyOf={({ path }) => path}
      />
    </details>
  );
}
