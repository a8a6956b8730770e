/* haypile index export|import|trust|key: an index as a file for others, and whose files are taken. */
import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { Command } from "commander";
import { HaypileError } from "../../../base/errors.ts";
import { modelInWords } from "../../../base/model-name.ts";
import { localDay } from "../../../base/text/local-time.ts";
import { readEnvironment } from "../../../config/environment/env.ts";
import { distrustKey, readTrustedKeys, trustKey } from "../../../config/file/trusted-keys.ts";
import type { EngineStatus } from "../../../ports/answers/index-facts.ts";
import type {
  ArtefactFacts,
  CountedPaths,
  ExportedIndex,
  ImportedIndex,
} from "../../../ports/answers/index-upkeep.ts";
import { addHereFlag, type DoorFlags, throughDoor } from "../../door.ts";
import { addFlags } from "../../flags/option-flags.ts";
import {
  counted,
  formatBytes,
  formatCount,
  formatTable,
  printable,
  printJson,
  printLine,
} from "../../output/format.ts";
import { ProgressLine } from "../../output/progress.ts";
import { runState } from "../../output/run-words.ts";

interface ExportFlags extends DoorFlags {
  path: string;
  at?: string | undefined;
  key?: string | undefined;
  maker?: string | undefined;
  quiet?: boolean | undefined;
  json?: boolean | undefined;
}

interface ImportFlags extends DoorFlags {
  path: string;
  fillIn?: "off" | "background" | undefined;
  quiet?: boolean | undefined;
  json?: boolean | undefined;
}

/** Paths that are named of each kind of file that was left out. */
const mostNamed = 5;

/** @param index the command "index", which goes on indexing what is no name of these */
export function addExported(index: Command, signal: AbortSignal): void {
  // "haypile index export --json": what stands behind the name is its own.
  index.enablePositionalOptions().helpCommand(false);
  addHereFlag(
    index
      .command("export")
      .description("write the vectors of a commit to a file, so that others need not make them")
      .argument("[file]", "default: the name of the folder with .haypile-index behind it"),
  )
    .option("--path <folder>", "folder whose index is meant; one of its parents will do", ".")
    .option("--db <file>", "database file (default: one per folder in your data folder)")
    .option("--at <revision>", "of which commit: a commit, branch, tag or time (default: HEAD)")
    .option(
      "--key <file>",
      "sign with this private key (default: HAYPILE_INDEX_KEY, else your own)",
    )
    .option("--maker <text>", "who makes it, for those who import it")
    .option("-q, --quiet", "no progress")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
In it are vectors and the hashes of their texts; no text, no path and no name of this machine. Files that git does not
know, or that differ from the commit, are left out. To index a folder that is called "export", write ./export.

Examples:
  haypile index export
  haypile index export ~/app.haypile-index --at v1.2 --maker "the build server"`,
    )
    .action(async (file: string | undefined, flags: ExportFlags) => {
      noteFolder("export", file);
      await exportTo(file, flags, signal);
    });
  const importing = index
    .command("import")
    .description("index a folder with the vectors of such a file, and make only those it has not")
    .argument("<file>", "an exported index")
    .option("--path <folder>", "folder to index", ".")
    .option("--db <file>", "database file (default: one per folder in your data folder)");
  addFlags(addHereFlag(importing), ["model.name", "model.folder", "memory.max", "index.fill-in"])
    .option("-q, --quiet", "no progress")
    .option("--json", "the report as JSON")
    .addHelpText(
      "after",
      `
Texts and definitions are read from your files; vectors are taken where the hash of a text is the same. A file that is
damaged, of another repository or model, or signed by a key that you do not trust changes nothing.

Examples:
  haypile index import app.haypile-index
  haypile index import app.haypile-index --fill-in off`,
    )
    .action(async (file: string, flags: ImportFlags) => await importFrom(file, flags, signal));
  index
    .command("trust")
    .description("take exported indexes that are signed by this key; without one, list the keys")
    .argument("[key]", "a fingerprint, or an exported index that is signed by the key")
    .option("--remove", "trust it no longer")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Whoever has such a key decides what your searches by meaning find. Take fingerprints from people, not from the file.

Examples:
  haypile index trust
  haypile index trust 0f3a64c1d2b59e7788aa01c4f96b2d3e
  haypile index trust 0f3a64c1d2b59e7788aa01c4f96b2d3e --remove`,
    )
    .action(async (said: string | undefined, flags: { remove?: boolean; json?: boolean }) => {
      if (said === undefined) return listKeys(flags.json === true);
      await trust(said, flags.remove === true, flags.json === true);
    });
  index
    .command("key")
    .description("the fingerprint of the key that signs what you export; with a file, a new key")
    .argument("[file]", "where to write a new private key, as for a build server")
    .option("--json", "as JSON")
    .addHelpText("after", "\nExamples:\n  haypile index key\n  haypile index key build-server.pem")
    .action(async (file: string | undefined, flags: { json?: boolean }) => {
      await tellKey(file, flags.json === true);
    });
}

