/*
 * Every example of every --help and every fenced command of the docs, run by a shell as it stands, in a home folder with a
 * project in ~/src/app. The report: remember --anchor stood in the help and had never worked.
 */
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { Command } from "commander";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { clients, entryOf } from "../../src/cli/clients/table.ts";
import { makeProgram } from "../../src/cli/main.ts";
import { parseOptions } from "../../src/config/file/read-file.ts";
import { bin } from "../helpers/cli.ts";
import { repository } from "../helpers/model.ts";
import { databaseOn, type PostgresServer, testServer, whyNoPostgres } from "../helpers/postgres.ts";
import { writeTree } from "../helpers/temp-tree.ts";
import { writeTinyModel } from "../helpers/tiny-model.ts";
import { writeTinyReranker } from "../helpers/tiny-reranker.ts";

// On a machine where other work runs, processes take their time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

let home: string;
let app: string;
let env: NodeJS.ProcessEnv;

interface Rule {
  /** Examples it is about. */
  of: RegExp;
  /** Run before, by the same shell. */
  before?: string;
  /** Words that stand for something that is known only now. */
  fill?: (example: string) => string;
  /** Goes on until Ctrl-C: that is sent when this was said. */
  until?: RegExp;
  /** How it may end, beside 0, and what it must say then. */
  may?: readonly { code: number; says: RegExp; why: string }[];
}

const needsIndex =
  "test -e $HOME/indexed || { haypile index ~/src/app -q && touch $HOME/indexed; }";

/** The id of a memory that is made now. */
function remembered(text: string): string {
  const ended = shell(`haypile remember ${JSON.stringify(text)} --on-duplicate keep --json`);
  return String(JSON.parse(ended.stdout).id);
}

/** A server of this test alone, since examples name roles; its database stands where they name db.example. */
let server: PostgresServer | undefined;
let store = "";

/** Nothing where there is no server on this system. */
function overServer(script: string): string {
  return whyNoPostgres === undefined ? script : "true";
}

function atStore(example: string): string {
  return example.replace(/postgres:\/\/\w+@db\.example\/\w+/, store);
}

