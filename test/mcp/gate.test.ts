/*
 * One gate for every path of a project: each entrance against one list of bad paths. Reports of the kind: a memory
 * could be anchored to .env or to a link that leads outside, and recall printed what had changed in it.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { Client, InMemoryTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { CodeAnchorReader } from "../../src/engine/memories/anchor-reader.ts";
import { type OpenMemories, openMemories } from "../../src/engine/memories/memories.ts";
import { createServerFactory } from "../../src/mcp/server.ts";
import type { CodeIndex } from "../../src/ports/haypile.ts";
import { grammarsFolder } from "../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../src/syntax/parser.ts";
import { cli, type Ended } from "../helpers/cli.ts";
import { projectFiles, type TestHome, testHome } from "../helpers/mcp.ts";
import { openRaw } from "../helpers/sqlite-files.ts";
import { writeTree } from "../helpers/temp-tree.ts";

const secret = "hunter2";
let folder: string;
let root: string;
let home: TestHome;
let client: Client;
let code: CodeIndex;
let memories: OpenMemories;
let database: string;
const parser = new TreeSitterParser({ grammars: grammarsFolder() });

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "haypile-gate-")));
  root = join(folder, "project");
  writeTree(root, {
    ...projectFiles,
    ".env": `KEY=${secret}\n`,
    "conf/.env.production": `KEY=${secret}\n`,
    "conf/.ENV": `KEY=${secret}\n`,
    "src/credentials.ts": `export const vaultPhrase = "${secret}";\n`,
    "conf/credentials.json": `{"key":"${secret}"}\n`,
    "keys/id_rsa": `${secret}\n`,
    "keys/server.pem": `${secret}\n`,
    ".hidden/note.md": `${secret}\n`,
    ".git/config": `[remote "x"]\n\turl = https://a:${secret}@example.com\n`,
    ".git/HEAD": "ref: refs/heads/main\n",
    ".gitignore": "ignored.ts\nlocal/\n",
    "ignored.ts": `export const key = "${secret}";\n`,
    "local/own.ts": `export const key = "${secret}";\n`,
    "node_modules/dep/index.js": `exports.key = "${secret}";\n`,
    "src/data.bin": new Uint8Array([1, 0, 2, 0]),
  });
  writeTree(folder, {
    "outside.ts": `export const key = "${secret}";\n`,
    "beside/inner.ts": `export const key = "${secret}";\n`,
    "project-two/x.ts": `export const key = "${secret}";\n`,
  });
  const link = (target: string, name: string): void => symlinkSync(target, join(root, "src", name));
  link(join(folder, "outside.ts"), "out.ts");
  link("out.ts", "chain.ts");
  link(join(folder, "beside"), "beside");
  link("../.env", "to-secret.ts");
  link("../.git/config", "to-git.ts");
  link("/dev/zero", "zero.ts");
  link("nowhere", "dangling.ts");
  link("loop.ts", "loop.ts");
  execFileSync("mkfifo", [join(root, "src", "pipe.ts")]);
  home = await testHome(folder);
  code = home.haypile.code(root);
  await code.index();
  database = join(folder, "anchored.db");
  memories = await openMemories({
    database,
    embedder: undefined,
    anchorReader: new CodeAnchorReader(parser, folder),
  });
  const [near, far] = InMemoryTransport.createLinkedPair();
  client = new Client({ name: "test", version: "1" });
  await createServerFactory({ ...home, haypile: { ...home.haypile, memories } })({
    root,
  })().connect(near);
  await client.connect(far);
});

afterAll(async () => {
  await client.close();
  await memories.close();
  await parser.close();
  await home.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Paths that lead nowhere a client may go. Relative ones mean the project. */
