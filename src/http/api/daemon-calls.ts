/*
 * What the daemon says of itself, as pages and scripts ask for it below /api/v1/daemon: one record of options at most, and an
 * answer. docs/openapi.json is made from this.
 */
import type { OptionKind, OptionShape } from "../../base/check-options.ts";
import type { QueriesOptions, QueriesReport } from "../../ports/answers/daemon/queries.ts";
import type { ProcessFootprint, RamAsked, RamOverTime } from "../../ports/answers/daemon/ram.ts";
import type { SettingsInForce } from "../../ports/answers/daemon/settings.ts";
import type { Alerts, Stats, Thresholds } from "../../ports/answers/daemon/stats.ts";
import type { Hello } from "../../wire/hello.ts";
import type { DaemonMethod, Health, HttpAddress, HttpWanted } from "../../wire/words.ts";

export interface DaemonCalls {
  /** That it is there, and how much it serves. */
  health(): Health;
  /** All measures, as the text that Prometheus reads. */
  metrics(): string;
  /** Who is connected over the sockets, by what they say of themselves. */
  clients(): Hello[];
  /** Where the time of what was asked lately went: each query, the slowest, by stage, over time, by client. */
  queries(asked?: QueriesOptions): QueriesReport;
  /** How its memory went over the last six hours, and what happened to it meanwhile. */
  ram(asked?: RamAsked): RamOverTime;
  /** Where its memory is. Who asks within five seconds of another gets the same answer. */
  receipt(): ProcessFootprint;
  /** Its health: writes, databases, caches, lanes, clients. */
  stats(): Stats;
  /** Alerts that are raised, and those of late. */
  alerts(): Alerts;
  /** The marks at which alerts are raised. */
  thresholds(): Thresholds;
  /** Every option as it is in force, and which of them wait for its next start. */
  configuration(): SettingsInForce;
  /** Sets one of them in the user's haypile.toml. */
  setThreshold(asked: { option: string; value: string }): Thresholds;
  /** How it is served over HTTP. */
  listening(): HttpWanted | undefined;
  /** Says where HTTP is served. It is already, by whoever answers this. */
  listen(wanted: HttpWanted): HttpAddress;
  /** The daemon leaves when what is asked of it is answered. */
  stop(): void;
}

/** Whether it changes nothing. What does more needs the token. */
const reads = {
  health: true,
  metrics: true,
  clients: true,
  queries: true,
  ram: true,
  receipt: true,
  stats: true,
  alerts: true,
  thresholds: true,
  configuration: true,
  setThreshold: false,
  listening: true,
  listen: false,
  stop: false,
} as const satisfies Record<keyof DaemonCalls, boolean> &
  Record<Exclude<DaemonMethod, "signInLink">, boolean>;

/** What a query can say of them: there all is text. Who answers looks at the rest. */
export const sayable: Readonly<Partial<Record<DaemonMethod, OptionShape>>> = {
  queries: {
    limit: "number",
    since: "number",
    slowest: "number",
    client: "text",
    call: "text",
  } satisfies Record<keyof QueriesOptions, OptionKind>,
  ram: { since: "number", points: "number" } satisfies Record<keyof RamAsked, OptionKind>,
};

export function isReading(name: DaemonMethod): boolean {
  return name !== "signInLink" && reads[name];
}
