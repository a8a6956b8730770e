/*
 * ONNX Runtime 1.27.0 (the last without telemetry) against the one we ship, in the same embedder.
 *   node bench/runtime-versions.ts [--data DIR | --tree DIR] [--rounds 3]
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { addonIn } from "../src/native/addon/addon-file.ts";
import {
  argument,
  keepRows,
  printMachine,
  repository,
  runChild,
  say,
  sourceTexts,
  work,
} from "./common.ts";

const platform = `${process.platform}-${process.arch}`;
const library = "libonnxruntime.so.1";
const ours = join(repository, "prebuilds", platform);

function older(): string {
  const folder = join(work, "onnxruntime-1.27.0");
  const target = join(folder, "addon");
  if (existsSync(join(target, library))) return target;
  mkdirSync(target, { recursive: true });
  writeFileSync(join(folder, "package.json"), "{}");
  const got = spawnSync(
    "npm",
    ["install", "--ignore-scripts", "--no-save", "--loglevel=error", "onnxruntime-node@1.27.0"],
    { cwd: folder, encoding: "utf8" },
  );
  if (got.status !== 0) throw new Error(got.stderr);
  copyFileSync(
    join(
      folder,
      "node_modules",
      "onnxruntime-node",
      "bin",
      "napi-v6",
      process.platform,
      process.arch,
      library,
    ),
    join(target, library),
  );
  const addon = addonIn(ours) ?? "none";
  copyFileSync(addon, join(target, basename(addon)));
  return target;
}

const here = printMachine();
mkdirSync(work, { recursive: true });
const texts = sourceTexts(400);
const file = join(work, "texts-versions.json");
writeFileSync(file, JSON.stringify(texts));
const folders = { "1.27.0": older(), "1.30.0": ours };
const contender = join(import.meta.dirname, "embedding", "contender.mjs");
const rows: object[] = [];
for (let round = 0; round < Number(argument("--rounds", "3")); round += 1) {
  for (const [version, folder] of Object.entries(folders)) {
    const one = runChild<{ cpuSeconds: number; peakRss: number; coldMs: number }>(
      contender,
      ["haypile", file, repository],
      { HAYPILE_ADDON_DIR: folder, HAYPILE_CACHE_DIR: join(work, "graphs") },
    );
    const bytes = statSync(join(folder, library)).size;
    say(
      `${version}: ${one.cpuSeconds.toFixed(2)} CPU-s for ${texts.length} texts, peak RSS ${(one.peakRss / 1e6).toFixed(1)} MB, first vector ${one.coldMs.toFixed(0)} ms, library ${(bytes / 1e6).toFixed(1)} MB`,
    );
    rows.push({ version, ...one, libraryBytes: bytes });
  }
}
keepRows("runtime-versions", here, rows);
