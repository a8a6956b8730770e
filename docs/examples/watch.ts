import { writeFile } from "node:fs/promises";
import { open } from "haypile";

await using engine = await open({ folder: "." });
const stop = new AbortController();
await engine.watch({
  signal: stop.signal,
  onReady: () => void writeFile("src/added.ts", "export const added = 1;\n"),
  onRun: ({ files }) => {
    console.log(files.new, files.changed, files.deleted);
    if (engine.findSymbol("added").length > 0) stop.abort(); // else it goes on for ever
  },
  onNote: (text) => console.error(text),
});