/** A folder of that name could be indexed by the same words until now. */
function noteFolder(name: string, file: string | undefined): void {
  if (file !== undefined || !existsSync(name)) return;
  process.stderr.write(
    `haypile: this exports an index; to index the folder ${name}, write: haypile index ./${name}\n`,
  );
}

async function exportTo(
  said: string | undefined,
  flags: ExportFlags,
  signal: AbortSignal,
): Promise<void> {
  const { path, at, key, maker, json } = flags;
  const line = new ProgressLine(process.stderr);
  const ways = { command: "index export", flags: await withOwnKey(flags), signal };
  const made = await throughDoor(ways, async ({ haypile }) => {
    const code = haypile.code(path);
    const file = resolve(said ?? `${basename((await code.facts()).root)}.haypile-index`);
    try {
      return await code.exportIndex({
        file,
        at,
        keyFile: key && resolve(key),
        maker,
        signal,
        onProgress:
          flags.quiet === true || json === true
            ? undefined
            : ({ step, done, total }) =>
                line.update({
                  phase: step === "compare" ? "comparing" : "writing",
                  unit: step === "compare" ? "files" : "vectors",
                  ...{ done, total, rssBytes: process.memoryUsage.rss() },
                }),
      });
    } finally {
      line.clear();
    }
  });
  if (json === true) return printJson("index export", made);
  printExported(made);
}

/** A key that a variable says is this process's: the daemon does not have its variables. */
async function withOwnKey<Flags extends DoorFlags>(flags: Flags): Promise<Flags> {
  const { keyVariable } = await import("../../../engine/artefact/keys.ts");
  const isSaid = (readEnvironment().variables[keyVariable] ?? "") !== "";
  return isSaid ? { ...flags, here: true } : flags;
}

function printExported(made: ExportedIndex): void {
  const { file, bytes, at, files, vectors, key, leftOut, model } = made;
  printLine(`Exported ${printable(file)} (${formatBytes(bytes)})`);
  const rows: [string, string][] = [
    ["commit", printable(`${at.commit} of ${at.date} (${at.said})`)],
    ["holds", `${counted(vectors, "vector")} of ${counted(files, "file")}`],
    ["model", printable(modelInWords(model))],
    ["key", key],
  ];
  const says = (what: string, { count, examples }: CountedPaths): void => {
    if (count === 0) return;
    const named = examples.slice(0, mostNamed).map(printable).join(", ");
    const more = count > mostNamed ? `, and ${formatCount(count - mostNamed)} more` : "";
    rows.push(["left out", `${counted(count, "file")} ${what}: ${named}${more}`]);
  };
  says("that differ from the commit", leftOut.differing);
  says("that the commit does not have", leftOut.notInCommit);
  if (leftOut.withoutVector > 0) {
    rows.push(["left out", `${counted(leftOut.withoutVector, "chunk")} without a vector yet`]);
  }
  if (leftOut.packed > 0) {
    rows.push(["left out", `${counted(leftOut.packed, "chunk")} with a packed or damaged vector`]);
  }
  for (const row of formatTable(rows)) printLine(row);
}

async function importFrom(file: string, flags: ImportFlags, signal: AbortSignal): Promise<void> {
  const { path, fillIn, json, quiet } = flags;
  const line = new ProgressLine(process.stderr);
  const ways = { command: "index import", flags: await withOwnKey(flags), signal };
  await throughDoor(ways, async ({ haypile }) => {
    const code = haypile.code(path, { nearest: false });
    let made: ImportedIndex;
    try {
      made = await code.importIndex({
        file: resolve(file),
        fillIn,
        signal,
        onProgress:
          quiet === true || json === true
            ? undefined
            : (progress) => line.update(runState(progress)),
      });
    } finally {
      line.clear();
    }
    const { index, database } = await code.status();
    if (json === true) return printJson("index import", { ...made, database, index });
    printImported(made, index);
  });
}