const badPaths = (): string[] => [
  "../outside.ts",
  "src/../../outside.ts",
  "./src/./../.././outside.ts",
  join(folder, "outside.ts"),
  `${root}/../outside.ts`,
  `${root}-two/x.ts`,
  "../project-two/x.ts",
  "/etc/passwd",
  "//server/share/x.ts",
  "\\\\server\\share\\x.ts",
  "C:\\Windows\\win.ini",
  "C:/Windows/win.ini",
  "file:///etc/passwd",
  "~/.ssh/id_rsa",
  "..\\outside.ts",
  "%2e%2e/outside.ts",
  "src/retry.ts\0.png",
  "\0",
  "src/\ud800.ts",
  "a".repeat(5_000),
  `${"a/".repeat(2_500)}b`,
  "/dev/zero",
  "/dev/stdin",
  "/proc/self/environ",
  "src/out.ts",
  "src/chain.ts",
  "src/beside/inner.ts",
  "src/to-secret.ts",
  "src/to-git.ts",
  "src/zero.ts",
  "src/dangling.ts",
  "src/loop.ts",
  "src/pipe.ts",
  ".env",
  "./.env",
  "src/../.env",
  join(root, ".env"),
  ".ENV",
  "conf/.ENV",
  "conf/.env.production",
  ".env ",
  ".env.",
  ".env::$DATA",
  ".e\u200cnv",
  "\uff0eenv",
  "conf/credentials.json",
  "keys/id_rsa",
  "keys/server.pem",
  ".git/config",
  ".GIT/config",
  ".hidden/note.md",
  "ignored.ts",
  "local/own.ts",
  "node_modules/dep/index.js",
  "src/data.bin",
  "src/none.ts",
  "src/retry.ts/inner",
];

interface Answer {
  isRefused: boolean;
  text: string;
}

async function tool(name: string, args: Record<string, unknown>): Promise<Answer> {
  try {
    const { content, isError } = await client.callTool({ name, arguments: args });
    return {
      text: (content as { text: string }[])[0]?.text ?? "",
      isRefused: isError === true,
    };
  } catch (error) {
    return { isRefused: true, text: String(error) };
  }
}

async function library(run: () => unknown): Promise<Answer> {
  try {
    return { isRefused: false, text: JSON.stringify(await run()) };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    // A stable code each time: nothing fails by accident.
    expect(code).toMatch(/^HAYPILE_(?:PATH_REFUSED|PATH_MISSING|SYMBOL_MISSING|USAGE)$/);
    return { isRefused: true, text: message };
  }
}

/** A question that a filter narrows down: to nothing is as good as refused. */
const nothing =
  /^No hits|^No definition|is not in the index|^\[\]$|"hits":\[\]|"uses":\[\]|"callees":\[\]/;

const entrances: Record<string, (path: string) => Promise<Answer>> = {
  "read target": (target) => tool("read", { target }),
  "read target, lines": (path) => tool("read", { target: `${path}:1-5` }),
  "outline path": (path) => tool("outline", { path }),
  "find_code path": (path) => tool("find_code", { query: "key", path }),
  "find_symbol path": (path) => tool("find_symbol", { name: "key", path }),
  "repo_map path": (path) => tool("repo_map", { path }),
  "repo_map path, unused": (path) => tool("repo_map", { path, show: "unused" }),
  "references path, impact": (path) =>
    tool("references", { name: "key", path, relation: "impact" }),
  "references path": (path) => tool("references", { name: "key", path }),
  "why path": (path) => tool("why", { query: "key", path }),
  "remember files": (path) => tool("remember", { text: "It is so.", files: [path] }),
  "remember files, a symbol": (path) =>
    tool("remember", { text: "It is so.", files: [`${path}#key`] }),
  "index_path path": (path) => tool("index_path", { path }),
  project: (project) => tool("outline", { project }),
  "code://file": (path) =>
    client.readResource({ uri: `code://file/${encodeURIComponent(path.toWellFormed())}` }).then(
      ({ contents }) => ({ isRefused: false, text: JSON.stringify(contents) }),
      (error: Error) => ({ isRefused: true, text: error.message }),
    ),
  "code.outline": (path) => library(() => code.outline(path)),
  "code.why": (path) => library(() => code.why("key", path)),
  "code.findSymbol": (path) => library(() => code.findSymbol("key", { path })),
  "code.references": (path) => library(() => code.references("retry", { path })),
  "code.callers": (path) => library(() => code.callers("retry", { path })),
  "code.callees": (path) => library(() => code.callees("retry", { path })),
  "code.implementations": (path) => library(() => code.implementations("retry", { path })),
  "code.reach": (path) => library(() => code.reach("retry", "users", { path })),
  "code.impact": (path) => library(() => code.impact({ names: ["retry"], files: [path] })),
  "code.unused": (path) => library(() => code.unused({ path })),
  "code.map": (path) => library(() => code.map({ path })),
  "code.search": (path) => library(() => code.search("key", { filter: { paths: [path] } })),
  "memories.remember": (path) =>
    library(() => memories.remember("It is so.", { anchors: [{ path: absolute(path) }] })),
  "memories.rememberMany": (path) =>
    library(() =>
      memories.rememberMany([{ text: "It is so.", anchors: [{ path: absolute(path) }] }]),
    ),
  "memories.update": (path) =>
    library(async () => {
      const { id } = await memories.remember("This one may be changed.");
      return await memories.update(id, { anchors: [{ path: absolute(path) }] });
    }),
};

