/*
 * Checks what scripts/build-prebuilds made: that each file is what its place says, and asks for no more of a system than
 * it may. Prints one line for each file.
 *
 *   node scripts/lib/check-prebuilds.ts [platform…]   as build-prebuilds names them; without one: all
 */
import { existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { BinaryFacts } from "./binaries/facts.ts";
import { readBinary } from "./binaries/read.ts";
import { faultsOf, isNewer, type Rules } from "./binaries/rules.ts";
import { nativeFiles } from "./native-package.ts";

const root = join(import.meta.dirname, "..", "..");
const nodeApiVersion = "v8";

export interface CheckedFile {
  file: string;
  facts: BinaryFacts;
  faults: string[];
}

/** The files of a platform as build-prebuilds names it; those that are not there are faults. */
export function checkPlatform(platform: string, folder: string): CheckedFile[] {
  const { symbols } = createRequire(import.meta.url)("node-api-headers") as {
    symbols: Record<string, Record<string, string[]>>;
  };
  const nodeApi = Object.values(symbols[nodeApiVersion] ?? {}).flat();
  const [system = "", arch = ""] = platform.split("-");
  const isMusl = system === "linuxmusl";
  const os = system.replace("musl", "");
  const names = (nativeFiles[`${os}-${arch}`] ?? []).filter((name) => {
    const other = isMusl ? ".glibc." : ".musl.";
    return !name.includes(other) && !(system === "linux" && name.startsWith("haypile-bridge"));
  });
  if (names.length === 0) throw new Error(`There is no platform ${platform}.`);
  return names.map((name) => {
    const file = join(folder, `${os}-${arch}`, name);
    if (!existsSync(file)) throw new Error(`There is no ${file}. Run scripts/build-prebuilds.`);
    const facts = readBinary(file);
    const rules: Rules = {
      platform: os,
      arch,
      part: name.endsWith(".node") ? "addon" : "bridge",
      nodeApi,
      libc: os === "linux" ? (isMusl ? "musl" : "glibc") : undefined,
    };
    return { file, facts, faults: faultsOf(facts, rules) };
  });
}

function inWords({ file, facts, faults }: CheckedFile): string {
  const [newest] = facts.versions.sort((a, b) => (isNewer(a, b) ? -1 : 1));
  const asks = newest ?? facts.oldestSystem ?? "no version";
  const size = `${(statSync(file).size / 1e6).toFixed(2)} MB`;
  const verdict = faults.length === 0 ? "ok" : `WRONG: ${faults.join("; ")}`;
  return `${file}: ${facts.format} ${facts.arch}, ${size}, asks for ${asks}, needs ${facts.needs.join(" ") || "nothing"}: ${verdict}`;
}

/** As build-prebuilds names them. */
export const allPlatforms: readonly string[] = Object.keys(nativeFiles).flatMap((name) =>
  name.startsWith("linux-") ? [name, name.replace("-", "musl-")] : [name],
);

/** Throws when a file of a platform is missing or has a fault: before a release is packed. */
export function assertAllBuilt(folder: string): void {
  const wrong = allPlatforms
    .flatMap((platform) => checkPlatform(platform, folder))
    .filter(({ faults }) => faults.length > 0);
  if (wrong.length > 0) throw new Error(wrong.map(inWords).join("\n"));
}

if (process.argv[1] === import.meta.filename) {
  const asked = process.argv.slice(2);
  const checked = (asked.length === 0 ? allPlatforms : asked).flatMap((platform) =>
    checkPlatform(platform, join(root, "prebuilds")),
  );
  process.stdout.write(`${checked.map(inWords).join("\n")}\n`);
  process.exitCode = checked.some(({ faults }) => faults.length > 0) ? 1 : 0;
}
