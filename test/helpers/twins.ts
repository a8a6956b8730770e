/*
 * The same commands twice: one data folder has a daemon, the other's commands say --here. What they say is compared
 * without what two runs of one command differ in.
 */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readEnvironment } from "../../src/config/environment/env.ts";
import { connect, type DaemonClient } from "../../src/haypile/there.ts";
import { kill, processesOf, until } from "../daemon/helpers.ts";
import { type CliOptions, cli, type Ended } from "./cli.ts";

export interface Step {
  args: string[];
  input?: string;
  cwd?: string;
}

/** What one of the two has said, without what differs from run to run. */
export interface Said {
  code: number | null;
  /** Read as JSON where --json was asked for and something came. */
  stdout: unknown;
  stderr: string;
}

const small = { HAYPILE_MODEL: "static-code-256", XDG_RUNTIME_DIR: "" };

class Twin {
  readonly data = realpathSync(mkdtempSync(join(tmpdir(), "haypile-twin-")));
  readonly #ids: string[] = [];
  /** Given out last; two previews have one token when they come within a second. */
  #token = "none";
  readonly env: NodeJS.ProcessEnv = {
    ...small,
    HAYPILE_CACHE_DIR: join(this.data, "cache"),
    // An index that is brought up to date by itself is not the twin of one that is not.
    HAYPILE_WATCH: "off",
  };

  /** "<id 1>" among the words is what this one calls so, "<token>" what was given out last. */
  async run(step: Step, options: Partial<CliOptions> = {}): Promise<Ended> {
    const args = step.args.map((arg) =>
      arg
        .replace(/<id (\d+)>/u, (_, n: string) => this.#ids[Number(n) - 1] ?? "none")
        .replace("<token>", this.#token),
    );
    const { input, cwd } = step;
    const given = { ...(input !== undefined && { input }), ...(cwd !== undefined && { cwd }) };
    return await cli(args, { data: this.data, env: this.env, ...given, ...options });
  }

  /**
   * Without its own folder and ids, and what is never twice the same: times, rates, sizes, process numbers, and lines
   * of progress, which come after a while.
   */
  plain(text: string): string {
    const named = (known: string[], kind: string) => (word: string) => {
      if (!known.includes(word)) known.push(word);
      return `<${kind} ${known.indexOf(word) + 1}>`;
    };
    return (
      text
        .replaceAll(this.data, "<data>")
        .replaceAll(/^haypile: (?:reading|embedding) .*\n/gmu, "")
        .replaceAll(/\b[0-9a-z]{6}-[0-9a-f]{20}\b/gu, (token) => {
          this.#token = token;
          return "<token>";
        })
        // One of some ten thousand ids has no letter above f, as sums have none: where it is named it is one.
        .replaceAll(
          /(?<="id": ?")[0-9a-hjkmnp-tv-z]{16}\b|\b(?=[0-9a-f]*[g-z])[0-9a-hjkmnp-tv-z]{16}\b/gu,
          named(this.#ids, "id"),
        )
        .replaceAll(/\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?Z?)?)?/gu, "<time>")
        .replaceAll(/\b\d[\d.,]* (?:ns|µs|ms|s|min|h)\b/gu, "<duration>")
        .replaceAll(/\b\d[\d.,]* (?:B|kB|MB|GB)\b/gu, "<bytes>")
        .replaceAll(/\b\d[\d.,]*\/s\b/gu, "<rate>")
        .replaceAll(/\bprocess \d+\b/gu, "process <number>")
    );
  }

  /** Numbers of JSON that are times, or bytes on disk or in RAM. */
  plainJson(text: string): unknown {
    return JSON.parse(this.plain(text), (key, value: unknown) => {
      if (/^(?:timesMs|memory|bytesRead)$|(?:Ms|Bytes)$|^bytesOnDisk$/u.test(key))
        return shapeOf(value);
      // The daemon has kept what it found before.
      if (key === "fromCache" && typeof value === "string") return undefined;
      // A memory is a little older when it is asked for later.
      return typeof value === "number" ? Number(value.toFixed(4)) : value;
    });
  }
}

/** Names and types, without values. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return "list";
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shapeOf(one)]));
}

export class Twins {
  readonly through = new Twin();
  readonly here = new Twin();
  #client: DaemonClient | undefined;

  /** Starts the daemon of the first. */
  async start(): Promise<void> {
    const started = await this.through.run({ args: ["start"] });
    if (started.code !== 0) throw new Error(started.stderr);
    const { data, env } = this.through;
    const variables = { ...process.env, ...env, HAYPILE_DATA_DIR: data };
    const environment = readEnvironment({ ...variables, HAYPILE_CONFIG_DIR: join(data, "config") });
    this.#client = await connect({ environment, start: false });
  }

  async end(): Promise<void> {
    await this.#client?.close();
    for (const { data } of [this.through, this.here]) {
      for (const pid of processesOf(data)) kill(pid);
      await until(() => processesOf(data).length === 0);
      rmSync(data, { recursive: true, force: true });
    }
  }

  /** Clients that the daemon has served since its start. */
  async served(): Promise<number> {
    const text = (await this.#client?.metrics()) ?? "";
    return Number(/^haypile_clients_total (\d+)$/mu.exec(text)?.[1]);
  }

  /** Runs a step through the daemon and here. */
  async both(step: Step): Promise<{ through: Said; here: Said; served: number }> {
    const before = await this.served();
    const [through, here] = await Promise.all([
      this.through.run(step),
      this.here.run({ ...step, args: [...step.args, "--here"] }),
    ]);
    const isJson = step.args.includes("--json");
    return {
      through: saidBy(this.through, through, isJson),
      here: saidBy(this.here, here, isJson),
      served: (await this.served()) - before,
    };
  }
}

function saidBy(twin: Twin, { code, stdout, stderr }: Ended, isJson: boolean): Said {
  const lines = isJson && stdout !== "" ? twin.plainJson(stdout) : twin.plain(stdout);
  return { code, stdout: lines, stderr: twin.plain(stderr) };
}
