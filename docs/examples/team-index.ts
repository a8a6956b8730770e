import { open } from "haypile";

const engine = await open({ folder: "." });
await engine.index();

// The build server writes what a commit has of the index; files that git does not know are left out.
const made = await engine.exportIndex({
  file: "app.haypile-index",
  at: "HEAD",
  maker: "the build server",
  onProgress: ({ step, done, total }) => console.error(step, done, total),
});
console.log(made.at.commit, made.vectors, made.key, made.leftOut.notInCommit.count);

// Everybody else starts with it. Only what differs from the commit is embedded.
const { taken, chunks, repository, artefact } = await engine.importIndex({ file: made.file });
console.log(taken, chunks.embedded, repository, artefact.maker);
await engine.close();
