/* Where the time of calls went, as the text Prometheus reads. Calls and stages are those of tables; clients are bounded. */
import type { StageTimes } from "../../base/stages.ts";
import type { ClientCounts } from "../../ports/answers/daemon/queries.ts";
import { bucketMs } from "../metrics/meter.ts";
import { family, type Sample, sample } from "../metrics/text.ts";
import { timed } from "./query-counts.ts";

interface Counts {
  buckets: Uint32Array;
  sumMs: number;
}

export class StageMetrics {
  /** By call, then by stage. */
  readonly #calls = new Map<string, Map<string, Counts>>();

  add(call: string, times: StageTimes): void {
    const stages = this.#calls.get(call) ?? new Map<string, Counts>();
    this.#calls.set(call, stages);
    for (const stage of timed) {
      const ms = times[stage];
      if (ms <= 0 && stage !== "total") continue;
      let counts = stages.get(stage);
      if (counts === undefined) {
        counts = { buckets: new Uint32Array(bucketMs.length + 1), sumMs: 0 };
        stages.set(stage, counts);
      }
      const at = bucketMs.findIndex((most) => ms <= most);
      const bucket = at < 0 ? bucketMs.length : at;
      counts.buckets[bucket] = (counts.buckets[bucket] as number) + 1;
      counts.sumMs += ms;
    }
  }

  /** @param clients as many as there may be labels */
  text(clients: readonly ClientCounts[]): string {
    const name = "haypile_query_stage_seconds";
    const lines = [...this.#calls].flatMap(([call, stages]) =>
      [...stages].map(([stage, counts]) => histogram(name, { call, stage }, counts)),
    );
    const byClient = clients.map(({ client, face, calls }): Sample => [{ client, face }, calls]);
    return [
      family(name, "histogram", "time of calls by stage; each counts where it took any", []),
      ...lines,
      family("haypile_query_client_calls_total", "counter", "calls by client", byClient),
    ].join("");
  }
}

function histogram(
  name: string,
  labels: Readonly<Record<string, string>>,
  { buckets, sumMs }: Counts,
): string {
  let sum = 0;
  const lines = [...buckets].map((count, at) => {
    sum += count;
    const most = bucketMs[at];
    const le = most === undefined ? "+Inf" : String(most / 1_000);
    return sample(`${name}_bucket`, { ...labels, le }, sum);
  });
  return `${lines.join("")}${sample(`${name}_sum`, labels, sumMs / 1_000)}${sample(`${name}_count`, labels, sum)}`;
}