/** The first that fits is taken. */
const rules: readonly Rule[] = [
  {
    of: /^haypile team /,
    fill: (example) => {
      // A role is made once, and is there for the others.
      const own = example.includes("--create")
        ? example.replace(/grant (\w+)/, "grant $1_too")
        : example;
      const named = own.includes("--store") ? atStore(own) : `${own} --store ${store}`;
      return overServer(`haypile team init --store ${store} --json > /dev/null && ${named}`);
    },
  },
  {
    // Back again: the other examples are of the memories here.
    of: /^haypile move --to postgres/,
    before: 'haypile remember "a note that moves" --on-duplicate keep',
    fill: (example) => overServer(`${atStore(example)} && haypile move --to sqlite`),
  },
  {
    of: /^haypile move --to sqlite/,
    fill: (example) => overServer(`haypile move --to ${store} && ${example}`),
  },
  {
    of: /^haypile config set (index|memories)\.store/,
    fill: (example) => `${example} && haypile config set ${example.split(" ")[3]} sqlite`,
  },
  {
    of: /^haypile serve .*--cert/,
    may: [
      { code: 3, says: /server\.pem/, why: "a certificate is whoever's server it is" },
      { code: 7, says: /no keys from/, why: "tests have no network" },
    ],
  },
  { of: /^haypile serve/, until: /127\.0\.0\.1:3040/ },
  { of: /^haypile tokens add (\w+)/, before: "rm -f $XDG_DATA_HOME/haypile/serve-clients.json" },
  { of: /^haypile tokens revoke ci/, before: "haypile tokens add ci --read team || true" },
  { of: /^haypile watch/, until: /watching/ },
  {
    of: /^haypile snapshot .*(?:\d{8}T\d{9}Z-[0-9a-f]{6}).*--index/,
    before: "haypile index",
    fill: (example) =>
      example.replace(
        /\d{8}T\d{9}Z-[0-9a-f]{6}/,
        String(JSON.parse(shell("haypile snapshot create --index --json").stdout).id),
      ),
  },
  {
    of: /^haypile snapshot verify --index/,
    before: "haypile index && haypile snapshot create --index",
  },
  { of: /^haypile snapshot create --index/, before: "haypile index" },
  {
    of: /^haypile snapshot .*(?:\d{8}T\d{9}Z-[0-9a-f]{6})/,
    before: "rm -f then.db",
    fill: (example) =>
      example.replace(
        /\d{8}T\d{9}Z-[0-9a-f]{6}/,
        String(JSON.parse(shell("haypile snapshot create --json").stdout).id),
      ),
  },
  {
    of: /^haypile snapshot prune --holding/,
    fill: (example) => example.replace(/\w{16}$/, remembered("to be gone from all of them")),
  },
  { of: /^haypile snapshot verify/, before: "haypile snapshot create" },
  { of: /^haypile stats --watch/, until: /^Process \d+/m },
  { of: /^haypile logs -f/, before: "haypile start", until: /event|listening|start/ },
  { of: /^haypile (?:logs|restart|status --daemon|config .* --daemon)/, before: "haypile start" },
  {
    of: /^haypile start --http \d/,
    may: [{ code: 3, says: /HAYPILE_PORT_TAKEN/, why: "another program may have that port" }],
  },
  {
    of: /^haypile status --memory --watch/,
    before: needsIndex,
    until: /Memory of this process[\s\S]*Memory of this process/,
  },
  {
    of: /^haypile forget \w{16}$/,
    fill: (example) => example.replace(/\w{16}$/, remembered("to be forgotten")),
  },
  {
    of: /^haypile memories merge/,
    fill: (example) => {
      const two = `${remembered("deploys go out on some day")} ${remembered("they go out on Tuesdays")}`;
      return example.replace(/\w{16} \w{16}|ID OTHER/, two);
    },
  },
  {
    of: /^haypile forget .*TOKEN/,
    before: 'haypile remember "a scratch note" --tag scratch',
    fill: (example) =>
      example.replace(
        "TOKEN",
        String(
          JSON.parse(
            shell(
              'haypile remember "a scratch note" --tag scratch > /dev/null; haypile forget --tag scratch --json',
            ).stdout,
          ).confirm,
        ),
      ),
  },
  { of: /^haypile forget/, before: 'haypile remember "a scratch note" --tag scratch' },
  {
    of: /^haypile memories import/,
    before: "test -e memories.jsonl || haypile memories export > memories.jsonl",
  },
  { of: /^haypile memories sync/, before: "mkdir -p ~/Dropbox ~/notes" },
  {
    of: /^haypile models add/,
    may: [{ code: 5, says: /HAYPILE_DOWNLOAD_FAILED/, why: "tests have no network" }],
  },
  {
    of: /^haypile models quantise/,
    before:
      "rm -rf models/my-model-int8 models/my-model/model_quantized.onnx; mkdir -p models; cp -r $HOME/models/my-model models/; seq 1 40 > questions.txt",
    // Random weights lose more than those of a real model.
    fill: (example) => `${example} --least-cosine 0`,
  },
  {
    of: /^haypile doctor --provider cuda/,
    may: [{ code: 6, says: /failed: provider asked for/, why: "few machines of ours have CUDA" }],
  },
  {
    of: /^haypile compact --target -/,
    before: needsIndex,
    may: [
      {
        code: 2,
        says: /Expected a target that can be reached/,
        why: "a small index has little to give",
      },
    ],
  },
  { of: /^haypile reset/, before: "rm -f $HOME/indexed; haypile index ~/src/app -q" },
  {
    of: /^haypile config init/,
    before: "rm -f ~/src/app/haypile.toml $XDG_CONFIG_HOME/haypile/haypile.toml",
  },
  {
    of: /^haypile config trust/,
    before: "printf '[search]\\nlimit = 5\\n' > ~/src/app/haypile.toml",
  },
  {
    of: /^haypile migrate --down/,
    before: `${needsIndex}; haypile remember "before going back"; haypile stop`,
    may: [{ code: 3, says: /--accept-loss/, why: "other examples sync the memories" }],
  },
  {
    // Back again: the other examples are of the usual model.
    of: /^haypile migrate-model --model bge/,
    before: needsIndex,
    fill: (example) => `${example} && haypile migrate-model --model static-code-256`,
  },
  {
    // The head of an index without documents.
    of: /^haypile index --scip/,
    before: "printf '\\012\\005\\022\\003\\012\\001t' > index.scip",
  },
  {
    of: /^haypile index (export|import|trust \w+\.)/,
    before:
      "git tag -f v1.2; haypile index ~/src/app -q; haypile index export app.haypile-index -q; rm -f ~/app.haypile-index",
  },
  { of: /^haypile index key \w/, before: "rm -f build-server.pem" },
  {
    of: /^haypile collections (add|remove)/,
    before:
      "mkdir -p ~/src/app ~/src/pay-web; haypile collections add payments ~/src/app ~/src/pay-web",
  },
  { of: /^haypile collections/, before: "mkdir -p ~/src/app" },
  {
    of: /^haypile search .*--across payments/,
    before: `${needsIndex}; haypile collections add payments ~/src/app`,
  },
  { of: /^haypile analyze/, before: needsIndex },
  // It measures ONNX Runtime, so it wants the usual model.
  { of: /^haypile doctor --bench/, fill: (example) => `env -u HAYPILE_MODEL ${example}` },
  {
    of: /^haypile (config|install|uninstall|tokens|models|doctor|start|stop|completion|remember|recall|memories|snapshot|mcp|index)\b/,
  },
  { of: /^git log .*haypile remember/ },
  { of: /^haypile /, before: needsIndex },
];

