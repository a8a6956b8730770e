/*
 * Searches at a revision of a real history: the first answer and the next ones, how long all of it takes behind, and how
 * many chunks had to be embedded of a revision and of a second one near to it.
 *
 *   node bench/search-at.ts --repository FOLDER --at REV [--second REV] [--questions 5] [--embed]
 *
 * The folder is indexed as it is checked out, texts and words only unless --embed is said. "cold" is a new process with
 * nothing kept of the revision; what it takes beside the search (starting node, opening) is not counted. On a machine
 * that others use, look at the CPU time: that of this process, all threads, without git and parse processes.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { loadavg } from "node:os";
import { join, resolve } from "node:path";
import { openHome } from "../src/engine/home.ts";
import { argument, keepRows, printMachine, say, work } from "./common.ts";

const folder = resolve(argument("--repository") ?? ".");
const at = argument("--at") ?? "HEAD~1";
const second = argument("--second");
const embeds = process.argv.includes("--embed");
const questions = [
  "how are changes of models found and written down",
  "where is a password hashed",
  "escape text for html",
  "parse a date from a header",
  "close connections that are too old",
].slice(0, Number(argument("--questions", "5")));

const scratch = join(work, "search-at");
process.env.HAYPILE_DATA_DIR = join(scratch, "data");
process.env.HAYPILE_CACHE_DIR = join(scratch, "cache");
process.env.HAYPILE_CONFIG_DIR = join(scratch, "config");

interface Asked {
  ms: number;
  cpuMs: number;
  hits: number;
  files: number;
  of: number;
}

async function ask(said: string, query: string, engine: Engine): Promise<Asked> {
  const cpu = process.cpuUsage();
  const begun = performance.now();
  const { hits, takenIn } = await engine.search(query, { at: said, fillIn: "off" });
  const { user, system } = process.cpuUsage(cpu);
  return {
    ms: Math.round(performance.now() - begun),
    cpuMs: Math.round((user + system) / 1_000),
    hits: hits.length,
    files: takenIn?.files ?? 0,
    of: takenIn?.of ?? 0,
  };
}

type Engine = Awaited<ReturnType<Awaited<ReturnType<typeof openHome>>["engine"]>>;

/** One question of a process of its own: with --ask it is this one. */
async function alone(said: string, query: string): Promise<void> {
  const home = await openHome();
  const engine = await home.engine(folder);
  await engine.search("warm the model and the index", { fillIn: "off" }).catch(() => undefined);
  say(JSON.stringify(await ask(said, query, engine)));
  await home.close();
}

function inOwnProcess(said: string, query: string): Asked {
  const args = [import.meta.filename, "--repository", folder, "--at", said, "--ask", query];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  const line = stdout.trim().split("\n").at(-1);
  if (!line?.startsWith("{")) throw new Error(stderr);
  return JSON.parse(line) as Asked;
}

const only = argument("--ask");
if (only !== undefined) {
  await alone(at, only);
} else {
  const here = printMachine();
  mkdirSync(scratch, { recursive: true });
  const home = await openHome();
  const engine = await home.engine(folder);
  const { index } = await engine
    .index({ fillIn: embeds ? undefined : "off" })
    .then(() => engine.status());
  await home.close();
  const cold: Asked[] = [];
  for (const query of questions) {
    rmSync(join(scratch, "cache", "revisions"), { recursive: true, force: true });
    const one = inOwnProcess(at, query);
    say(`cold  ${one.ms} ms, CPU ${one.cpuMs} ms, ${one.files} of ${one.of} files  ${query}`);
    cold.push(one);
  }
  const after = await openHome({}, undefined, embeds);
  const warm = await after.engine(folder);
  const begun = performance.now();
  await ask(at, questions[0] as string, warm);
  await warm.settled();
  const allMs = Math.round(performance.now() - begun);
  const again: Asked[] = [];
  for (const query of questions) {
    await ask(at, query, warm);
    const one = await ask(at, query, warm);
    say(`again ${one.ms} ms, CPU ${one.cpuMs} ms, ${one.files} of ${one.of} files  ${query}`);
    again.push(one);
  }
  const kept = (await warm.status()).revisions;
  const shares: object[] = [];
  if (second !== undefined) {
    await ask(second, questions[0] as string, warm);
    await warm.settled();
    const both = (await warm.status()).revisions;
    const chunks = (both?.chunks ?? 0) - (kept?.chunks ?? 0);
    const share = chunks / Math.max(1, index.chunks);
    say(
      `second: ${chunks} new chunks beside ${index.chunks} of the index: ${(share * 100).toFixed(1)} %`,
    );
    shares.push({ second, chunks, share });
  }
  say(
    `all of it behind: ${allMs} ms; kept: ${kept?.files} files, ${kept?.chunks} chunks, ${kept?.bytes} bytes; load ${loadavg()[0]?.toFixed(1)}`,
  );
  await after.close();
  keepRows("search-at", here, [
    {
      files: index.files,
      chunks: index.chunks,
      at,
      cold,
      again,
      allMs,
      kept: {
        files: kept?.files,
        chunks: kept?.chunks,
        bytes: kept?.bytes,
        withoutVector: kept?.withoutVector,
      },
      shares,
      load: loadavg()[0],
    },
  ]);
}
