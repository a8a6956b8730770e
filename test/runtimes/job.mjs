/*
 * The main job as a program of a user, for any program that runs JavaScript: index, search, symbol, remember, recall.
 *   RUNTIME job.mjs PACKAGE TREE
 * PACKAGE: the folder of haypile; TREE: has test/runtimes/tree's files. Prints what was found as one line of JSON.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [packageFolder, tree] = process.argv.slice(2);
const { openHome } = await import(pathToFileURL(join(packageFolder, "dist", "index.js")).href);
const home = await openHome();
const engine = await home.engine(tree);
const { files, embedding } = await engine.index();
const { hits } = await engine.search("wait longer after every failed attempt");
const symbols = await engine.findSymbol("parseHeader");
await home.memories.remember("The team meets on Tuesdays at ten.");
const recalled = await home.memories.recall("when do we meet?");
await home.close();
process.stdout.write(
  `${JSON.stringify({
    files,
    embedding,
    first: hits[0]?.path,
    meaning: hits[0]?.parts.meaning,
    symbol: symbols[0]?.path,
    recalled: recalled.hits[0]?.memory.text,
  })}\n`,
);