/** Not run here, each with its reason. */
const elsewhere: Readonly<Record<string, string>> = {
  "scripts/build-image amd64": "scripts/test-image builds it and runs it (test/container)",
  "npm install -g haypile && haypile install":
    "test/package/stranger.test.ts does it with the packed packages",
  "npx @sourcegraph/scip-typescript index":
    "a program of others that npm fetches; test/helpers/scip-bytes.ts writes what it would",
  "npm install @haypile/model-e5-small-v2":
    "a package of its own; test/integration/memories/model.test.ts has a model in its place",
};

function shell(script: string): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync("bash", ["-c", `set -o pipefail\n${script}`], {
    cwd: app,
    env,
    encoding: "utf8",
    input: "",
    timeout: 110_000,
  });
  return { code: status, stdout, stderr };
}

/** Runs what goes on until it has said something, then interrupts it. */
function interrupted(
  script: string,
  until: RegExp,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn("bash", ["-c", `exec ${script}`], {
    cwd: app,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new Promise((resolve) => {
    let stdout = "";
    let stderr = "";
    let isSent = false;
    const timer = setTimeout(() => child.kill("SIGKILL"), 100_000);
    const look = (): void => {
      if (isSent || !until.test(stdout + stderr)) return;
      isSent = true;
      child.kill("SIGINT");
    };
    child.stdout.on("data", (text) => {
      stdout += text;
      look();
    });
    child.stderr.on("data", (text) => {
      stderr += text;
      look();
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr });
    });
  });
}

async function runExample(example: string): Promise<void> {
  const rule = rules.find(({ of }) => of.test(example));
  if (rule === undefined) throw new Error(`no rule says what "${example}" needs`);
  if (rule.before !== undefined) {
    const before = shell(rule.before);
    expect(before.code, `${rule.before}: ${before.stderr}`).toBe(0);
  }
  const filled = rule.fill?.(example) ?? example;
  const ended = rule.until === undefined ? shell(filled) : await interrupted(filled, rule.until);
  if (ended.code !== 0) {
    const allowed = rule.may?.find(({ code }) => code === ended.code);
    expect(
      allowed,
      `${filled} ended with ${ended.code}: ${ended.stderr}${ended.stdout}`,
    ).toBeDefined();
    expect(ended.stderr).toMatch(allowed?.says as RegExp);
  }
  expect(ended.stderr).not.toContain("HAYPILE_INTERNAL");
  if (example.includes("--json")) JSON.parse(ended.stdout);
}

/** Lines after "Examples:", without what is said of them. */
function examplesOf(help: string): string[] {
  const [, after = ""] = help.split(/^Examples:\n/m);
  return after
    .split("\n\n")[0]
    ?.split("\n")
    .map((line) => line.trim().replace(/ {2,}\S.*$/, ""))
    .filter((line) => line !== "") as string[];
}

function helpExamples(command: Command, path = "haypile"): [string, string][] {
  let help = "";
  command.configureOutput({
    writeOut: (text) => {
      help += text;
    },
  });
  command.outputHelp();
  const own = examplesOf(help).map((example): [string, string] => [path, example]);
  const below = command.commands.filter((one) => one.name() !== "help" && one.name() !== "daemon");
  return [...own, ...below.flatMap((one) => helpExamples(one, `${path} ${one.name()}`))];
}

