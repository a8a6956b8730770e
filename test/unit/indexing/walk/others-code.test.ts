import { describe, expect, it } from "vitest";
import { SkipLog } from "../../../../src/indexing/walk/skip-log.ts";
import { walkFolder } from "../../../../src/indexing/walk/walk.ts";
import { tempFolder, writeTree } from "../../../helpers/temp-tree.ts";

async function walked(root: string): Promise<{ paths: string[]; vendored: [string, string][] }> {
  const skips = new SkipLog();
  const paths: string[] = [];
  for await (const { path } of walkFolder(root, { skips })) paths.push(path);
  const { examples = [], because = [] } = skips.report().byReason.vendored ?? {};
  return { paths, vendored: examples.map((path, at) => [path, because[at] ?? ""]) };
}

function tree(files: readonly string[]): string {
  const root = tempFolder();
  writeTree(root, Object.fromEntries(files.map((path) => [path, ""])));
  return root;
}

describe("a folder called vendor", () => {
  it.each([
    [["go.mod", "vendor/example.org/x/y.go"], "it stands beside go.mod"],
    [["composer.json", "vendor/acme/a.php"], "it stands beside composer.json"],
    [["Gemfile", "vendor/assets/a.js"], "it stands beside Gemfile"],
    [["Cargo.lock", "vendor/serde/lib.rs"], "it stands beside Cargo.lock"],
    [["vendor/modules.txt", "vendor/a/b.go"], "it holds modules.txt"],
    [["vendor/autoload.php"], "it holds autoload.php"],
    [["vendor/github.com/a/b.go"], "it holds github.com"],
    [["vendor/jquery-3.7.1.js"], "it holds jquery-3.7.1.js"],
    [["vendor/LICENSE.txt", "vendor/a.c"], "it holds LICENSE.txt"],
    [["vendor/zlib/COPYING", "vendor/zlib/a.c"], "it holds zlib/COPYING"],
    [["vendor/own/a.ts", "vendor/six/setup.py"], "it holds six/setup.py"],
    [["vendor/lib/package.json", "vendor/lib/a.js"], "it holds lib/package.json"],
  ])("is of others: %j", async (files, sign) => {
    const { paths, vendored } = await walked(tree(files));
    expect(vendored).toEqual([["vendor/", sign]]);
    expect(paths.some((path) => path.startsWith("vendor/"))).toBe(false);
  });

  it.each([
    [["app/vendor/page.ts", "app/vendor/models/offer.ts", "package.json"]],
    [["go.mod", "internal/shop/vendor/vendor.go", "internal/shop/vendor/list.go"]],
    [["vendor/__init__.py", "vendor/models.py", "vendor/views.py", "vendor/migrations/0001.py"]],
    [["composer.json", "src/Vendor/Controller.php", "src/vendor/Entity.php"]],
  ])("is of the project: %j", async (files) => {
    const { paths, vendored } = await walked(tree(files));
    expect(paths).toEqual([...files].sort());
    expect(vendored).toEqual([]);
  });

  it("has one word of the user against all signs", async () => {
    const root = tree(["vendor/modules.txt", "vendor/a.go"]);
    writeTree(root, { ".haypileignore": "!vendor/\n" });
    expect((await walked(root)).paths).toContain("vendor/a.go");
  });

  it("is told by names alone, whatever stands under them", async () => {
    const root = tree(["vendor/a/LICENSE/", "vendor/b.ts"]);
    expect((await walked(root)).vendored).toEqual([["vendor/", "it holds a/LICENSE"]]);
  });
});

describe("folders that often hold what tools wrote", () => {
  it("are walked while nothing in them says so", async () => {
    const names = [
      "lib",
      "build",
      "dist",
      "out",
      "target",
      "packages",
      "bin",
      "env",
      "deps",
      "obj",
    ];
    const files = names.map((name) => `${name}/a.ts`);
    expect((await walked(tree(files))).paths).toEqual([...files].sort());
  });
});
