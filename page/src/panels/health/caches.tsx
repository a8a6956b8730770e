/* How often caches could answer. */
import type { CacheStats } from "../../../../src/ports/answers/daemon/stats.ts";
import { formatBytes, formatCount, formatShare } from "../../parts/format.ts";
import { Empty } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { visible } from "../../parts/visible.ts";

const share = ({ hits, misses }: CacheStats): number =>
  hits + misses === 0 ? -1 : hits / (hits + misses);

const columns: readonly Column<CacheStats>[] = [
  { title: "Cache", cell: ({ owner }) => owner, by: ({ owner }) => owner },
  { title: "Of", cell: ({ of }) => <span class="mono">{visible(of)}</span>, by: ({ of }) => of },
  {
    title: "Found",
    cell: (one) => (share(one) < 0 ? "not asked" : formatShare(share(one))),
    by: share,
    isNumber: true,
  },
  count("Hits", ({ hits }) => hits),
  count("Misses", ({ misses }) => misses),
  count("Entries", ({ entries }) => entries),
  {
    title: "Holds",
    cell: ({ bytes }) => (bytes === undefined ? "–" : formatBytes(bytes)),
    by: ({ bytes = -1 }) => bytes,
    isNumber: true,
  },
];

export function Caches({ caches }: { caches: readonly CacheStats[] }) {
  return (
    <section class="card" aria-labelledby="health-caches">
      <h2 id="health-caches">Caches</h2>
      {caches.length === 0 ? (
        <Empty>None is there yet.</Empty>
      ) : (
        <Table
          caption="How often a cache could answer"
          hidesCaption
          columns={columns}
          rows={caches}
          keyOf={({ of, owner }) => `${owner} ${of}`}
        />
      )}
    </section>
  );
}

function count(title: string, of: (one: CacheStats) => number | undefined): Column<CacheStats> {
  return {
    title,
    cell: (one) => {
      const value = of(one);
      return value === undefined ? "–" : formatCount(value);
    },
    by: (one) => of(one) ?? -1,
    isNumber: true,
  };
}
