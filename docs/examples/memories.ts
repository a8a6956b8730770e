import { resolve } from "node:path";
import { openHome, projectOf, rescueMemories } from "haypile";

const file = resolve("team.db"); // by default memories.db in the data folder of the user
await using home = await openHome({ memoriesDatabase: file });
const { memories } = home;

const { id } = await memories.remember("Deploys go out on Tuesdays after the canary is green.", {
  tags: ["deploy"],
  kind: "decision",
  anchors: [{ path: resolve("src/retry.ts"), symbol: "retryDelay" }],
});
await memories.rememberMany([
  { text: "The staging database listens on port 5433.", kind: "fact", tags: ["infra"] },
  { text: "Ana prefers short pull requests.", kind: "preference" },
]);
await memories.settled(); // all have their vectors; before that they are found by word

// The namespaces of the project that this folder belongs to, as the command line and MCP clients have them.
const project = await projectOf(".");
await memories.remember("Retries are capped at five here.", { namespace: project.namespace });
console.log((await memories.list({ namespace: [...project.namespaces] })).total);

const { hits, searched } = await memories.recall("when do releases go out", { k: 2, why: true });
for (const { memory, score } of hits) console.log(score.toFixed(2), memory.text);
console.log(searched);

await memories.update(id, { text: "Deploys go out on Wednesdays.", importance: 0.9 });
console.log((await memories.get(id))?.text, await memories.history(id));
const { memories: listed, total } = await memories.list({ tags: { any: ["deploy", "infra"] }, limit: 10 });
console.log(listed.length, total);
const [first, second] = listed;
if (first !== undefined && second !== undefined) await memories.link(first.id, second.id, "see also");

// An edit is laid over nothing that another client changed meanwhile; say the old text again to undo it.
const was = { text: "Deploys go out on Wednesdays." };
await memories.update(id, { text: "Deploys go out on Thursdays.", was });
const soonest = await memories.list({ order: "expires", expiresBefore: "2030-01-01", text: "depl" });
console.log(soonest.total);
const { pairs } = await memories.duplicates({ limit: 20 }); // seem to say the same
for (const { memories: [one, other] } of pairs) {
  if (one !== undefined && other !== undefined) await memories.dismiss(one.id, other.id);
}
if (first !== undefined && second !== undefined && first.namespace === second.namespace) {
  const merged = await memories.merge([first.id, second.id]);
  await memories.unmerge(merged.id); // both hold again
}
const unsure = await memories.unverified({ limit: 20 }); // their code has changed since
for (const { memory, changes } of unsure.memories) console.log(memory.text, changes);
const spoken = await memories.anchored({ anchors: [{ path: `${process.cwd()}/src/retry.ts` }] }); // speak of this file
console.log(spoken.memories.map(({ text }) => text));
await memories.verify(id); // it is true of the code as it is now

const lines: string[] = [];
for await (const line of memories.export({ kind: ["decision", "fact"] })) lines.push(line);
console.log(await memories.import(lines)); // the same again: merged, not doubled
const importing = await memories.openImport({ asText: true }); // a text that comes in pieces
await importing.push(['{"text": "Releases are ', 'tagged by hand."}\n']);
console.log((await importing.end()).stored);

const { id: snapshot } = await memories.snapshot({ note: "before tidying up" }); // all of them, as they are now

const { matched, confirm } = await memories.forgetWhere({ tags: { all: ["infra"] } }); // shows what would go
if (matched === 1) await memories.forgetWhere({ tags: { all: ["infra"] } }, { confirm });
await memories.forget(id);
await memories.undelete(id); // within the grace period
const { at } = await memories.forget(id);
if (at !== undefined) await memories.undeleteAt(at); // all that went at that moment
console.log(await memories.bringBack(snapshot)); // what is gone since; the rest stays as it is
console.log((await memories.snapshots()).snapshots.map(({ at, note, counts }) => [at, note, counts?.memories]));
console.log((await memories.verifySnapshot(snapshot)).isSound); // restored into a scratch folder, opened and asked
const { kept } = await memories.restoreSnapshot(snapshot); // all of it, as it was then
if (kept !== undefined) await memories.restoreSnapshot(kept.id); // and back
console.log((await memories.pruneSnapshots({ dryRun: true })).removed.length); // what has had its time
await memories.removeSnapshot(snapshot);
const { sent, received, problems } = await memories.sync(resolve(".")); // a folder that other machines have too
console.log(sent, received.added, problems);
console.log(await memories.stats(), await memories.removed(), await memories.collect());

await home.close();
// What "haypile doctor" calls damaged is put right while nobody has the file open.
const report = await rescueMemories(file);
console.log(report.wasDamaged, report.memories, report.lost);
