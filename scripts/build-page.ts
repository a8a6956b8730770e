/*
 * Bundles the page (page/) into dist/page: one script, one style, the document and its icon, each with its gzip beside it, so
 * that the daemon serves bytes as they lie. Refused when all of them together are larger than the page may be.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = join(import.meta.dirname, "..");
const target = join(root, "dist", "page");
/** Bytes, all files gzipped. */
const mostBytes = 120 * 1024;

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const result = await build({
  absWorkingDir: root,
  entryPoints: { page: "page/src/main.tsx" },
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  write: false,
  outdir: target,
});
const style = await build({
  absWorkingDir: root,
  entryPoints: { page: "page/style/page.css" },
  bundle: true,
  minify: true,
  write: false,
  outdir: target,
});
const files: [string, Uint8Array][] = [
  ...[...result.outputFiles, ...style.outputFiles].map(
    ({ path, contents }): [string, Uint8Array] => [path.slice(target.length + 1), contents],
  ),
  ["index.html", readFileSync(join(root, "page", "index.html"))],
  ["icon.svg", readFileSync(join(root, "page", "icon.svg"))],
];
let total = 0;
for (const [name, bytes] of files) {
  const packed = gzipSync(bytes, { level: 9 });
  total += packed.length;
  writeFileSync(join(target, name), bytes);
  writeFileSync(join(target, `${name}.gz`), packed);
}
if (total > mostBytes) {
  process.stderr.write(`build-page: ${total} bytes gzipped, and the page may have ${mostBytes}.\n`);
  process.exit(1);
}
process.stderr.write(`build-page: ${total} bytes gzipped in ${files.length} files.\n`);