interface Fence {
  page: string;
  language: string;
  text: string;
}

/** Fenced blocks of all pages but those that are made of examples with a test of their own. */
const fences: readonly Fence[] = [
  ...["README.md", "CONTRIBUTING.md", "SECURITY.md", "UPGRADING.md", "bench/README.md"],
  ...readdirSync(join(repository, "docs"))
    .filter((name) => name.endsWith(".md") && name !== "api.md" && name !== "json.md")
    .map((name) => join("docs", name)),
].flatMap((page) =>
  [...readFileSync(join(repository, page), "utf8").matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(
    ([, language = "", text = ""]) => ({ page, language, text }),
  ),
);
const commandsOf = ({ language, text }: Fence): string[] =>
  ["", "sh", "bash", "console"].includes(language)
    ? text
        .split("\n")
        .map((line) =>
          line
            .replace(/^\$ /, "")
            .replace(/ {2,}#.*$/, "")
            .trim(),
        )
        .filter((line) => /^(haypile|git|npm|node|npx|scripts\/)\b/.test(line))
    : [];

const inHelp = helpExamples(await makeProgram(new AbortController().signal, true));
const inDocs = fences.flatMap((fence) =>
  commandsOf(fence).map((command): [string, string] => [fence.page, command]),
);

beforeAll(async () => {
  if (whyNoPostgres === undefined) {
    server = await testServer();
    const database = await databaseOn(server);
    store = database.url;
    await database.ask(
      "CREATE ROLE alice LOGIN; CREATE ROLE bob LOGIN; CREATE ROLE carol LOGIN; CREATE ROLE dave LOGIN",
    );
  }
  home = realpathSync(mkdtempSync(join(tmpdir(), "haypile-home-")));
  app = join(home, "src", "app");
  mkdirSync(join(home, "run"), { mode: 0o700 });
  for (const folder of [
    ".cursor",
    ".local/share/bash-completion/completions",
    ".config/fish/completions",
    "zsh",
    "bin",
  ]) {
    mkdirSync(join(home, folder), { recursive: true });
  }
  writeFileSync(
    join(home, "bin", "haypile"),
    `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`,
  );
  chmodSync(join(home, "bin", "haypile"), 0o755);
  // Read by bash before each script: the array of zsh that one example names.
  writeFileSync(join(home, "bashenv"), `fpath=(none "${join(home, "zsh")}")\n`);
  writeTinyModel(join(home, "models", "my-model"), { weightsMegabytes: 1 });
  writeTinyReranker(join(home, "models", "ms-marco-minilm"), { words: { delete: 2, user: 3 } });
  writeTree(app, {
    "src/app.ts":
      "import { parseConfig } from './config/load.ts';\nexport const app = parseConfig('a=1');\nexport function open(path: string): string {\n  return path;\n}\n",
    "src/config/load.ts":
      "/** Parses the configuration. */\nexport function parseConfig(text: string): string[] {\n  return text.split('=');\n}\nexport class Manager {\n  all(): string[] {\n    return parseConfig('b=2');\n  }\n}\n",
    "src/http.ts":
      "/** Tries again with back-off. */\nexport function retry(work: () => void): void {\n  work();\n}\n",
    "net/backoff.go":
      "package net\n\n// retryDelay says how long to wait before a retry.\nfunc retryDelay(n int) int {\n\treturn n * 2\n}\n",
    "README.md": "# App\n\nWho may delete a user.\n",
  });
  const { HAYPILE_DATA_DIR: _data, HAYPILE_CACHE_DIR: _cache, ...rest } = process.env;
  env = {
    ...rest,
    HOME: home,
    PATH: [join(home, "bin"), dirname(process.execPath), process.env.PATH].join(delimiter),
    BASH_ENV: join(home, "bashenv"),
    XDG_CONFIG_HOME: join(home, ".config"),
    XDG_DATA_HOME: join(home, ".local", "share"),
    XDG_CACHE_HOME: join(home, ".cache"),
    XDG_RUNTIME_DIR: join(home, "run"),
    // The small model: what is looked at here is the command line.
    HAYPILE_MODEL: "static",
    HAYPILE_DAEMON_IDLE: "120s",
    // At the usual port or the next, and no browser of whoever runs the tests.
    HAYPILE_PAGE_PORT: "",
    DISPLAY: "",
    WAYLAND_DISPLAY: "",
    HTTPS_PROXY: "http://127.0.0.1:9",
    GIT_CONFIG_GLOBAL: "/dev/null",
  };
  const made = shell(
    'git init -q -b main && git add . && git -c user.name=a -c user.email=a@b commit -qm "Add retries with back-off" && git tag v1.2',
  );
  expect(made.code, made.stderr).toBe(0);
}, 60_000);

afterAll(async () => {
  shell("haypile stop");
  await server?.close();
  rmSync(home, { recursive: true, force: true });
});

describe("examples of --help", () => {
  it("are many, and every command that does something has some", async () => {
    expect(inHelp.length).toBeGreaterThan(70);
    const program = await makeProgram(new AbortController().signal);
    const without = program.commands
      .filter(
        (one) => one.commands.length === 0 && one.name() !== "daemon" && one.name() !== "help",
      )
      .map((one) => one.name())
      .filter((name) => !inHelp.some(([path]) => path === `haypile ${name}`));
    expect(without).toEqual([]);
  });

  it.each(inHelp)("%s: %s", async (_, example) => await runExample(example), 240_000);
});

describe("fenced blocks of the docs", () => {
  it.each(inDocs)(
    "%s: %s",
    async (_, command) => {
      if (Object.hasOwn(elsewhere, command)) return;
      await runExample(command);
    },
    240_000,
  );

  it("name no command that is run elsewhere without need", () => {
    const all = inDocs.map(([, command]) => command);
    expect(all.length).toBeGreaterThan(10);
    expect(Object.keys(elsewhere).filter((command) => !all.includes(command))).toEqual([]);
  });

  it("of TOML are files that Haypile or a client reads", () => {
    const blocks = fences.filter(
      ({ language, page }) => language === "toml" && page !== "README.md",
    );
    expect(blocks.length).toBeGreaterThan(0);
    for (const { page, text } of blocks) expect(() => parseOptions(text, page)).not.toThrow();
  });

  it("of the README are the entries that haypile install writes, one for each client", () => {
    const blocks = fences.filter(
      ({ page, language }) => page === "README.md" && /json|toml/.test(language),
    );
    expect(blocks).toHaveLength(clients.length);
    for (const client of clients) {
      const entry = entryOf(client, { command: "haypile", args: ["mcp", "--client", client.name] });
      const fitting = blocks.filter(({ language, text }) => {
        if (language === "toml") {
          return (
            client.format === "toml" &&
            text.includes(`[${client.key}.haypile]`) &&
            text.includes(`args = ["${(entry.args as string[]).join('", "')}"]`)
          );
        }
        if (client.format !== "json") return false;
        return (
          JSON.stringify(JSON.parse(text)) === JSON.stringify({ [client.key]: { haypile: entry } })
        );
      });
      expect(fitting, client.name).toHaveLength(1);
    }
  });
});

describe("README.md", () => {
  const lines = readFileSync(join(repository, "README.md"), "utf8").split("\n");

  it("says in line ten how to install and connect, and names the two commands of a clone", () => {
    expect(lines[9]).toBe("npm install -g haypile && haypile install");
    expect(lines.join("\n")).toMatch(/^ {4}scripts\/try \[folder\] \[query\]/m);
    expect(lines.join("\n")).toMatch(/^ {4}scripts\/test /m);
  });

  it("names pages that are there, and every page of docs", () => {
    const named = [
      ...lines.join("\n").matchAll(/`((?:docs|bench)\/[\w./-]+|[A-Z]+(?:\.md)?)`/g),
    ].map(([, name = ""]) => name);
    const files = named.filter((name) => /^(docs|bench)\/|\.md$|^(LICENSE|NOTICE)$/.test(name));
    for (const name of files)
      expect(readdirSync(join(repository, dirname(name))), name).toContain(
        name.replace(/\/$/, "").split("/").pop(),
      );
    const pages = readdirSync(join(repository, "docs")).filter((name) => name.endsWith(".md"));
    expect(pages.filter((name) => !files.includes(`docs/${name}`))).toEqual([]);
  });
});
