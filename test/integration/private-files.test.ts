/*
 * Everything that Haypile writes is its user's alone. Kind of report: indexes, caches and graphs of mode 0644 in
 * folders of 0755, and with an open umask a second user who moved memories.db away.
 */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bin, cli, type Ended } from "../helpers/cli.ts";
import { writeTree } from "../helpers/temp-tree.ts";

const isRoot = process.geteuid?.() === 0;
const noUser = 65_534;
const minutes = 60_000;

/** Everything below is in it: like a home folder, others may enter. */
let home: string;
let project: string;

beforeAll(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), "haypile-private-")));
  chmodSync(home, 0o755);
  project = join(home, "project");
  writeTree(project, {
    "src/retry.ts": "export function retry(times: number): number {\n  return times + 1;\n}\n",
    "haypile.toml": "[log]\nactivity = true\n",
  });
  mkdirSync(join(home, "run"), { mode: 0o700 });
});

afterAll(async () => {
  await run("022", "stop");
  rmSync(home, { recursive: true, force: true });
});

/** A command with that umask, and folders of its own for all that is kept. */
async function run(umask: string, ...args: string[]): Promise<Ended> {
  return await cli(args, {
    data: "",
    cwd: project,
    limitMs: 5 * minutes,
    before: ["/bin/sh", "-c", `umask ${umask}; exec "$@"`, "sh"],
    env: {
      HOME: home,
      HAYPILE_DATA_DIR: "",
      HAYPILE_CACHE_DIR: "",
      HAYPILE_CONFIG_DIR: "",
      XDG_DATA_HOME: join(home, "share"),
      XDG_CACHE_HOME: join(home, "cache"),
      XDG_CONFIG_HOME: join(home, "config"),
      XDG_RUNTIME_DIR: join(home, "run"),
    },
  });
}

async function mustRun(umask: string, ...args: string[]): Promise<Ended> {
  const ended = await run(umask, ...args);
  expect(ended.code, `${args.join(" ")}: ${ended.stderr}`).toBe(0);
  return ended;
}

const topFolders = ["share/haypile", "cache/haypile", "config/haypile", "run/haypile", ".cursor"];

/** Files, folders and sockets that Haypile has made, the folders before what is in them. */
function written(): string[] {
  const tops = topFolders.map((name) => join(home, name)).filter((path) => existsSync(path));
  return tops.flatMap((top) => [
    top,
    ...readdirSync(top, { recursive: true, withFileTypes: true }).map((entry) =>
      join(entry.parentPath, entry.name),
    ),
  ]);
}

