/*
 * The main job as a program of a user, for any program that runs JavaScript: embed, index, search, symbol, remember,
 * recall.
 *   RUNTIME job.mjs PACKAGE TREE [FILE]
 * PACKAGE: the folder of haypile; TREE: has test/runtimes/tree's files. Prints what was found as one line of JSON, or writes
 * it to FILE: under wine a pipe to the outside does not hold.
 */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [packageFolder, tree, file] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(join(packageFolder, "dist", name)).href);
const { openHome } = await load("index.js");
const { loadEmbedder } = await load("embedder.js");

const embedder = await loadEmbedder();
const vectors = await embedder.embed(["read the file", "größer – 日本語", "x ".repeat(300)]);
const bits = createHash("sha256").update(new Uint8Array(vectors.buffer)).digest("hex");
await embedder.close();

const home = await openHome();
const engine = await home.engine(tree);
const { files } = await engine.index();
const { hits } = await engine.search("wait longer after every failed attempt");
const symbols = await engine.findSymbol("parseHeader");
await home.memories.remember("The team meets on Tuesdays at ten.");
const recalled = await home.memories.recall("when do we meet?");
await home.close();
const line = JSON.stringify({
  bits,
  files,
  first: hits[0]?.path,
  // What adds the products up in another order differs in the last digits.
  meaning: hits[0]?.parts.meaning?.toFixed(6),
  symbol: symbols[0]?.path,
  recalled: recalled.hits[0]?.memory.text,
});
if (file === undefined) process.stdout.write(`${line}\n`);
else writeFileSync(file, line);
