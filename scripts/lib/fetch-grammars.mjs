/*
 * Gets the packaged tree-sitter grammars (WebAssembly) from npm and puts them, with their licences,
 * into a folder, each packed with Brotli. Only those files are taken; no package is installed, and none of its scripts
 * runs. The digest of each package is pinned in tools/grammars/grammars.json. Licences of grammars that a package holds
 * without theirs lie in tools/grammars/licences, and are named there.
 *
 *   node scripts/lib/fetch-grammars.mjs LIST.json FOLDER
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { brotliCompressSync, constants } from "node:zlib";

const run = promisify(execFile);
const [listPath = "", folderPath = ""] = process.argv.slice(2);
const list = JSON.parse(readFileSync(listPath, "utf8"));
const folder = resolve(folderPath);
const scratch = mkdtempSync(join(tmpdir(), "haypile-grammars-"));
/** Levels above 9 take a minute for a tenth less; a window above 1 MB takes memory and saves nothing. */
const packing = {
  [constants.BROTLI_PARAM_QUALITY]: 9,
  [constants.BROTLI_PARAM_LGWIN]: 20,
};
/** Packages fetched side by side. */
const lanes = 4;

async function fetchOne(entry, licences) {
  const into = mkdtempSync(join(scratch, "one-"));
  const { stdout } = await run(
    "npm",
    ["pack", "--silent", "--ignore-scripts", `${entry.package}@${entry.version}`],
    { cwd: into },
  );
  const tarball = join(into, stdout.trim().split("\n").at(-1));
  const digest = `sha512-${createHash("sha512").update(readFileSync(tarball)).digest("base64")}`;
  if (digest !== entry.integrity) {
    throw new Error(
      `${entry.package}@${entry.version}: expected ${entry.integrity}, got ${digest}`,
    );
  }
  const files = Object.values(entry.grammars).map((file) => `package/${file}`);
  const { stdout: held } = await run("tar", ["tzf", tarball]);
  const licenceFiles = held.split("\n").filter((name) => /^package\/LICENSE[^/]*$/.test(name));
  await run("tar", ["xzf", tarball, ...files, ...licenceFiles], { cwd: into });
  for (const [name, file] of Object.entries(entry.grammars)) {
    const bytes = readFileSync(join(into, "package", file));
    writeFileSync(join(folder, `${name}.wasm.br`), brotliCompressSync(bytes, { params: packing }));
  }
  const own = ["LICENSE", "LICENSE.md", "LICENSE.txt"]
    .map((name) => join(into, "package", name))
    .filter((path) => existsSync(path))
    .slice(0, 1);
  const ofGrammars = (entry.licences ?? []).map((name) =>
    join(dirname(listPath), "licences", `${name}.txt`),
  );
  const texts = [...own, ...ofGrammars].map((path) => readFileSync(path, "utf8").trim());
  if (texts.length === 0) throw new Error(`${entry.package} has no licence file`);
  const names = Object.keys(entry.grammars).join(", ");
  licences.set(
    entry.package,
    `## ${entry.package} ${entry.version} (${names})\n\n${texts.join("\n\n")}\n`,
  );
}

try {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const licences = new Map();
  const queue = [...list];
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
        await fetchOne(entry, licences);
      }
    }),
  );
  writeFileSync(
    join(folder, "LICENSES.md"),
    ["# Licences of the grammars\n", ...list.map((entry) => licences.get(entry.package))].join(
      "\n",
    ),
  );
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