function openToOthers(): string[] {
  return written()
    .filter((path) => (lstatSync(path).mode & 0o077) !== 0)
    .map((path) => `${relative(home, path)} ${(lstatSync(path).mode & 0o777).toString(8)}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Commands that between them write every kind of file. */
async function useEverything(umask: string): Promise<void> {
  await mustRun(umask, "config", "set", "log.activity", "true");
  await mustRun(umask, "config", "trust");
  await mustRun(umask, "index");
  await mustRun(umask, "search", "try again");
  await mustRun(umask, "remember", "We deploy on Tuesdays.");
  await mustRun(umask, "recall", "when do we deploy");
  await mustRun(umask, "compact");
  await mustRun(umask, "doctor");
  await mustRun(umask, "install", "--client", "cursor");
  await mustRun(umask, "start", "--http", String(await freePort()));
  const messages = [
    {
      id: 1,
      method: "initialize",
      params: {
        protocolVersion: "2025-06-18",
        capabilities: {},
        clientInfo: { name: "t", version: "1" },
      },
    },
    { method: "notifications/initialized" },
    { id: 2, method: "tools/call", params: { name: "recall", arguments: { query: "deploy" } } },
  ];
  const lines = messages.map((one) => `${JSON.stringify({ jsonrpc: "2.0", ...one })}\n`).join("");
  const answered = spawnSync(
    "/bin/sh",
    [
      "-c",
      `umask ${umask}; (printf '%s' "$LINES_"; sleep 5) | "$@"`,
      "sh",
      process.execPath,
      bin,
      "mcp",
    ],
    {
      cwd: project,
      timeout: 2 * minutes,
      env: {
        ...process.env,
        LINES_: lines,
        HOME: home,
        XDG_DATA_HOME: join(home, "share"),
        XDG_CACHE_HOME: join(home, "cache"),
        XDG_CONFIG_HOME: join(home, "config"),
        XDG_RUNTIME_DIR: join(home, "run"),
      },
    },
  );
  expect(String(answered.stdout)).toContain("Tuesdays");
}

describe("what Haypile writes", () => {
  it(
    "is 0600 and 0700 under a umask that takes nothing",
    async () => {
      mkdirSync(join(home, ".cursor"), { mode: 0o700 });
      await useEverything("000");
      const names = written().map((path) => relative(home, path));
      // The walk has seen each kind of file.
      for (const kind of [
        /share\/haypile\/indexes\/project-\w+\.db$/u,
        /indexes\/.*\.lock$/u,
        /memories\.db$/u,
        /http-token$/u,
        /trusted-files\.json$/u,
        /logs\/daemon\.log$/u,
        /cache\/haypile\/embeddings\.db$/u,
        /graphs\/weights-\w+$/u,
        /activity\/activity-\d+\.jsonl$/u,
        /config\/haypile\/haypile\.toml$/u,
        /haypile\/run\/daemon\.sock$/u,
        /haypile\/run\/daemon\.json$/u,
        /\.cursor\/mcp\.json$/u,
      ]) {
        expect(
          names.some((name) => kind.test(name)),
          `${kind} in ${names.join("\n")}`,
        ).toBe(true);
      }
      expect(openToOthers()).toEqual([]);
    },
    10 * minutes,
  );

  it(
    "cannot be read, changed, moved or replaced by another user, folder by folder",
    () => {
      if (!isRoot) {
        process.stderr.write("skipped: only the administrator can become another user\n");
        return;
      }
      // With the folders above opened, so that each file and folder has to hold by itself.
      const all = written();
      for (const path of all) {
        const above = path
          .slice(home.length + 1)
          .split("/")
          .slice(0, -1);
        const parents = above.map((_, at) => join(home, ...above.slice(0, at + 1)));
        const modes = parents.map((folder) => statSync(folder).mode & 0o777);
        for (const folder of parents) chmodSync(folder, 0o711);
        const isFolder = lstatSync(path).isDirectory();
        const tries = isFolder
          ? { list: 'ls "$1"', add: 'touch "$1/x"', move: 'mv "$1" "$1.moved"' }
          : {
              read: 'cat "$1"',
              change: 'printf x >> "$1"',
              move: 'mv "$1" "$1.moved"',
              remove: 'rm -f "$1"',
            };
        for (const [what, script] of Object.entries(tries)) {
          const { status } = spawnSync("/bin/sh", ["-c", script, "sh", path], {
            uid: noUser,
            gid: noUser,
            cwd: "/",
          });
          expect(status, `${what} ${relative(home, path)} as another user`).not.toBe(0);
        }
        expect(existsSync(path)).toBe(true);
        for (const [at, folder] of parents.entries()) chmodSync(folder, modes[at] ?? 0o700);
      }
      expect(all.length).toBeGreaterThan(25);
    },
    5 * minutes,
  );

  it(
    "is put right where an earlier version left it open",
    async () => {
      await mustRun("022", "stop");
      for (const path of written()) {
        chmodSync(path, lstatSync(path).isDirectory() ? 0o755 : 0o644);
      }
      const config = join(home, ".cursor", "mcp.json");
      await useEverything("022");
      // A client's file keeps the mode that it had.
      expect(openToOthers().filter((line) => !line.startsWith(".cursor"))).toEqual([]);
      expect(statSync(config).mode & 0o777).toBe(0o644);
    },
    10 * minutes,
  );

  it(
    "leaves what is the user's own to the user",
    async () => {
      const own = join(home, "own");
      mkdirSync(own);
      chmodSync(own, 0o755);
      await mustRun("022", "index", "--db", join(own, "index.db"));
      expect(statSync(own).mode & 0o777).toBe(0o755);
      expect(statSync(join(own, "index.db")).mode & 0o777).toBe(0o600);
      rmSync(join(project, "haypile.toml"));
      await mustRun("022", "config", "init", "--project");
      expect(statSync(join(project, "haypile.toml")).mode & 0o777).toBe(0o644);

      const config = join(home, ".cursor", "mcp.json");
      writeFileSync(config, '{ "mcpServers": {} }\n');
      chmodSync(config, 0o640);
      await mustRun("077", "install", "--client", "cursor");
      expect(statSync(config).mode & 0o777).toBe(0o640);
      expect(statSync(`${config}.haypile-backup`).mode & 0o777).toBe(0o640);
      expect(readFileSync(config, "utf8")).toContain("haypile");
    },
    5 * minutes,
  );
});

describe("a data folder", () => {
  async function statusWith(data: string): Promise<Ended> {
    return await cli(["memories", "stats", "--json"], { data, limitMs: 2 * minutes });
  }

  it(
    "that others can write is closed to them, with a line that says so",
    async () => {
      const data = join(home, "haypile-open");
      mkdirSync(data);
      for (const mode of [0o777, 0o770, 0o720]) {
        chmodSync(data, mode);
        const ended = await statusWith(data);
        expect(ended.code, ended.stderr).toBe(0);
        expect(ended.stderr).toContain(`the data folder ${data} was open to other users`);
        expect(statSync(data).mode & 0o777).toBe(0o700);
      }
      expect((await statusWith(data)).stderr).toBe("");
    },
    5 * minutes,
  );

  it(
    "of another user, or of all, is refused",
    async () => {
      const shared = join(home, "shared");
      mkdirSync(shared);
      chmodSync(shared, 0o1777);
      const ended = await statusWith(shared);
      expect(ended).toMatchObject({ code: 3, stdout: "" });
      expect(ended.stderr).toContain("a folder that all users share");
      expect(statSync(shared).mode & 0o7777).toBe(0o1777);
      expect((await statusWith(join(shared, "mine"))).code).toBe(0);
      if (!isRoot) {
        process.stderr.write("skipped in part: only the administrator can give a folder away\n");
        return;
      }
      const foreign = join(home, "foreign");
      mkdirSync(foreign, { mode: 0o700 });
      chownSync(foreign, noUser, noUser);
      const refused = await statusWith(foreign);
      expect(refused).toMatchObject({ code: 3, stdout: "" });
      expect(refused.stderr).toContain(`belongs to another user (uid ${noUser})`);
      expect(readdirSync(foreign)).toEqual([]);
    },
    5 * minutes,
  );

  it(
    "that is no folder of Haypile alone stays open to be read",
    async () => {
      const data = join(home, "mixed");
      mkdirSync(data);
      writeFileSync(join(data, "page.html"), "<p>");
      chmodSync(data, 0o775);
      await statusWith(data);
      expect(statSync(data).mode & 0o777).toBe(0o755);
      expect(statSync(join(data, "memories.db")).mode & 0o777).toBe(0o600);
    },
    5 * minutes,
  );
});