function absolute(path: string): string {
  return path.startsWith("/") ? path : `${root}/${path}`;
}

describe("every entrance refuses every bad path", () => {
  it.each(Object.entries(entrances))("%s", { timeout: 120_000 }, async (_, enter) => {
    for (const path of badPaths()) {
      const { isRefused, text } = await enter(path);
      const seen = {
        path,
        isTaken: !isRefused && !nothing.test(text),
        leaks: text.includes(secret),
      };
      expect(seen).toEqual({ path, isTaken: false, leaks: false });
      expect(text.length).toBeGreaterThan(1);
    }
  });

  it("and names the rule that leaves a file out", async () => {
    const { isRefused, text } = await tool("read", { target: "ignored.ts" });
    expect(isRefused).toBe(true);
    expect(text).toMatch(
      /ignored\.ts is not in the index: it is left out.*\(\.gitignore:1: ignored\.ts\)/u,
    );
    expect((await tool("read", { target: "local/x.ts" })).text).not.toContain(secret);
  });

  it("and takes good ones", async () => {
    for (const path of ["src/retry.ts", "./src/retry.ts", join(root, "src", "retry.ts")]) {
      expect((await tool("read", { target: path })).text).toContain("backoffDelay");
      expect((await tool("outline", { path })).text).toContain("backoffDelay");
      expect((await tool("find_symbol", { name: "retry", path })).text).toContain("src/retry.ts");
      expect((await tool("find_code", { query: "retry", path })).text).toContain("src/retry.ts");
      expect((await tool("why", { query: "retry", path })).isRefused).toBe(false);
      expect((await tool("remember", { text: `See ${path}`, files: [path] })).isRefused).toBe(
        false,
      );
      expect((await code.outline(path)).files).toHaveLength(1);
    }
    for (const path of ["src", "src/", "**/*.ts", "src/*.ts", join(root, "src", "*.ts"), ""]) {
      expect((await tool("find_symbol", { name: "retry", path })).text).toContain("src/retry.ts");
    }
    for (const path of ["../**", "src/../../*.ts", "/etc/*", "src/beside/*", ".git/*"]) {
      const { isRefused } = await tool("find_symbol", { name: "retry", path });
      expect({ path, isRefused }).toEqual({ path, isRefused: true });
    }
  });

  it("and nothing of the bad ones was kept", async () => {
    const stored = readFileSync(database).toString("latin1");
    expect(stored).not.toContain(secret);
    const good = join(root, "src", "retry.ts");
    expect(anchorsIn(database).filter(({ path }) => path !== good)).toEqual([]);
  });
});

it("takes a link to a file of the project for that file", async () => {
  symlinkSync("retry.ts", join(root, "src", "again.ts"));
  expect((await tool("read", { target: "src/again.ts" })).text).toMatch(/^src\/retry\.ts:1-/);
  const { id } = await memories.remember("A link is about its target.", {
    anchors: [{ path: join(root, "src", "again.ts") }],
  });
  expect((await memories.get(id))?.anchors).toEqual([{ path: join(root, "src", "retry.ts") }]);
});

