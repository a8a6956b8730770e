/* A process that keeps memories, one a line of a file, until each has its vector, and is asked once. Of plan.ts; it runs what is built. */
import { readFileSync } from "node:fs";
import { openHere } from "../dist/haypile/here.js";

const haypile = openHere();
await haypile.memories.import(readFileSync(process.argv[2], "utf8").split("\n"));
await haypile.memories.settled();
await haypile.memories.recall("where is the log written");
const residentBytes = haypile.processReceipt()?.memoriesBytes;
await haypile.close();
process.stdout.write(`${JSON.stringify({ residentBytes })}\n`);
