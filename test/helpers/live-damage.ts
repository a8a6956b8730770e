/*
 * A process of its own that has an index open while its files are damaged: node live-damage.ts TREE DATABASE MODEL
 * says "ready", waits for a line, goes on working, and prints how each call ended and what nobody owned.
 */
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { HaypileError } from "../../src/base/errors.ts";
import { open } from "../../src/engine/open.ts";

const [folder = "", database = "", model = ""] = process.argv.slice(2);
const ends: { call: string; code: string; message: string }[] = [];
const unowned: string[] = [];
process.on("unhandledRejection", (error) => unowned.push(`rejection: ${String(error)}`));
process.on("uncaughtException", (error) => unowned.push(`exception: ${String(error)}`));

async function note(call: string, work: () => unknown): Promise<void> {
  try {
    await work();
    ends.push({ call, code: "", message: "" });
  } catch (error) {
    const code = HaypileError.isInstance(error) ? error.code : "none";
    ends.push({ call, code, message: String(error) });
  }
}

const engine = await open({ folder, database, modelFolder: model, bitsFrom: 10 });
await engine.search("read a file");
process.stdout.write("ready\n");
await once(process.stdin, "data");
process.stdin.destroy();
await note("search", () => engine.search("write the path"));
await note("search with a deadline", () => engine.search("read it", { deadlineMs: 2_000 }));
await note("findSymbol", () => engine.findSymbol("read_file_3"));
await note("outline", () => engine.outline(""));
await note("references", () => engine.references("read_file_3"));
await note("status", () => engine.status());
await note("index", () => engine.index());
await note("search again", () => engine.search("class Writer"));
await note("settled", () => engine.settled());
await note("close", () => engine.close());
await wait(20);
process.stdout.write(`${JSON.stringify({ ends, unowned })}\n`);
