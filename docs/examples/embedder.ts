import { loadEmbedder } from "haypile/embedder";

await using embedder = await loadEmbedder({ workers: 1 });
const vectors = await embedder.embed(["retry with back-off", "parse the configuration"], {
  kind: "passage",
  onProgress: ({ textsDone, textsTotal }) => console.log(textsDone, textsTotal),
});
const query = await embedder.embed(["wait before the next try"], { kind: "query" });

// Row i begins at i * dimensions; all have length 1, so the product is the cosine.
const cosine = (row: number): number =>
  query.reduce((sum, value, at) => sum + value * (vectors[row * embedder.dimensions + at] ?? 0), 0);
console.log(cosine(0) > cosine(1), embedder.modelId, embedder.maxTokens);
console.log(await embedder.countTokens(["retry with back-off"]), embedder.report()?.loadMs);
console.log(await embedder.countLineTokens?.("two\nlines"));