describe("an anchor that was made before its file became another", () => {
  const changesOf = async (query: string): Promise<string> => {
    const { hits } = await memories.recall(query, { k: 1 });
    return JSON.stringify(hits[0]?.unverifiedSince?.changes ?? []);
  };

  it("prints nothing of a link, a pipe or a secret that took its place", async () => {
    const file = join(root, "src", "taken.ts");
    writeFileSync(file, "export const taken = 1;\n");
    await memories.remember("The whale is in the taken file.", { anchors: [{ path: file }] });
    expect(await changesOf("whale")).toBe("[]");
    appendFileSync(file, "export const more = 2;\n");
    expect(await changesOf("whale")).toContain("+ export const more = 2;");
    rmSync(file);
    for (const take of [
      () => symlinkSync(join(folder, "outside.ts"), file),
      () => symlinkSync("../.env", file),
      () => symlinkSync("/dev/zero", file),
      () => execFileSync("mkfifo", [file]),
      () => mkdirSync(file),
    ]) {
      take();
      expect(await changesOf("whale")).toMatch(/is not (?:looked at|there) any more/);
      expect(await changesOf("whale")).not.toContain(secret);
      rmSync(file, { recursive: true });
    }
    renameSync(join(root, "src"), join(root, "src-away"));
    symlinkSync(join(folder, "beside"), join(root, "src"));
    writeFileSync(join(folder, "beside", "taken.ts"), `${secret}\n`);
    expect(await changesOf("whale")).not.toContain(secret);
    rmSync(join(root, "src"));
    renameSync(join(root, "src-away"), join(root, "src"));
  });

  it("prints nothing of a file that is ignored by now", async () => {
    const file = join(root, "src", "later.ts");
    writeFileSync(file, "export const later = 1;\n");
    await memories.remember("The heron is in the later file.", { anchors: [{ path: file }] });
    appendFileSync(join(root, ".gitignore"), "later.ts\n");
    writeFileSync(file, `${secret}\n`);
    expect(await changesOf("heron")).toContain("is not looked at any more");
    expect(await changesOf("heron")).not.toContain(secret);
  });

  it("loses the text that an older version kept of it", async () => {
    const file = join(root, "src", "old.ts");
    writeFileSync(file, "export const old = 1;\n");
    const { id } = await memories.remember("The otter is old.", { anchors: [{ path: file }] });
    const text = `line one\nKEY=${secret}\n`;
    for (const [path, expected] of [
      [join(root, ".env"), undefined],
      [file, ""],
    ] as const) {
      putOlderAnchor(id, path, text);
      const said = await changesOf("otter");
      expect(said).not.toContain(`+ KEY=${secret}`);
      const [anchor] = anchorsIn(database).filter((one) => one.path === path);
      expect(anchor?.seen === null ? undefined : anchor?.seenText).toBe(expected);
    }
  });
});

it("keeps hashes of a file's lines, and the text of a definition alone", async () => {
  const file = join(root, "src", "kept.ts");
  const line = "export const pelican = 'a line that nobody else has';\n";
  writeFileSync(file, line.repeat(3));
  await memories.remember("The pelican has lines.", { anchors: [{ path: file }] });
  const [anchor] = anchorsIn(database).filter(({ path }) => path === file);
  expect(anchor?.seen?.length).toBeLessThan(60);
  expect(anchor?.seenText).toBe("");
});

it("shows nothing of a file that keeps secrets in a prompt, nor its names", async () => {
  const name = "explain_symbol";
  const said = await client.getPrompt({ name, arguments: { name: "vaultPhrase" } });
  expect(JSON.stringify(said.messages)).not.toContain(secret);
  expect(JSON.stringify(said.messages)).toContain("nothing with this name");
  const { completion } = await client.complete({
    ref: { type: "ref/prompt", name },
    argument: { name: "name", value: "vaultPh" },
  });
  expect(completion.values).toEqual([]);
  const used = await client.callTool({ name: "references", arguments: { name: "vaultPhrase" } });
  expect(used.isError).toBe(true);
  expect(JSON.stringify(used.content)).not.toContain("credentials");
  for (const path of ["{../outside.ts,src}", "{.env,src}", "src/{a,../../up}"]) {
    const found = await client.callTool({ name: "find_code", arguments: { query: "key", path } });
    expect({ path, isError: found.isError }).toEqual({ path, isError: true });
  }
});

it("imports a memory whose anchors are of another machine, and reads nothing for it", async () => {
  const lines = [join(root, ".env"), "/nowhere/a.ts", join(folder, "outside.ts")].map((path, at) =>
    JSON.stringify({ format: "haypile-memory/1", text: `Imported ${at}`, anchors: [{ path }] }),
  );
  expect(await memories.import(lines)).toMatchObject({ stored: 3, refused: [] });
  const imported = anchorsIn(database).filter(({ hash }) => hash === null);
  expect(imported.map(({ seen }) => seen)).toEqual([null, null, null]);
  expect(JSON.stringify(await memories.recall("Imported 0"))).not.toContain(secret);
});

