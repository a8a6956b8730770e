/*
 * Which files of an npm package the programs and declarations in dist/ reach: what is packed of the packages that go
 * into ours. Found by esbuild and by the compiler, so that no list has to be kept by hand.
 */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { build } from "esbuild";

/** Read by their names while programs run, which no import shows. */
const assets: Readonly<Record<string, readonly string[]>> = {
  "web-tree-sitter": ["web-tree-sitter.wasm"],
};

/** Of a package always packed: what it is, and on which terms. */
const always = /^(package\.json|(licen[cs]e|notice|copying)[^/]*)$/i;

/** Files by package, relative to its folder; packages that no file is reached of are left out. */
export async function reachedFiles(root: string): Promise<Map<string, string[]>> {
  const reached = new Map<string, Set<string>>();
  for (const path of [...(await programs(root)), ...declarations(root)]) {
    const [, name, file] = /^node_modules\/((?:@[^/]+\/)?[^/]+)\/(.+)$/.exec(path) ?? [];
    if (name === undefined || file === undefined) continue;
    const files = reached.get(name) ?? new Set(assets[name]);
    reached.set(name, files.add(file));
  }
  return new Map(
    [...reached].map(([name, files]) => {
      const own = readdirSync(join(root, "node_modules", name)).filter((file) => always.test(file));
      return [name, [...new Set([...files, ...own])].sort()];
    }),
  );
}

/** As Node finds them, and as a bundler that prefers modules does. */
async function programs(root: string): Promise<string[]> {
  const files = readdirSync(join(root, "dist"), { recursive: true, encoding: "utf8" });
  const contents = files
    .filter((file) => file.endsWith(".js"))
    .map((file) => `import ${JSON.stringify(`./${file.split(sep).join("/")}`)};`)
    .join("\n");
  const found = await Promise.all(
    [["main"], ["module", "main"]].map(async (mainFields) => {
      const { metafile } = await build({
        absWorkingDir: root,
        mainFields,
        stdin: { contents, resolveDir: join(root, "dist") },
        bundle: true,
        format: "esm",
        logLevel: "error",
        metafile: true,
        platform: "node",
        treeShaking: false,
        write: false,
      });
      return Object.keys(metafile.inputs);
    }),
  );
  return found.flat();
}

function declarations(root: string): string[] {
  const doors = ["index", "embedder", "mcp"].map((door) => join("dist", `${door}.d.ts`));
  const listed = execFileSync(
    process.execPath,
    [
      join(root, "node_modules", "typescript", "bin", "tsc"),
      ...["--listFilesOnly", "--ignoreConfig", "--skipLibCheck"],
      ...["--module", "NodeNext", "--target", "ES2022", "--types", "node"],
      ...doors,
    ],
    { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
  );
  return listed
    .trim()
    .split("\n")
    .map((path) => relative(root, path.trim()).split(sep).join("/"));
}