function printImported(made: ImportedIndex, index: EngineStatus["index"]): void {
  const { artefact, taken, chunks, repository, root, files } = made;
  printLine(`Indexed ${printable(root)} with vectors of ${printable(inWords(artefact))}`);
  const waiting = index.chunks - index.vectors;
  for (const row of formatTable([
    ["files", formatCount(files.seen)],
    ["taken", `${counted(taken, "vector")} of the ${formatCount(artefact.vectors)} in the file`],
    ["embedded", counted(chunks.embedded, "chunk")],
    ...(waiting > 0
      ? ([
          ["waiting", `${counted(waiting, "chunk")} without a vector: "haypile index" makes them`],
        ] as const)
      : []),
  ])) {
    printLine(row);
  }
  if (repository === "unknown") {
    process.stderr.write(
      "haypile: nothing here tells whether it is of this repository; only texts that are the same got vectors.\n",
    );
  }
}

/** "commit 4f2a9c1… of 2026-03-01, signed by …, which says to be made by …" */
function inWords({ commit, date, key, maker }: ArtefactFacts): string {
  const said = maker === undefined ? "" : `; it says to be made by ${JSON.stringify(maker)}`;
  return `commit ${commit.slice(0, 12)} of ${localDay(date)}, signed by ${key}${said}`;
}

async function trust(said: string, isRemoval: boolean, isJson: boolean): Promise<void> {
  const { fingerprintIn } = await import("../../../engine/artefact/keys.ts");
  const { dataFolder } = readEnvironment();
  const fingerprint = fingerprintIn(said);
  let facts: ArtefactFacts | undefined;
  if (fingerprint === undefined) {
    if (!existsSync(said)) throw neitherOf(said);
    const { artefactFacts } = await import("../../../engine/artefact/import-index.ts");
    facts = await artefactFacts(resolve(said));
  }
  const key = fingerprint ?? (facts?.key as string);
  if (isRemoval) {
    const was = distrustKey(dataFolder, key);
    if (isJson) return printJson("index trust", { key, isTrusted: false });
    return printLine(`${key} ${was ? "is trusted no longer" : "was not trusted"}`);
  }
  trustKey(dataFolder, key, facts?.maker);
  if (isJson) return printJson("index trust", { key, isTrusted: true });
  printLine(`trusted ${key}`);
  if (facts !== undefined) printLine(printable(`  by ${said}: ${inWords(facts)}`));
}

function neitherOf(said: string): HaypileError {
  return new HaypileError(
    "HAYPILE_USAGE",
    `Expected a fingerprint of 32 hexadecimal digits, or an exported index, but ${JSON.stringify(said.slice(0, 200))} is neither.`,
    { data: { said: said.slice(0, 200) } },
  );
}

async function listKeys(isJson: boolean): Promise<void> {
  const { ownFingerprints } = await import("../../../engine/artefact/keys.ts");
  const environment = readEnvironment();
  const own = ownFingerprints(environment);
  const trusted = [...readTrustedKeys(environment.dataFolder)].map(([key, one]) => ({
    key,
    ...one,
  }));
  if (isJson) return printJson("index trust (list)", { own, trusted });
  for (const key of own) printLine(`${key}  your own`);
  for (const { key, since, maker } of trusted) {
    const said = maker === "" ? "" : `  says to be ${JSON.stringify(maker)}`;
    printLine(printable(`${key}  since ${localDay(since)}${said}`));
  }
  if (own.length + trusted.length === 0) printLine("No key is trusted, and you have none yet.");
}

async function tellKey(file: string | undefined, isJson: boolean): Promise<void> {
  const { makeKey, ownKeyPath, signingKey } = await import("../../../engine/artefact/keys.ts");
  const environment = readEnvironment();
  if (file === undefined) {
    const { fingerprint: key } = signingKey(environment);
    if (isJson) return printJson("index key", { key, file: ownKeyPath(environment.dataFolder) });
    return printLine(key);
  }
  const path = resolve(file);
  const key = makeKey(path);
  if (isJson) return printJson("index key", { key, file: path });
  printLine(`${key}  the private key is in ${printable(path)}: keep it secret`);
}
