import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { layers, layersAsMarkdown, mayImport } from "../scripts/layers.ts";

const root = join(import.meta.dirname, "..");
const src = join(root, "src");

/** Files that make files or folders by themselves, each with why: all others go by base/files/private-files.ts. */
const makers: Readonly<Record<string, string>> = {
  "base/files/private-files.ts": "the one place",
  "config/file/write-file.ts":
    "files of a project follow the umask; it asks private-files for all others",
  "cli/clients/install.ts": "a copy of a client's file, which has the mode of that file",
  "daemon/place/endpoint.ts": "a folder of 0700, whose owner it looks at itself",
  "daemon/client/reach.ts": "opens the start log with 0600, in a folder of 0700",
  "engine/git/room.ts": "a folder of mkdtemp, which is private, and gone when git has answered",
  "engine/doctor/doctor.ts": "a scratch folder, which mkdtemp makes for this user alone",
  "engine/memories/rescue-memories.ts": "copies files that it has closed to others before",
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

describe("things with one place", () => {
  const onlyIn = (what: RegExp, allowed: readonly string[]) =>
    offenders((source) =>
      what.test(source.text) && !allowed.includes(source.name) ? [source.name] : [],
    );

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
    const native = filesBelow(join(root, "native"), [".cc", ".h"]).map((path) => ({
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
        ([, header]) =>
          !core.some((other) => other.name.endsWith(header ?? "")) &&
          header !== "unicode_tables.inc",
      ),
    );
    expect(outside.map((file) => file.name)).toEqual([]);
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
