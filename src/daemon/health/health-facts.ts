/*
 * The health of the daemon: what is measured of it, looked at every ten seconds against the marks of the user, and told to
 * who is to be told. A look reads counters; only pending work is counted in the databases, and only where they changed.
 */
import { statfsSync } from "node:fs";
import { openDatabases } from "../../base/measures/databases.ts";
import type { TimeHistogram } from "../../base/measures/histogram.ts";
import { type WriteKind, writeMeasures } from "../../base/measures/writes.ts";
import type { Environment } from "../../config/environment/env.ts";
import { commandWords } from "../../config/options/alert-options.ts";
import type { Hub } from "../../haypile/hub.ts";
import { logBytesOf, processStats } from "../../haypile/stats.ts";
import type {
  Alert,
  Alerts,
  LaneStats,
  Stats,
  Thresholds,
} from "../../ports/answers/daemon/stats.ts";
import type { EventLog } from "../log/log-file.ts";
import { healthFamilies } from "../metrics/health-families.ts";
import type { Upkeep } from "../upkeep/upkeep.ts";
import { AlertBook, type RuleReading } from "./alert-book.ts";
import { LastMinute } from "./last-minute.ts";
import { LoopDelay } from "./loop-delay.ts";
import { Telling } from "./telling.ts";
import { UserThresholds } from "./thresholds.ts";

export const lookEveryMs = 10_000;
/** Of fewer writes or calls in a minute no share is taken. */
const leastOfMinute = 20;
const webhookPausesMs = [1_000, 5_000];

export interface HealthParts {
  environment: Environment;
  log: EventLog;
  hub: Hub;
  limit: () => { limitBytes: number; usedBytes: number } | undefined;
  lanes: () => Record<"interactive" | "background", LaneStats>;
  clients: () => { mcp: number; rpc: number; served: number };
  calls: () => { ok: number; failed: number };
  upkeep: Pick<Upkeep, "stats" | "failing">;
}

export class HealthFacts {
  readonly #parts: HealthParts;
  readonly #thresholds: UserThresholds;
  readonly #book = new AlertBook();
  readonly #lastMinute: LastMinute;
  readonly #loop = new LoopDelay();
  readonly #command: Telling;
  readonly #webhook: Telling;
  readonly #timer: NodeJS.Timeout;

  constructor(parts: HealthParts) {
    const { environment, log } = parts;
    this.#parts = parts;
    this.#lastMinute = new LastMinute(performance.now(), parts.calls());
    this.#thresholds = new UserThresholds(environment);
    const failed = (by: string) => (error: string) =>
      log.write("warn", "alert not told", { by, error });
    this.#command = new Telling(
      async (alert) => {
        const { tellByCommand } = await import("./tell-command.ts");
        const { variables, dataFolder: folder } = environment;
        await tellByCommand(this.#commandWords ?? [], alert, { variables, folder });
      },
      [],
      () => true,
      failed("command"),
    );
    this.#webhook = new Telling(
      async (alert) => {
        const { tellByWebhook } = await import("./tell-webhook.ts");
        await tellByWebhook(this.#thresholds.text("alerts.webhook"), alert);
      },
      webhookPausesMs,
      (error) => error instanceof Error && error.name === "WebhookRefused",
      failed("webhook"),
    );
    this.#timer = setInterval(() => this.look(), lookEveryMs).unref();
  }

  /** For the socket and /api/v1/daemon. */
  readonly methods = {
    stats: (): Stats => this.stats(),
    alerts: (): Alerts => this.alerts(),
    thresholds: (): Thresholds => this.#thresholds.list(),
    setThreshold: (given: unknown): Thresholds => {
      const { option, value } = (given ?? {}) as { option?: unknown; value?: unknown };
      const set = this.#thresholds.set(option, value);
      const { log } = this.#parts;
      log.write("info", "threshold set", { ...set.written, path: set.path });
      return set;
    },
  };

