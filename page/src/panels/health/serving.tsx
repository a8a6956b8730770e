/* The daemon itself: since when, for whom, and how much it has to do. */
import type { Stats } from "../../../../src/ports/answers/daemon/stats.ts";
import { formatBytes, formatCount, formatMs } from "../../parts/format.ts";
import { visible } from "../../parts/visible.ts";

export function Serving({ stats }: { stats: Stats }) {
  const { process, clients, lanes, calls, loop } = stats;
  const { limitBytes, usedBytes } = process;
  return (
    <section class="card" aria-labelledby="health-serving">
      <h2 id="health-serving">The daemon</h2>
      <dl class="facts">
        <dt>Process</dt>
        <dd>
          {process.pid}, version {visible(process.version)}, up {formatMs(process.upSeconds * 1000)}
        </dd>
        <dt>Memory</dt>
        <dd>
          {formatBytes(process.rssBytes)}
          {limitBytes !== undefined &&
            usedBytes !== undefined &&
            `; ${formatBytes(usedBytes)} of ${formatBytes(limitBytes)} with our other processes`}
        </dd>
        {clients !== undefined && (
          <>
            <dt>Clients</dt>
            <dd>
              {clients.mcp} by MCP, {clients.rpc} by the socket; {formatCount(clients.served)} since
              the start
            </dd>
          </>
        )}
        {calls !== undefined && (
          <>
            <dt>Calls</dt>
            <dd>
              {formatCount(calls.ok)} answered, {formatCount(calls.failed)} failed
            </dd>
          </>
        )}
        {lanes !== undefined &&
          (["interactive", "background"] as const).flatMap((lane) => [
            <dt key={lane}>{lane === "interactive" ? "Calls in turn" : "Long work"}</dt>,
            <dd key={`${lane} counts`}>
              {lanes[lane].running} at work, {lanes[lane].queued} waiting;{" "}
              {formatCount(lanes[lane].done)} done, {formatCount(lanes[lane].refused)} refused
            </dd>,
          ])}
        <dt>Busy</dt>
        <dd>
          {(loop.busyShare * 100).toFixed(1)} % of the time
          {loop.delay !== undefined &&
            `; timers late by ${formatMs(loop.delay.p99Ms)} (p99), ${formatMs(loop.delay.mostMs)} at most`}
        </dd>
      </dl>
    </section>
  );
}
