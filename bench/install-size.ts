/*
 * What "npm install haypile" puts into node_modules, by platform and part: the packages as they would be published,
 * packed and installed for each platform with npm's --os, --cpu and --libc. Ends with 1 where a platform is over the goal.
 *   node bench/install-size.ts [--platforms linux-x64,darwin-arm64] [--keep]
 * The library of each platform comes from scripts/fetch-runtime; addons and bridges are those that prebuilds/ has.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { installPacks } from "../scripts/lib/install-packs.ts";
import { sqlitePlatforms } from "../scripts/lib/sqlite-packages.ts";
import { argument, keepRows, printMachine, repository, say } from "./common.ts";

const goalBytes = 90_000_000;
/** The first that fits a file's path in node_modules says its part. */
const parts: readonly (readonly [string, RegExp])[] = [
  ["ONNX Runtime", /^@haypile\/onnxruntime-/],
  ["model all-minilm-l6-v2", /^@haypile\/model-all-/],
  ["static model", /^@haypile\/model-static-/],
  ["addon and bridge", /^@haypile\/native/],
  ["SQLite with its driver", /^(@haypile\/sqlite-|better-sqlite3\/)/],
  ["grammars", /^@haypile\/grammars/],
  ["sqlite-vec", /^sqlite-vec/],
  ["MCP SDK, zod, web-tree-sitter, bundled", /^haypile\/node_modules\//],
  ["Haypile's own code", /^haypile\//],
  ["other packages", /./],
];

function installed(platform: string, scratch: string): Record<string, number> {
  const project = join(scratch, platform);
  if (!platform.startsWith("linuxmusl")) {
    execFileSync("scripts/fetch-runtime", [platform], { cwd: repository, stdio: "inherit" });
  }
  installPacks(platform, project);
  const modules = join(project, "node_modules");
  const bytes: Record<string, number> = {};
  for (const entry of readdirSync(modules, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = relative(modules, file).split(sep).join("/");
    const part = parts.find(([, pattern]) => pattern.test(path))?.[0] ?? "";
    bytes[part] = (bytes[part] ?? 0) + statSync(file).size;
  }
  rmSync(project, { recursive: true });
  return bytes;
}

const here = printMachine();
const scratch = mkdtempSync(join(tmpdir(), "haypile-install-size-"));
const platforms = argument("--platforms", sqlitePlatforms.join(",")).split(",");
try {
  const sizes = platforms.map((platform) => ({ platform, parts: installed(platform, scratch) }));
  const mb = (bytes = 0): string => (bytes / 1e6).toFixed(1);
  const line = (cells: readonly string[]): void => say(`| ${cells.join(" | ")} |`);
  line(["MB", ...platforms]);
  line(["---", ...platforms.map(() => "---:")]);
  for (const [part] of parts) line([part, ...sizes.map((size) => mb(size.parts[part]))]);
  const rows = sizes.map((size) => ({
    ...size,
    builds: readdirSync(join(repository, "prebuilds")).filter((name) => name.includes("-")),
    total: Object.values(size.parts).reduce((sum, bytes) => sum + bytes, 0),
  }));
  line(["together", ...rows.map(({ total }) => mb(total))]);
  if (process.argv.includes("--keep")) keepRows("install-size", here, rows);
  const over = rows.filter(({ total }) => total > goalBytes).map(({ platform }) => platform);
  if (over.length > 0) {
    say(`over ${mb(goalBytes)} MB: ${over.join(", ")}`);
    process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
