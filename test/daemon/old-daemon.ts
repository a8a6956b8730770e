/* What is left of a daemon of version 0.1: its lock and its note in the folder of argument 1. A signal ends it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fnv1a } from "../../src/daemon/place/endpoint.ts";
import { processStart } from "../../src/daemon/place/process-facts.ts";
import { tryLock } from "../../src/storage/sqlite/file/lock.ts";

const [, , folder = "", data = ""] = process.argv;
const name = join(folder, `1-${fnv1a(data)}`);
if (tryLock(`${name}.lock`) === undefined) process.exit(1);
const owner = { pid: process.pid, startTime: processStart(process.pid), version: "0.1.0" };
writeFileSync(`${name}.json`, JSON.stringify(owner));
process.stdout.write("ready\n");
setInterval(() => undefined, 1_000);
