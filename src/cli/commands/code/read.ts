import { join } from "node:path";
import type { Command } from "commander";
import { fileError, HaypileError } from "../../../base/errors.ts";
import { readBounded } from "../../../base/files/read-file.ts";
import { linesOfFile } from "../../../base/files/text-of-file.ts";
import { passGate } from "../../../base/paths/path-gate.ts";
import { realPathOf } from "../../../base/paths/real-path.ts";
import { parseTarget } from "../../../base/text/read-target.ts";
import type { AnsweredAt } from "../../../ports/answers/time/answered-at.ts";
import type { CodeIndex } from "../../../ports/haypile.ts";
import { addHereFlag, throughDoor } from "../../door.ts";
import { wholeNumber } from "../../flags/numbers.ts";
import { addIndexFlags, type IndexFlags } from "../../flags/options.ts";
import { type AtFlags, addAtFlag, noteAt } from "../../output/at.ts";
import { counted, printable, printJson, printLine } from "../../output/format.ts";
import { staleWords } from "../../output/missing.ts";

interface ReadFlags extends IndexFlags, AtFlags {
  json?: boolean | undefined;
  limit: number;
  context: number;
}

interface WholeFile {
  path: string;
  lines: string[];
  at?: AnsweredAt | undefined;
}

/** Larger files are not read, bytes. */
const mostBytes = 16 * 1024 * 1024;

/** haypile read TARGET */
export function addRead(program: Command, signal: AbortSignal): void {
  const command = program
    .command("read")
    .description("the lines of an indexed file, or of a definition in it, with their numbers")
    .argument("<target>", "FILE, FILE:10-40 or FILE#NAME, relative to the indexed folder");
  addAtFlag(addHereFlag(addIndexFlags(command)))
    .option("--context <n>", "lines around it", wholeNumber(0, 1_000), 0)
    .option("-k, --limit <n>", "most lines shown", wholeNumber(1, 1_000_000), 1_000)
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Examples:
  haypile read src/app.ts
  haypile read src/app.ts:1-20
  haypile read src/app.ts#open --context 3
  haypile read src/app.ts#open --at v1.2`,
    )
    .action(async (target: string, flags: ReadFlags) => {
      await throughDoor({ command: "read", flags, signal }, async ({ haypile }) => {
        const code = haypile.code(flags.path);
        const wanted = parseTarget(target);
        const past = flags.at === undefined ? undefined : { at: flags.at, signal };
        const readNow = async (): Promise<WholeFile> =>
          past === undefined
            ? await readIndexed(code, wanted.path)
            : await code.fileAt(wanted.path, past);
        let file = await readNow();
        let span: Span = wanted;
        if (wanted.symbol !== undefined) {
          span = await spanOf(code, file.path, wanted.symbol, past);
          // What was looked up is of the text as it is by now.
          if (past === undefined) file = await readNow();
        }
        const first = Math.max(1, (span.first ?? 1) - flags.context);
        const last = Math.min(file.lines.length, (span.last ?? Infinity) + flags.context);
        if (first > last && file.lines.length > 0) throw outside(file, span);
        const lines = file.lines.slice(first - 1, Math.min(last, first - 1 + flags.limit));
        const { path, at } = file;
        if (flags.json === true) {
          const lineCount = file.lines.length;
          printJson("read", { path, first, lines, lineCount, stale: span.stale, at });
        } else {
          for (const [i, line] of lines.entries()) {
            printLine(`${String(first + i).padStart(6)}  ${printable(line)}`);
          }
          const words = `${printable(path)}${staleWords(span.stale)}`;
          process.stderr.write(`haypile: ${words}, ${counted(file.lines.length, "line")}.\n`);
        }
        const next = first + lines.length;
        if (next <= last) {
          process.stderr.write(
            `haypile: ${counted(last - next + 1, "line")} more: give --limit, or read ${printable(path)}:${next}-${last}.\n`,
          );
        }
        noteAt(at);
      });
    });
}

interface Span {
  first?: number | undefined;
  last?: number | undefined;
  /** The file has changed, and where its definitions are now is not known. */
  stale?: boolean | undefined;
}

async function spanOf(
  code: CodeIndex,
  path: string,
  name: string,
  past: { at: string; signal: AbortSignal } | undefined,
): Promise<Span> {
  const [found] = await code.findSymbol(name, { path, k: 1, ...past });
  if (found !== undefined) {
    return { first: found.startLine, last: found.endLine, stale: found.stale };
  }
  throw new HaypileError(
    "HAYPILE_SYMBOL_MISSING",
    `Expected a definition of ${JSON.stringify(path)}, but ${JSON.stringify(name.slice(0, 200))} is none there. "haypile outline" with the file lists them.`,
    { data: { path, name } },
  );
}

function outside({ path, lines }: WholeFile, { first, last }: Span): HaypileError {
  return new HaypileError(
    "HAYPILE_USAGE",
    `Expected lines of ${JSON.stringify(path)}, which has ${lines.length}, but ${first ?? 1}-${last ?? first} is outside. Name lines within.`,
    { data: { path, lineCount: lines.length } },
  );
}

/**
 * A file of the index as it is on the disk: regular, inside the indexed folder, no link on its way.
 * @throws HaypileError that says what is wrong with the path
 */
async function readIndexed(code: CodeIndex, said: string): Promise<WholeFile> {
  const { root } = await code.facts();
  const path = passGate(root, said);
  // Says it itself where nothing is indexed there.
  const { files } = await code.outline(path, { maxFiles: 1, depth: 0 });
  const shown = JSON.stringify(path === "" ? said : path);
  if (path === "" || files[0]?.path !== path) {
    throw unreadable(
      path,
      `Expected a file, but ${shown} is a folder. "haypile outline" lists it.`,
    );
  }
  const real = await realPathOf(root).catch(() => root);
  const bytes = await readBounded(join(real, ...path.split("/")), {
    mostBytes,
    links: "refuse",
    inside: real,
  }).catch((error: unknown) => {
    const why = refusals[(error as { code?: string }).code ?? ""];
    if (why === undefined) throw fileError(error, `read ${shown}`);
    throw unreadable(path, `Could not read ${shown}: ${why}.`);
  });
  const lines = linesOfFile(path, bytes);
  if (lines === undefined) throw unreadable(path, `${shown} is binary, not text.`);
  return { path, lines };
}

const refusals: Readonly<Record<string, string>> = {
  ENOENT: 'it is in the index, but not on the disk any more. "haypile index" takes it out',
  ELOOP: "it is a link now, and links are not followed",
  EOUTSIDE: "it leads out of the project through a link, and links are not followed",
  EFTYPE: "it is not a regular file",
  EFBIG: `it is larger than ${mostBytes} bytes`,
};

function unreadable(path: string, message: string): HaypileError {
  return new HaypileError("HAYPILE_PATH_MISSING", message, { data: { path } });
}
