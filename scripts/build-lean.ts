/*
 * Takes comments and indents out of the programs in dist/: an install has comments in the declarations, where editors look,
 * and in src/. Names stay as they are. Declarations that nobody can come to from the package's entries go.
 */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { reachedDeclarations } from "./lib/reached-declarations.ts";

const dist = join(import.meta.dirname, "..", "dist");
const files = readdirSync(dist, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".js") && !file.startsWith("page"))
  .map((file) => join(dist, file));
await build({
  entryPoints: files,
  outdir: dist,
  outbase: dist,
  allowOverwrite: true,
  bundle: false,
  format: "esm",
  platform: "node",
  target: "esnext",
  charset: "utf8",
  legalComments: "none",
  // Line numbers of a stack still lead somewhere.
  minifyWhitespace: true,
  lineLimit: 120,
  logLevel: "warning",
});

const root = join(dist, "..");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  exports: Record<string, string | { types: string }>;
};
const entries = Object.values(manifest.exports).flatMap((one) =>
  typeof one === "string" ? [] : [one.types],
);
const reached = reachedDeclarations(root, entries);
for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
  const path = join(dist, file);
  if (path.endsWith(".d.ts") && !reached.has(path)) rmSync(path);
}
