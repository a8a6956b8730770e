import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { layers, layersAsMarkdown, mayImport } from "../scripts/layers.ts";
import { codeCalls, memoryCalls } from "../src/ports/calls.ts";

const root = join(import.meta.dirname, "..");
const src = join(root, "src");

/** Files that make files or folders by themselves, each with why: all others go by base/files/private-files.ts. */
const makers: Readonly<Record<string, string>> = {
  "base/files/private-files.ts": "the one place",
  "config/file/write-file.ts":
    "files of a project follow the umask; it asks private-files for all others",
  "cli/clients/commit.ts": "a copy of a client's file, which has the mode of that file",
  "wire/endpoint.ts": "a folder of 0700, whose owner it looks at itself",
  "wire/reach-daemon.ts": "opens the start log with 0600, in a folder of 0700",
  "engine/git/room.ts": "a folder of mkdtemp, which is private, and gone when git has answered",
  "engine/doctor/doctor.ts": "a scratch folder, which mkdtemp makes for this user alone",
  "engine/doctor/watching.ts": "a scratch folder, which mkdtemp makes for this user alone",
  "engine/snapshots/image.ts": "copies into a private file that it has made",
  "engine/snapshots/restore.ts": "gives a private file another name, or copies it with its mode",
  "storage/sqlite/memories/copies/take-place.ts":
    "copies files that it has closed to others before",
  "engine/host-bench/disk-speed.ts": "a scratch folder of mkdtemp; else reads",
  "storage/sqlite/commit-speed.ts": "a scratch folder of mkdtemp",
  "mcp/http/token.ts": "gives a private draft its name",
  "storage/sqlite/memories/file/make-file.ts": "gives a private file with its tables its name",
};

/** A file holds one idea. Those longer than the limit, each with the reason why it is one idea all the same. */
const longFiles: Readonly<Record<string, string>> = {
  "native/core/unicode_tables.inc": "generated",
};

/** Most files in one folder of src: what can be taken in at a glance. */
const mostFilesInFolder = 15;

/** Folders of src that may have more files, each with its reason. */
const fullFolders: Readonly<Record<string, string>> = {
  "mcp/tools": "a table: one file a tool",
  "syntax/languages": "a table: one file a language",
  "syntax/lines": "the same",
  "syntax/uses": "a table: one file a language",
};

const sources = filesBelow(src, [".ts"]).map((path) => ({
  path,
  name: relative(src, path).split("\\").join("/"),
  text: readFileSync(path, "utf8"),
}));

function filesBelow(folder: string, endings: readonly string[]): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function layerOf(name: string): string {
  return name.split("/")[0] ?? name;
}