  stats(): Stats {
    const { environment, limit, lanes, clients, calls } = this.#parts;
    const lastMinute = (kind: WriteKind, whole: TimeHistogram) =>
      this.#lastMinute.writes(kind, whole);
    return {
      ...processStats(environment, limit(), this.#loop.read(), lastMinute),
      rates: this.#lastMinute.rates(performance.now()),
      lanes: lanes(),
      clients: clients(),
      calls: calls(),
      alerts: this.#book.now(),
      upkeep: this.#parts.upkeep.stats(),
    };
  }

  alerts(): Alerts {
    const now = this.#book.now();
    const lately = this.#book.lately();
    const isOn = (name: "alerts.command" | "alerts.webhook") =>
      this.#thresholds.text(name) !== "off";
    return {
      now,
      lately,
      command: isOn("alerts.command") ? { ...this.#command.stats } : undefined,
      webhook: isOn("alerts.webhook") ? { ...this.#webhook.stats } : undefined,
    };
  }

  /** Families of /metrics. */
  families(): string {
    return healthFamilies(this.stats());
  }

  /** One look. */
  look(): void {
    const { log } = this.#parts;
    const problem = this.#thresholds.refresh();
    if (problem !== undefined) log.write("warn", "thresholds", { error: problem });
    let changed: Alert[] = [];
    try {
      changed = this.#book.look(this.#readings());
    } catch (error) {
      log.write("warn", "health", { error: String(error) });
    }
    this.#lastMinute.copy(performance.now(), this.#parts.calls());
    for (const alert of changed) this.#tell(alert);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#loop.close();
    this.#command.close();
    this.#webhook.close();
  }

  get #commandWords(): string[] | undefined {
    return commandWords(this.#thresholds.text("alerts.command"));
  }

  #tell(alert: Alert): void {
    const { log, hub } = this.#parts;
    const level =
      alert.level === "critical" ? "error" : alert.level === "warning" ? "warn" : "info";
    log.write(level, "alert", { rule: alert.rule, alert: alert.level, text: alert.text });
    hub.tell("alert", () => alert);
    if (this.#commandWords !== undefined) this.#command.add(alert);
    if (this.#thresholds.text("alerts.webhook") !== "off") this.#webhook.add(alert);
  }

  #readings(): RuleReading[] {
    const { limit, lanes, calls, environment } = this.#parts;
    const memory = limit();
    const usedBytes = memory?.usedBytes ?? process.memoryUsage.rss();
    const share = memory && { share: usedBytes / memory.limitBytes };
    const logBytes = openDatabases().map(({ logPages, pageBytes }) =>
      logBytesOf(logPages, pageBytes),
    );
    const { interactive, background } = lanes();
    const { ok, failed } = this.#lastMinute.calls(calls());
    const { failing } = this.#parts.upkeep;
    const of = (
      rule: RuleReading["rule"],
      says: string,
      values: RuleReading["values"],
      falls = false,
    ): RuleReading => ({ rule, says, values, falls, limits: this.#thresholds.limits(rule) });
    return [
      of("rss", "The memory of all our processes", { bytes: usedBytes, ...share }),
      of("write-p95", "The time that 95 of 100 writes stay below", { ms: this.#slowestWrites() }),
      of("wal-size", "The largest log of a database", { bytes: Math.max(0, ...logBytes) }),
      of("pending", "The number of texts without a vector", this.#pending()),
      of("queue", "The number of calls that wait", {
        count: interactive.queued + background.queued,
      }),
      of("error-rate", "The share of calls that failed", {
        share: ok + failed < leastOfMinute ? 0 : failed / (ok + failed),
      }),
      of("disk-free", "What is free on the disk of the data folder", freeOn(environment), true),
      of("upkeep", `The number of kinds of upkeep that failed${named(failing)}`, {
        count: failing.length,
      }),
    ];
  }

  #slowestWrites(): number {
    const p95 = writeMeasures.kinds().map(([kind, { whole }]) => {
      const minute = this.#lastMinute.writes(kind, whole);
      return minute.count < leastOfMinute ? 0 : minute.percentile(0.95);
    });
    return Math.max(0, ...p95);
  }

  /** Not counted where nobody set a mark. */
  #pending(): { count: number } | undefined {
    if (this.#thresholds.limits("pending").warning === undefined) return undefined;
    const counts = openDatabases().map(({ pending }) => {
      try {
        return pending?.().vectors ?? 0;
      } catch {
        return 0;
      }
    });
    return { count: counts.reduce((sum, count) => sum + count, 0) };
  }
}

function freeOn({ dataFolder }: Environment): { bytes: number; share: number } | undefined {
  try {
    const { bavail, bsize, blocks } = statfsSync(dataFolder);
    return { bytes: bavail * bsize, share: blocks === 0 ? 1 : bavail / blocks };
  } catch {
    return undefined;
  }
}

function named(tasks: readonly string[]): string {
  return tasks.length === 0 ? "" : ` (${tasks.join(", ")}: "haypile stats" says why)`;
}
