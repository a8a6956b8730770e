/*
 * A daemon of its own, started from dist as a user starts it, in a folder that goes away with it: its data, its settings, the
 * trees that are indexed. What is asked of it goes through the command line or its HTTP listener, as anybody's would.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { processesOf } from "../daemon/helpers.ts";
import { cli, type Ended } from "../helpers/cli.ts";
import { writeTree } from "../helpers/temp-tree.ts";

export interface WorldMemory {
  text: string;
  [option: string]: unknown;
}

export class World {
  /** Where everything of it lies; no links in its path. */
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "haypile-page-")));
  readonly data = join(this.folder, "data");
  /** Variables of its commands, beside those that name its folders. */
  env: NodeJS.ProcessEnv;
  #port = 0;
  #token: string | undefined;

  constructor(env: NodeJS.ProcessEnv = {}) {
    this.env = env;
  }

  /** "http://127.0.0.1:PORT" */
  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** A port that nobody has is found once, so that the daemon comes back where it was. */
  async start(): Promise<void> {
    mkdirSync(this.data, { recursive: true });
    if (this.#port === 0) this.#port = await freePort();
    await this.run(["start"]);
    await this.until(async () => (await fetch(`${this.origin}/health`)).ok);
  }

  async stop(): Promise<void> {
    this.#token = undefined;
    await this.run(["stop"]);
    await this.until(() => processesOf(this.data).length === 0);
  }

  /** Ends it and takes its folder away. Harmless when it never began. */
  async end(): Promise<void> {
    try {
      await this.cli(["stop"]).catch(() => undefined);
      for (const pid of processesOf(this.data)) {
        try {
          process.kill(pid, "SIGKILL");
        } catch {
          // Gone already.
        }
      }
      await this.until(() => processesOf(this.data).length === 0);
    } finally {
      rmSync(this.folder, { recursive: true, force: true });
    }
  }

  cli(
    args: string[],
    options: { cwd?: string; input?: string; env?: NodeJS.ProcessEnv } = {},
  ): Promise<Ended> {
    return cli(args, {
      cwd: this.folder,
      limitMs: 240_000,
      ...options,
      data: this.data,
      env: {
        HAYPILE_PAGE_PORT: String(this.#port),
        HOME: this.folder,
        ...this.env,
        ...options.env,
      },
    });
  }

  /** @returns what it printed @throws when it failed */
  async run(args: string[], options: { cwd?: string; input?: string } = {}): Promise<string> {
    const ended = await this.cli(args, options);
    if (ended.code !== 0) {
      throw new Error(
        `haypile ${args.join(" ")}: ${ended.code ?? ended.signal}\n${ended.stderr}${ended.stdout}`,
      );
    }
    return ended.stdout;
  }

  /** A link that signs in once. */
  async signInLink(): Promise<string> {
    const said = await this.run(["open", "--print"]);
    const link = /http:\/\/127\.0\.0\.1:\d+\/#code=[\w-]+/u.exec(said)?.[0];
    if (link === undefined) throw new Error(`"haypile open --print" printed no link: ${said}`);
    return link;
  }

  /** Writes a tree of files, indexes it in the daemon, and waits until all of it has its vectors. @returns its folder */
  async index(name: string, files: Record<string, string | Uint8Array>): Promise<string> {
    const folder = join(this.folder, name);
    writeTree(folder, files);
    await this.run(["index", folder]);
    return folder;
  }

  /** @returns their ids, in order */
  async remember(memories: readonly WorldMemory[]): Promise<string[]> {
    const stored = await this.ask<{ id: string }[]>("memories/rememberMany", { items: memories });
    await this.ask("memories/settled");
    return stored.map(({ id }) => id);
  }

  /** A call of /api/v1, as a page of its own makes it: signed in by a link. */
  async ask<Answer>(path: string, said: Record<string, unknown> = {}): Promise<Answer> {
    const answer = await fetch(`${this.origin}/api/v1/${path}`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Authorization: `Bearer ${await this.token()}`,
      },
      body: JSON.stringify(said),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as Answer;
  }

  /** A token of a session of its own. */
  async token(): Promise<string> {
    if (this.#token !== undefined) return this.#token;
    const code = /code=([\w-]+)/u.exec(await this.signInLink())?.[1];
    const answer = await fetch(`${this.origin}/api/v1/session`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ code }),
    });
    this.#token = ((await answer.json()) as { token: string }).token;
    return this.#token;
  }

  /** Waits until something holds; what it throws means that it does not yet. @throws when it does not in time */
  async until(holds: () => boolean | Promise<boolean>, limitMs = 60_000): Promise<void> {
    const end = performance.now() + limitMs;
    let last: unknown;
    for (;;) {
      try {
        if (await holds()) return;
      } catch (error) {
        last = error;
      }
      if (performance.now() > end)
        throw new Error(`Not so within ${limitMs} ms: ${holds}`, { cause: last });
      await wait(20);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