/** Every module named in a static or dynamic import, an export-from, or a require. */
function importsOf(text: string): string[] {
  const pattern =
    /(?:^|\n)\s*(?:import|export)\b[^;'"]*?\bfrom\s*["']([^"']+)["']|\bimport\s*\(\s*["']([^"']+)["']|(?:^|\n)\s*import\s+["']([^"']+)["']|\brequire\s*\(\s*["']([^"']+)["']/g;
  return [...text.matchAll(pattern)].map((match) => match.slice(1).find(Boolean) ?? "");
}

function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? specifier);
}

function offenders(test: (source: (typeof sources)[number]) => string[]): string[] {
  return sources.flatMap(test);
}

/** Groups of files of which each reaches each other one by imports, after Tarjan. */
function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const circles: string[][] = [];
  const visit = (name: string): void => {
    const own = order.size;
    order.set(name, own);
    lowest.set(name, own);
    open.push(name);
    for (const next of graph.get(name) ?? []) {
      if (!order.has(next)) visit(next);
      if (open.includes(next)) {
        lowest.set(name, Math.min(lowest.get(name) as number, lowest.get(next) as number));
      }
    }
    if (lowest.get(name) !== own) return;
    const group = open.splice(open.indexOf(name));
    if (group.length > 1 || graph.get(name)?.includes(name)) circles.push(group.sort());
  };
  for (const name of graph.keys()) if (!order.has(name)) visit(name);
  return circles;
}

/** One way around inside a group, the shortest from its first file: "a -> b -> a". */
function wayAround(
  circle: readonly string[],
  graph: ReadonlyMap<string, readonly string[]>,
): string {
  const [first = ""] = circle;
  const ways: string[][] = [[first]];
  for (const way of ways) {
    for (const next of graph.get(way.at(-1) as string) ?? []) {
      if (next === first) return [...way, next].join(" -> ");
      if (circle.includes(next) && !way.includes(next)) ways.push([...way, next]);
    }
  }
  return circle.join(", ");
}

describe("import rings", () => {
  it("knows every folder of src", () => {
    expect(sources.length).toBeGreaterThan(20);
    const unknown = [...new Set(sources.map((source) => layerOf(source.name)))].filter(
      (name) => !layers.some((layer) => layer.name === name),
    );
    expect(unknown).toEqual([]);
  });

  it("points every import to a lower ring", () => {
    let checked = 0;
    const wrong = offenders((source) =>
      importsOf(source.text)
        .filter((specifier) => specifier.startsWith("."))
        .flatMap((specifier) => {
          checked += 1;
          const target = relative(src, resolve(dirname(source.path), specifier));
          const allowed = mayImport(layerOf(source.name), layerOf(target));
          return allowed === true ? [] : [`${source.name} imports ${target}`];
        }),
    );
    expect(checked).toBeGreaterThan(50);
    expect(wrong).toEqual([]);
  });

  it("keeps each outside package in its layer", () => {
    const wrong = offenders((source) =>
      importsOf(source.text)
        .filter((specifier) => !specifier.startsWith(".") && !specifier.startsWith("node:"))
        .filter((specifier) => {
          const layer = layers.find((one) => one.name === layerOf(source.name));
          return layer?.packages.includes(packageOf(specifier)) !== true;
        })
        .map((specifier) => `${source.name} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it("is printed in docs/architecture.md as it is", () => {
    const page = readFileSync(join(root, "docs", "architecture.md"), "utf8");
    expect(page).toContain(layersAsMarkdown());
  });
});

const onlyIn = (what: RegExp, allowed: readonly string[]) =>
  offenders((source) =>
    what.test(source.text) && !allowed.includes(source.name) ? [source.name] : [],
  );
describe("docs/architecture.md", () => {
  const page = readFileSync(join(root, "docs", "architecture.md"), "utf8");

  it("names files that are there, from the root of the repository", () => {
    const named = [...page.matchAll(/`([\w.-]+(?:\/[\w.-]+)*\.(?:cc|cjs|h|json|md|ts))`/g)]
      .map(([, name = ""]) => name)
      .filter((name) => name !== "napi.h" && !layers.some((layer) => layer.name === name));
    expect(named.length).toBeGreaterThan(60);
    const missing = [...new Set(named)].filter((name) => !existsSync(join(root, name)));
    expect(missing).toEqual([]);
  });

  it("opens with one search, step by step, and with the words of the house in order", () => {
    const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings.slice(0, 3)).toEqual(["One search, file by file", "The whole of it", "Words"]);
    const words = page.slice(page.indexOf("## Words"), page.indexOf("## Folders"));
    const listed = [...words.matchAll(/^\| (\w+) \|/gm)].map(([, word]) => word).slice(1);
    expect(listed.length).toBeGreaterThanOrEqual(25);
    expect(listed).toEqual([...listed].sort());
  });
});

describe("circles of imports", () => {
  it("are none, types included", () => {
    const graph = new Map(
      sources.map(({ name, path, text }) => [
        name,
        importsOf(text)
          .filter((specifier) => specifier.startsWith("."))
          .map((specifier) => relative(src, resolve(dirname(path), specifier))),
      ]),
    );
    expect([...graph.values()].flat().length).toBeGreaterThan(1_000);
    expect(circlesIn(graph).map((circle) => wayAround(circle, graph))).toEqual([]);
  });

  it("are found where they are", () => {
    const graph = new Map([
      ["a", ["b"]],
      ["b", ["c", "d"]],
      ["c", ["a"]],
      ["d", ["e"]],
      ["e", []],
      ["f", ["f"]],
    ]);
    const found = circlesIn(graph).map((circle) => wayAround(circle, graph));
    expect(found.sort()).toEqual(["a -> b -> c -> a", "f -> f"]);
  });
});

describe("things with one place", () => {
  /** Who reads by name all the same, each with its reason. */
  const ownReaders: Readonly<Record<string, string>> = {
    "base/files/read-file.ts": "the bounded reader itself",
    "engine/host-bench/disk-speed.ts": "measures the disk with a file it has just written",
  };

  it("reads files by name through base/files/read-file.ts only", () => {
    const readers =
      /\b(?:readFile|readFileSync|createReadStream|openAsBlob|FileHandle)\b|\bopen(?:Sync)?\([^;]*?(?:["']r\+?["']|O_RDONLY)|import\s*\{[^}]*\bopen\b[^}]*\}\s*from\s*["']node:fs/;
    const found = offenders((source) => (readers.test(source.text) ? [source.name] : []));
    expect(found).toContain("base/files/read-file.ts");
    expect(found.filter((name) => !(name in ownReaders))).toEqual([]);
  });

  it("loads a .node file in native/load.ts only", () => {
    expect(onlyIn(/\.node["'`]|process\.dlopen/, ["native/load.ts"])).toEqual([]);
  });

  it("imports the database driver in storage/sqlite/file/open.ts only, as a value", () => {
    const values = offenders((source) =>
      /import\s+(?!type)[^;]*from\s*["']better-sqlite3["']|(?:import|require)\s*\(\s*["']better-sqlite3/.test(
        source.text,
      ) && source.name !== "storage/sqlite/file/open.ts"
        ? [source.name]
        : [],
    );
    expect(values).toEqual([]);
  });

  it("reads environment variables in config/environment/env.ts only", () => {
    expect(onlyIn(/process\.env\b/, ["config/environment/env.ts"])).toEqual([]);
  });

  it("writes stdout in cli/output/format.ts only", () => {
    expect(onlyIn(/process\.stdout\.write|console\.(log|info)/, ["cli/output/format.ts"])).toEqual(
      [],
    );
  });

  it("ends the process and takes signals in cli/main.ts only, and in processes of our own", () => {
    expect(
      onlyIn(/process\.exit\b|process\.exitCode|process\.(on|once)\(\s*["']SIG/, [
        "cli/main.ts",
        "daemon/main.ts",
        "syntax/parse-child.ts",
      ]),
    ).toEqual([]);
  });

  it("makes files and folders in base/files/private-files.ts only, so that they are private", () => {
    const making =
      /\b(?:appendFile|copyFile|cp|createWriteStream|link|mkdir|mkdtemp|symlink|writeFile)(?:Sync)?\b/;
    const imports =
      /import\s+(?:\*\s+as\s+\w+|\{([^}]*)\}|\w+)\s+from\s*"(?:node:)?fs(?:\/promises)?"/g;
    const opening =
      /\bopen(?:Sync)?\([^;]{0,200}?"(?:w|a|r\+)[x+]?"|\bO_(?:CREAT|WRONLY|RDWR|APPEND|TRUNC)\b/;
    const found = offenders(({ name, text }) => {
      const makes = [...text.matchAll(imports)].some(
        ([, names]) => names === undefined || making.test(names),
      );
      return makes || opening.test(text) ? [name] : [];
    });
    expect(found.sort()).toEqual(Object.keys(makers).sort());
  });

  it("does so in native/ in private_files.cc only, and where the mode is said", () => {
    const native = filesBelow(join(root, "native"), [".cc", ".h"]);
    expect(native.length).toBeGreaterThan(20);
    const found = native
      .filter((path) => {
        const text = readFileSync(path, "utf8");
        // With a mode in the same call it is private from the start.
        const calls = text.replace(
          /\b(?:open|mkdir)\([^;]*?,\s*(?:0600|0700|kFile|kFolder)\)/gu,
          "",
        );
        return /\bofstream\b|\bfopen\([^;]*"[wa]|create_director|\bmkdir\(|\bO_CREAT\b/u.test(
          calls,
        );
      })
      .map((path) => relative(root, path));
    expect(found).toEqual([]);
  });

  it("opens databases in storage/sqlite/file/open.ts only, and one in memory where the driver is loaded", () => {
    const places = ["storage/sqlite/file/open.ts", "storage/sqlite/file/driver.ts"];
    expect(onlyIn(/\bnew [dD]river\(/, places)).toEqual([]);
  });

  it("has SQL under storage only", () => {
    expect(
      offenders((source) =>
        /["'`]\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE|PRAGMA)\s/.test(source.text) &&
        layerOf(source.name) !== "storage"
          ? [source.name]
          : [],
      ),
    ).toEqual([]);
  });

  it("includes napi.h in napi_setup.h only, and ONNX Runtime in two files only", () => {
    const native = filesBelow(join(root, "native"), [".cc", ".h", ".inc"]).map((path) => ({
      name: relative(join(root, "native"), path),
      text: readFileSync(path, "utf8"),
    }));
    expect(native.length).toBeGreaterThan(20);
    const including = (header: string) =>
      native.filter((file) => file.text.includes(header)).map((file) => file.name);
    expect(including("#include <napi.h>")).toEqual(["napi_setup.h"]);
    expect(including('#include "onnxruntime_c_api.h"')).toEqual(["allocator.cc", "ort_runtime.h"]);
    const core = native.filter((file) => file.name.startsWith("core/"));
    const outside = core.filter((file) =>
      [...file.text.matchAll(/#include "([^"]+)"/g)].some(
        ([, header]) => !core.some(({ name }) => `/${name}`.endsWith(`/${header}`)),
      ),
    );
    expect(outside.map((file) => file.name)).toEqual([]);
  });
});

describe("what is said once", () => {
  it("has the kinds and sources of memories in ports/memory/memory.ts only", () => {
    const list = /"note"[\s,|]+"fact"[\s,|]+"decision"|"user"[\s,|]+"agent"[\s,|]+"document"/;
    expect(offenders(({ name, text }) => (list.test(text) ? [name] : []))).toEqual([
      "ports/memory/memory.ts",
    ]);
  });

  it("writes millions of bytes in base/byte-count.ts only", () => {
    const own = /function \w+\(\w+: number\): string \{\s*return [^;]*\/ (?:1e6|MB)\)\.toFixed/;
    expect(offenders(({ name, text }) => (own.test(text) ? [name] : []))).toEqual([
      "base/byte-count.ts",
    ]);
  });
});

describe("what is exported", () => {
  /** Each with its reason. */
  const unused: Readonly<Record<string, string>> = {};

  it("is used by another file, as far as values go", () => {
    const folders = ["bench", "docs/examples", "scripts", "test"].flatMap((name) =>
      filesBelow(join(root, name), [".ts"]).filter(
        (path) => !path.includes("node_modules") && path !== import.meta.filename,
      ),
    );
    const others = folders.map((path) => ({ name: path, text: readFileSync(path, "utf8") }));
    const words = [...sources, ...others].map(({ name, text }) => ({
      name,
      words: new Set(text.match(/[\w$]+/g)),
    }));
    let checked = 0;
    const found = offenders((source) =>
      layers.some(({ name }) => name === source.name)
        ? []
        : [...source.text.matchAll(/^export (?:async )?(?:function\*?|class|const|let) (\w+)/gm)]
            .map(([, name = ""]) => name)
            .filter((name) => {
              checked += 1;
              return !words.some((other) => other.name !== source.name && other.words.has(name));
            })
            .map((name) => `${source.name} ${name}`),
    );
    expect(checked).toBeGreaterThan(500);
    expect(found).toEqual(Object.keys(unused));
  });
});

describe("programs that are started", () => {
  it("are those of the table in SECURITY.md, from these places", () => {
    const inNode = /node:child_process|process\.execve|node:cluster/;
    const inNative =
      /\bexec(?:v|vp|vpe|ve|l|lp|le)\s*\(|posix_spawn|\bpopen\s*\(|\bsystem\s*\(|CreateProcess/;
    const places = [
      ...filesBelow(src, [".ts"]),
      ...filesBelow(join(root, "bin"), [".cjs"]),
      ...filesBelow(join(root, "native"), [".cc", ".h"]),
    ]
      .filter((path) => {
        const starts = /\.(?:cc|h)$/.test(path) ? inNative : inNode;
        return starts.test(readFileSync(path, "utf8"));
      })
      .map((path) => relative(root, path).split("\\").join("/"));
    expect(places.length).toBeGreaterThan(3);
    const page = readFileSync(join(root, "SECURITY.md"), "utf8");
    const table = page.slice(page.indexOf("## Programs it starts"));
    const rows = table
      .slice(0, table.indexOf("\n## "))
      .split("\n")
      .filter((line) => line.startsWith("| "));
    const listed = rows
      .slice(1)
      .flatMap((row) => [...(row.split("|")[3] ?? "").matchAll(/`([^`]+)`/g)]);
    expect(listed.map(([, path]) => path).sort()).toEqual(places.sort());
  });
});

describe("rooms", () => {
  const folders = readdirSync(src, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
  const nameOf = (folder: string) => relative(src, folder).split("\\").join("/");

  it("have at most 15 files, tables of languages and tools aside", () => {
    expect(folders.length).toBeGreaterThan(20);
    const full = folders
      .filter((folder) => {
        const files = readdirSync(folder, { withFileTypes: true }).filter((one) => one.isFile());
        return files.length > mostFilesInFolder;
      })
      .map(nameOf);
    expect(full.sort()).toEqual(Object.keys(fullFolders).sort());
  });

  it("are each told in one row of docs/architecture.md", () => {
    const page = readFileSync(join(root, "docs", "architecture.md"), "utf8");
    const told = [...page.matchAll(/^\| `src\/([^`]+)` \| \S/gm)].map(([, name]) => name);
    expect(told.sort()).toEqual(folders.map(nameOf).sort());
  });
});

describe("size of files", () => {
  it("stays within 400 lines, and 600 for tests, or says why it is longer", () => {
    const listed = [
      ...filesBelow(src, [".ts"]),
      ...filesBelow(join(root, "native"), [".cc", ".h", ".inc"]),
      ...filesBelow(join(root, "scripts"), [".ts", ".py", ".sh"]),
      ...filesBelow(join(root, "bench"), [".ts"]).filter((path) => !path.includes("node_modules")),
      ...filesBelow(join(root, "test"), [".ts", ".cc"]),
    ].map((path) => relative(root, path));
    expect(listed.length).toBeGreaterThan(60);
    const tooLong = listed.filter((path) => {
      const lines = readFileSync(join(root, path), "utf8").split("\n").length - 1;
      return lines > (path.startsWith("test") ? 600 : 400) && !(path in longFiles);
    });
    expect(tooLong).toEqual([]);
  });
});

describe("the calls of the one door", () => {
  /** Names that are no common word, of every call that is a question with an answer. */
  const names = [
    ...Object.keys(codeCalls),
    ...Object.entries(memoryCalls).flatMap(([name, call]) => ("streams" in call ? [] : [name])),
  ].filter((name) => name.length > 6 || /[A-Z]/u.test(name));

  const spelt = (name: string, folders: readonly string[], as = ""): string[] =>
    sources.flatMap(({ name: file, text }) => {
      const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/gu, "");
      const isThere = new RegExp(`\\b${name}\\b${as}`, "u").test(code);
      return isThere && folders.includes(layerOf(file)) ? [file] : [];
    });

  /** The memories' calls about snapshots are an interface of their own. */
  const partOf = (name: string): string =>
    /snapshot|bringBack/iu.test(name)
      ? "ports/answers/time/memory-snapshots.ts"
      : "ports/memories.ts";

  const isOfDoor = /^ports\/(?:answers\/|calls|haypile|memories|memory\/)/u;

  it("are spelt in their interface and in the table, and nowhere on the way to who carries them out", () => {
    expect(names.length).toBeGreaterThan(12);
    for (const name of names) {
      const types = [
        ...(name in codeCalls ? ["ports/haypile.ts"] : []),
        ...(name in memoryCalls ? [partOf(name)] : []),
      ];
      // As a call of an interface, or as a row of a table. Roles of a store may have one of the same name.
      const inPorts = spelt(name, ["ports"], "(?:\\(|: \\{)").filter((file) => isOfDoor.test(file));
      expect(inPorts.sort(), name).toEqual(["ports/calls.ts", ...types].sort());
      // One question to memories and code is carried out there, by other calls.
      const onTheWay = spelt(name, ["haypile", "wire", "daemon"]).filter(
        (file) => !file.startsWith("haypile/ask/"),
      );
      expect(onTheWay, name).toEqual([]);
    }
  });

  it("reach the engine from a tool by at most two functions that only pass on: turns, and holding the engine open", () => {
    const passing = sources.filter(({ text }) => /\bcodeFromTable\(/u.test(text));
    expect(passing.map(({ name }) => name)).toEqual([
      "haypile/here.ts",
      "haypile/in-turn.ts",
      "haypile/reach.ts",
      "haypile/there.ts",
      // The rights of a client of another machine, before its turns.
      "http/team/rights/allowed-haypile.ts",
      "ports/calls.ts",
    ]);
    // A tool's are here.ts, and in-turn.ts before it in the daemon; a command's are reach.ts and there.ts.
    const inMcp = sources.filter(({ name }) => layerOf(name) === "mcp");
    expect(inMcp.filter(({ text }) => /new Proxy\(|withEngine/u.test(text))).toEqual([]);
  });

  it("go through no Proxy", () => {
    expect(onlyIn(/new Proxy\(/u, [])).toEqual([]);
  });
});