// Report of the kind: an import named files of the system as anchors, and recall read and hashed them.
it("looks at no file outside of projects for an anchor that was imported, even with its hash", async () => {
  const outside = join(folder, "outside.ts");
  const hash = createHash("sha256").update(readFileSync(outside)).digest("base64url").slice(0, 22);
  const good = join(root, "src", "walrus.ts");
  writeFileSync(good, readFileSync(outside));
  const pipe = join(folder, "waits");
  execFileSync("mkfifo", [pipe]);
  const verifiedAt = new Date().toISOString();
  const foreign = [outside, "/etc/shadow", "/dev/zero", pipe, `${folder}/project/../outside.ts`];
  const bad = [`${good}\0.png`, "src/retry.ts", "../outside.ts", `/${"a/".repeat(2_500)}`];
  const anchors = [...foreign, good, ...bad].map((path) => ({ path, hash, verifiedAt }));
  const line = JSON.stringify({ format: "haypile-memory/1", text: "The walrus is far.", anchors });
  const result = await memories.import([line]);
  expect(result).toMatchObject({ stored: 1, refusedCount: bad.length });
  for (const { reason } of result.refused) expect(reason).toMatch(/^anchor \d+ was left out/);
  const read = vi.spyOn(CodeAnchorReader.prototype, "read");
  try {
    const { hits } = await memories.recall("walrus", { k: 1 });
    expect(read.mock.calls.map(([{ path }]) => path)).toEqual([good]);
    const changes = hits[0]?.unverifiedSince?.changes ?? [];
    expect(changes).toHaveLength(foreign.length);
    for (const change of changes) expect(change).toContain("is not looked at any more");
  } finally {
    read.mockRestore();
  }
});

describe("the command line", () => {
  const run = (...args: string[]): Promise<Ended> => cli(args, { data: folder, cwd: root });

  it("anchors to no bad path, and to a good one", { timeout: 240_000 }, async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(join(root, "src", "socket.ts"), done));
    const paths = [".env", "src/out.ts", "src/to-secret.ts", "../outside.ts", "src/pipe.ts"];
    for (const path of [...paths, "/etc/passwd", "ignored.ts", "src/socket.ts", "src/none.ts"]) {
      const ended = await run("remember", "--anchor", path, "--", "It is so.");
      expect({ path, code: ended.code }).toEqual({ path, code: 3 });
      expect(ended.stderr).toMatch(/\[HAYPILE_PATH_(?:REFUSED|MISSING)\]/);
    }
    server.close();
    const good = await run("remember", "--anchor", "src/retry.ts#retry", "--", "It is so.");
    expect({ code: good.code, said: good.stderr }).toMatchObject({ code: 0 });
  });

  it.each([
    ["outline", (path: string) => ["outline", path]],
    ["read", (path: string) => ["read", path]],
    ["read --at", (path: string) => ["read", path, "--at", "HEAD"]],
    ["why", (path: string) => ["why", "key", path]],
    ["search --in", (path: string) => ["search", "key", "--in", path]],
    ["symbol --in", (path: string) => ["symbol", "key", "--in", path]],
    ["map --in", (path: string) => ["map", "--in", path]],
    ["unused --in", (path: string) => ["unused", "--in", path]],
    ["impact", (path: string) => ["impact", "--of", "retry", "--", path]],
    ["references --in", (path: string) => ["references", "retry", "--in", path]],
  ])("%s", { timeout: 240_000 }, async (name, words) => {
    for (const path of ["../outside.ts", "src/out.ts", ".env", "/etc/passwd"]) {
      // What is a link now may have been a file then: git says, and there is no commit here.
      if (name === "read --at" && path === "src/out.ts") continue;
      const ended = await run(...words(path));
      expect({ path, code: ended.code }).toEqual({ path, code: 3 });
      expect(ended.stderr).toContain("[HAYPILE_PATH_REFUSED]");
      expect(ended.stdout).toBe("");
    }
  });
});

interface KeptAnchor {
  path: string;
  hash: string | null;
  seen: Buffer | null;
  /** The text that was kept; "" for hashes of lines. */
  seenText: string;
}

function anchorsIn(path: string): KeptAnchor[] {
  const db = openRaw(path, { readonly: true });
  const rows = db.prepare("SELECT path, hash, seen FROM anchors ORDER BY id").all() as Omit<
    KeptAnchor,
    "seenText"
  >[];
  db.close();
  return rows.map((row) => {
    const isText = row.seen !== null && row.seen[0] !== 0x07;
    return { ...row, seenText: isText ? inflateRawSync(row.seen as Buffer).toString() : "" };
  });
}

/** As versions before 0.2 kept it: the whole text. */
function putOlderAnchor(key: string, path: string, text: string): void {
  const db = openRaw(database);
  // Where rows have a sum, one that is unknown is as it was before there were any.
  const hasSum = (db.pragma("table_info(anchors)") as { name: string }[]).some(
    ({ name }) => name === "sum",
  );
  if (hasSum) db.exec("UPDATE anchors SET sum = NULL");
  db.prepare("UPDATE anchors SET path = ?, hash = 'x', seen = ? WHERE key = ?").run(
    path,
    deflateRawSync(Buffer.from(text)),
    key,
  );
  db.close();
}
