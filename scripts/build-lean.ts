/*
 * Takes comments and indents out of the programs in dist/: an install has comments in the declarations, where editors look,
 * and in src/. Names stay as they are.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

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
