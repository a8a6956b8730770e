import { open } from "haypile";

await using engine = await open({ folder: "." });
await engine.index({ fillIn: "off" });

// NAME, FILE, FILE#NAME or FILE:10-20; what is not committed yet comes first
let page = await engine.history("src/retry.ts#retryDelay", { limit: 10, diffLines: 5 });
for (;;) {
  for (const { change, commit, author, subject, path, line, diff } of page.entries) {
    console.log(commit ?? "not committed", change, author, subject, `${path}:${line}`, diff.join("\n"));
  }
  if (page.nextCursor === undefined) break;
  page = await engine.history("src/retry.ts#retryDelay", { cursor: page.nextCursor });
}

const { files, symbols, impact } = await engine.diff("HEAD", undefined, { impact: true }); // or "main..HEAD"
console.log(files.map(({ change, path }) => [change, path]));
for (const { change, name, before, signature } of symbols ?? []) console.log(change, before?.name, name, signature);
console.log(impact?.affected.map(({ path, line }) => `${path}:${line}`));
