import { open } from "haypile";

await using engine = await open({ folder: "." }); // git is enough: no index is needed

const at = "HEAD"; // or a commit, a branch, a tag, or a time: "v1.2", "2026-03-01"
const [then] = await engine.findSymbol("retryDelay", { at });
console.log(then?.path, then?.headLine, then?.at?.commit, then?.at?.date);

const { uses, at: of } = await engine.references("retryDelay", { at });
console.log(uses.length, of?.notes ?? "nothing is missing");

const { lines, lineCount } = await engine.fileAt("src/retry.ts", { at, first: 1, last: 5 });
console.log(lines.join("\n"), lineCount);
console.log((await engine.revision(at)).commit === of?.commit);
