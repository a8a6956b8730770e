/*
 * Whether two results of addon.cjs have the same vectors, bit for bit, on every path of instructions that both machines
 * have: node compare.cjs RESULT RESULT. Gives what was compared.
 */
"use strict";
const fs = require("node:fs");

const [one, other] = process.argv.slice(2).map((path) => JSON.parse(fs.readFileSync(path, "utf8")));
const sums = (result) => {
  const all = new Map(
    Object.values(result.direct ?? {}).map(({ isa, sum }) => [`direct ${isa}`, sum]),
  );
  if (result.directCached !== undefined) all.set("direct again", result.directCached.sum);
  if (result.onnx !== undefined) all.set("onnx", result.onnx.sum);
  return all;
};
const wanted = sums(one);
let compared = 0;
for (const [name, sum] of sums(other)) {
  if (!wanted.has(name)) continue;
  compared += 1;
  if (wanted.get(name) === sum) continue;
  process.stderr.write(
    `${name}: ${other.platform} has ${sum}, ${one.platform} has ${wanted.get(name)}\n`,
  );
  process.exitCode = 1;
}
if (compared < 3) {
  process.stderr.write("expected at least three vectors that both have\n");
  process.exitCode = 1;
}
if (one.words !== other.words) {
  process.stderr.write(`words: "${other.words}" and "${one.words}"\n`);
  process.exitCode = 1;
}
process.stdout.write(
  `${compared} of ${wanted.size} the same on ${one.platform}-${one.arch} and ${other.platform}-${other.arch}\n`,
);
