/* The trees whose uses are asked for, and the servers that are asked: packages of fixed versions, unpacked once. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { say, work } from "../../common.ts";

interface Package {
  from: "npm" | "pypi";
  name: string;
  version: string;
  /** SHA-512 of the archive, base64. */
  sha512: string;
}

export const packages = {
  typescript: {
    from: "npm",
    name: "typescript",
    version: "5.8.3",
    sha512:
      "p1diW6TqL9L07nNxvRMM7hMMw4c5XOo/1ibL4aAIGmSAt9slTE1Xgw5KWuof2uTOvCg9BY7ZRi+GaF+7sfgPeQ==",
  },
  pyright: {
    from: "npm",
    name: "pyright",
    version: "1.1.402",
    sha512:
      "DwzfZFTlqg9j7VDvwSIORmTsYL8awHMce8DaNV7n+M3KjD0wFEWBQrxSUX6N0pv2BJcKe1PKx+8x9yfJRQvqKQ==",
  },
  rxjs: {
    from: "npm",
    name: "rxjs",
    version: "7.8.1",
    sha512:
      "AA3TVj+0A2iuIoQkWEK/tqFjBq2j+6PO6Y0zJcvzLAFhEFIO3HL0vls9hWLncZbAAbK0mar7oZ4V079I/qPMxg==",
  },
  werkzeug: {
    from: "pypi",
    name: "werkzeug",
    version: "3.1.3",
    sha512:
      "kix8N3yxC6p2upRXojNHFpaf4FjLx1clmJo9jGHAYajPXG6L3OcOwJjbeCLdEtszkfuMFHH1HZn0jFTfALGC4Q==",
  },
} as const satisfies Record<string, Package>;

/** Folder of a package. @throws Error when it cannot be had, or is not the one that was meant */
export function unpacked(which: keyof typeof packages): string {
  const { from, name, version, sha512 }: Package = packages[which];
  const folder = join(work, "uses", `${name}-${version}`);
  if (existsSync(folder)) return folder;
  const archives = join(work, "uses", "archives");
  mkdirSync(archives, { recursive: true });
  say(`fetching ${name} ${version}`);
  const got =
    from === "npm"
      ? spawnSync("npm", ["pack", `${name}@${version}`], { cwd: archives, encoding: "utf8" })
      : spawnSync(
          "pip",
          ["download", "--no-deps", "--no-binary", ":all:", `${name}==${version}`, "-d", "."],
          { cwd: archives, encoding: "utf8" },
        );
  const file = readdirSync(archives).find((one) => one.startsWith(`${name}-${version}`));
  if (file === undefined) throw new Error(`${name} ${version}: ${got.stderr}`);
  const archive = join(archives, file);
  const sum = createHash("sha512").update(readFileSync(archive)).digest("base64");
  if (sum !== sha512) throw new Error(`${file} has another sum than the one it was measured with.`);
  mkdirSync(folder);
  spawnSync("tar", ["xzf", archive, "-C", folder, "--strip-components", "1"]);
  return folder;
}
