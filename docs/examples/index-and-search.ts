import { open } from "haypile";

const engine = await open({ folder: "." });
if (!engine.hasIndex) console.log(`no index of ${engine.root} yet; ${engine.modelName} will make it`);

const stop = new AbortController(); // stop.abort() ends the run; the next one goes on from there
const report = await engine.index({
  signal: stop.signal,
  onProgress: ({ phase, chunksDone, chunksTotal, msLeft }) => {
    if (phase === "embed" && msLeft !== undefined) console.log(chunksDone, chunksTotal, msLeft);
  },
});
console.log(report.files.new, report.chunks.embedded);
await engine.settled();

const { hits, cut, indexing } = await engine.search("how long to wait before the next try", {
  k: 3,
  filter: { languages: ["ts"], paths: ["src"], noTests: true },
  deadlineMs: 60_000,
});
for (const { path, startLine, score, snippet } of hits) {
  console.log(`${path}:${startLine}`, score.toFixed(2), snippet.lines[0]);
}
console.log(cut, indexing); // what was left out and why; the run that is at work

const { verdict } = await engine.why("how long to wait", "src/retry.ts");
console.log(verdict);
await engine.close();
