/* The same folders give the same image, whoever made them and when. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { repository } from "../helpers/model.ts";
import { writeTree } from "../helpers/temp-tree.ts";

const scratch = mkdtempSync(join(tmpdir(), "haypile-oci-"));
const config = join(repository, "tools", "container", "config.json");

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function made(name: string, seconds: number): string {
  const layer = join(scratch, name, "system");
  writeTree(layer, { "etc/passwd": "root:x:0:0::/:/nowhere\n", "usr/bin/program": "program\n" });
  mkdirSync(join(layer, "data"), { mode: 0o700 });
  utimesSync(join(layer, "etc", "passwd"), seconds, seconds);
  const to = join(scratch, name, "image");
  const script = join(repository, "scripts", "lib", "oci-image.ts");
  const env = { ...process.env, IMAGE_TIME: "1700000000", IMAGE_VERSION: "1.2.3" };
  execFileSync(process.execPath, [script, "amd64", to, config, layer], { env, stdio: "pipe" });
  return to;
}

function read(path: string) {
  return JSON.parse(readFileSync(path, "utf8"));
}

it("is the same to the byte", () => {
  const [one, other] = [made("one", 1_000), made("other", 2_000)];
  const sumOf = (file: string): string =>
    createHash("sha256").update(readFileSync(file)).digest("hex");
  expect(sumOf(join(one, "haypile-amd64.tar"))).toBe(sumOf(join(other, "haypile-amd64.tar")));
  const blobs = (image: string) => readdirSync(join(image, "oci", "blobs", "sha256")).sort();
  expect(blobs(one)).toEqual(blobs(other));
  for (const name of blobs(one)) {
    expect(sumOf(join(one, "oci", "blobs", "sha256", name))).toBe(name);
  }
});

it("says what Docker and the OCI want to know", () => {
  const layout = join(made("words", 3_000), "oci");
  const blob = ({ digest }: { digest: string }) =>
    join(layout, "blobs", "sha256", digest.slice("sha256:".length));
  const [listed] = read(join(layout, "index.json")).manifests;
  expect(listed.platform).toEqual({ architecture: "amd64", os: "linux" });
  const manifest = read(blob(listed));
  const image = read(blob(manifest.config));
  expect(image.config.User).toBe("1000:1000");
  expect(image.config.Healthcheck.Test).toEqual(["CMD", "/usr/local/bin/haypile", "health"]);
  expect(image.rootfs.diff_ids).toHaveLength(manifest.layers.length);
  const files = execFileSync("tar", ["-tvzf", blob(manifest.layers[0]), "--numeric-owner"], {
    encoding: "utf8",
  });
  expect(files).toMatch(/^drwx------ 1000\/1000 .* \.\/data\/$/m);
  expect(files).toMatch(/^-rw-r--r-- 0\/0 .* \.\/etc\/passwd$/m);
});
