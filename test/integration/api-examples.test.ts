/*
 * Every example of docs/api.md, and every block of TypeScript in other pages, as it stands: compiled with strict types,
 * then run in a project of somebody else's.
 */
import { spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { cli } from "../helpers/cli.ts";
import { repository } from "../helpers/model.ts";
import { writeTree } from "../helpers/temp-tree.ts";

// On a machine where other work runs, processes take their time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const folder = join(repository, "docs", "examples");
/** By name; the usual port may be taken on this machine. */
const inPages: Readonly<Record<string, string>> = Object.fromEntries(
  ["README.md", ...readdirSync(join(repository, "docs")).map((name) => join("docs", name))]
    .filter((page) => page.endsWith(".md") && page !== join("docs", "api.md"))
    .flatMap((page) =>
      [...readFileSync(join(repository, page), "utf8").matchAll(/^```ts\n(.*?)^```$/gms)].map(
        ([, text = ""], at) => [
          `${page.replaceAll(/\W/g, "-")}-${at}.ts`,
          text.replace("listen(3030,", "listen(0,"),
        ],
      ),
    ),
);
const names = [
  ...readdirSync(folder).filter((name) => name.endsWith(".ts")),
  ...Object.keys(inPages),
];

/** What the last lines must say, so that an example that does nothing is noticed. */
const says: Readonly<Record<string, RegExp>> = {
  "at-a-revision.ts": /src\/retry\.ts 4 \w{40}[\s\S]*retryDelay[\s\S]*true/,
  "README-md-0.ts": /^$/,
  "docs-mcp-md-0.ts": /^$/,
  "daemon.ts": /src\/retry\.ts[\s\S]*status: 'ok'[\s\S]*http:\/\/127/,
  "embedder.ts": /true all-minilm-l6-v2 256/,
  "errors.ts": /HAYPILE_PATH_MISSING Could not open the folder/,
  "home.ts": /^1 \[/m,
  "index-snapshots.ts": /\d+ 1\ntrue$/m,
  "index-and-search.ts": /src\/retry\.ts:\d+ [\s\S]*src\/retry\.ts is hit/,
  "look-after.ts": /'deflate'|tidy[\s\S]*\.db/,
  "mcp-http.ts": /address: '127\.0\.0\.1'/,
  "mcp-process.ts": /"serverInfo"/,
  "mcp-streams.ts": /haypile[\s\S]*done 1 undefined/,
  "memories.ts": /Deploys go out on Tuesdays[\s\S]*Deploys go out on Wednesdays/,
  "team-index.ts": /^[0-9a-f]{40} [1-9]\d* [0-9a-f]{32} \d+\n0 0 same the build server$/m,
  "symbols.ts": /src\/retry\.ts \d+ exact[\s\S]*FiveTimes/,
  "history.ts": /^[0-9a-f]{40} added Ann Add retries src\/retry\.ts:4/m,
  "watch.ts": /^1 0 0$/m,
};

let project: string;
let env: NodeJS.ProcessEnv;

beforeAll(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), "haypile-examples-")));
  mkdirSync(join(project, "run"), { mode: 0o700 });
  mkdirSync(join(project, "node_modules", "@types"), { recursive: true });
  symlinkSync(repository, join(project, "node_modules", "haypile"));
  for (const name of ["@types/node", "undici-types"]) {
    symlinkSync(join(repository, "node_modules", name), join(project, "node_modules", name));
  }
  cpSync(folder, project, { recursive: true });
  for (const [name, text] of Object.entries(inPages)) writeFileSync(join(project, name), text);
  env = {
    ...process.env,
    HAYPILE_DATA_DIR: join(project, "data"),
    HAYPILE_CACHE_DIR: join(tmpdir(), "haypile-test-graphs"),
    HAYPILE_CONFIG_DIR: join(project, "config"),
    XDG_RUNTIME_DIR: join(project, "run"),
    HAYPILE_DAEMON_IDLE: "60s",
  };
  writeTree(project, {
    "package.json": '{ "type": "module", "private": true }',
    ".gitignore": "node_modules/\ndata/\nrun/\n/*.ts\n",
    "src/retry.ts": `import { jitter } from "./jitter.ts";

/** How long to wait before the next try, milliseconds. */
export function retryDelay(attempt: number): number {
  return 100 * 2 ** attempt + jitter();
}

/** Does work, and tries again when it fails. */
export async function withRetries<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work();
    } catch {
      await new Promise((done) => setTimeout(done, retryDelay(attempt)));
    }
  }
}
`,
    "src/policy.ts": `export interface Policy {
  allows(attempt: number): boolean;
}

export class FiveTimes implements Policy {
  allows(attempt: number): boolean {
    return attempt < 5;
  }
}
`,
    "src/jitter.ts": "export const jitter = (): number => Math.random();\n",
  });
  const git = (...args: string[]) =>
    spawnSync("git", ["-c", "user.name=Ann", "-c", "user.email=ann@example.com", ...args], {
      cwd: project,
    });
  git("init", "-q");
  git("add", "-A");
  git("commit", "-qm", "Add retries");
});

afterAll(async () => {
  await cli(["stop"], { data: join(project, "data"), env });
  rmSync(project, { recursive: true, force: true });
});

it("names what each must say", () => expect(Object.keys(says).sort()).toEqual([...names].sort()));

it("are right by their types", () => {
  const options = {
    strict: true,
    module: "NodeNext",
    target: "ES2022",
    noEmit: true,
    skipLibCheck: true,
    types: ["node"],
  };
  writeFileSync(
    join(project, "tsconfig.json"),
    JSON.stringify({ compilerOptions: options, files: names }),
  );
  const tsc = join(repository, "node_modules", "typescript", "bin", "tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", "."], {
    cwd: project,
    encoding: "utf8",
  });
  expect(stdout).toBe("");
});

const hello = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "t", version: "1" },
  },
};

it.each(names)(
  "%s runs",
  async (name) => {
    rmSync(join(project, "src", "added.ts"), { force: true });
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", name], {
      cwd: project,
      env,
    });
    let output = "";
    let errors = "";
    child.stdout.on("data", (text) => {
      output += text;
      // The one that serves its own stdin ends with it.
      if (output.includes('"serverInfo"')) child.stdin.end();
    });
    child.stderr.on("data", (text) => {
      errors += text;
    });
    if (name === "mcp-process.ts") child.stdin.write(`${JSON.stringify(hello)}\n`);
    else child.stdin.end();
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    expect(code, errors).toBe(0);
    expect(output).toMatch(says[name] as RegExp);
  },
  120_000,
);
