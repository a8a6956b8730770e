/*
 * A container image out of folders, a layer each: a folder in the OCI layout, and one tar that holds the same with the
 * list that "docker load" reads. The same folders give the same bytes: files in order, of one time, of root, but for the
 * volume, which is its user's.
 *   node scripts/lib/oci-image.ts ARCHITECTURE TO CONFIG.json LAYER…
 * Said by the environment: IMAGE_TIME (seconds since 1970), IMAGE_NAME, IMAGE_VERSION.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

interface ContainerConfig {
  User: string;
  Volumes: Record<string, object>;
  Labels: Record<string, string>;
}

const [architecture = "", target = "", configPath = "", ...layerFolders] = process.argv.slice(2);
const { IMAGE_TIME = "0", IMAGE_NAME = "haypile", IMAGE_VERSION = "0" } = process.env;
const created = new Date(Number(IMAGE_TIME) * 1000).toISOString();
const layout = join(target, "oci");
const blobs = join(layout, "blobs", "sha256");

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function addBlob(mediaType: string, bytes: Buffer): Descriptor {
  const digest = sha256(bytes);
  writeFileSync(join(blobs, digest), bytes);
  return { mediaType, digest: `sha256:${digest}`, size: bytes.length };
}

function addJson(mediaType: string, value: unknown): Descriptor {
  return addBlob(mediaType, Buffer.from(JSON.stringify(value)));
}

/** A tar of a folder; what lies at the volumes belongs to the user. */
function tarOf(folder: string, { User, Volumes }: ContainerConfig): Buffer {
  const path = join(target, "layer.tar");
  const isHere = (path: string): boolean => existsSync(join(folder, path));
  const volumes = Object.keys(Volumes)
    .map((volume) => `.${volume}`)
    .filter(isHere);
  // Folders that keep their modes.
  const open = ["./tmp"].filter(isHere);
  const [user = "0", group = user] = User.split(":");
  const tar = (owner: string, ownerGroup: string, args: readonly string[]): void => {
    execFileSync("tar", [
      ...["--format=posix", "--pax-option=delete=atime,delete=ctime", "--sort=name"],
      ...[`--mtime=@${IMAGE_TIME}`, "--numeric-owner", `--owner=${owner}`, `--group=${ownerGroup}`],
      ...["-C", folder, "--file", path, ...args],
    ]);
  };
  closeSync(openSync(path, "w"));
  const excluded = [...volumes, ...open].map((path) => `--exclude=${path}`);
  tar("0", "0", ["--mode=u+rw,go-w,a+rX", "--create", ...excluded, "."]);
  if (open.length > 0) tar("0", "0", ["--append", ...open]);
  if (volumes.length > 0) tar(user, group, ["--append", ...volumes]);
  const bytes = readFileSync(path);
  rmSync(path);
  return bytes;
}

function main(): void {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(blobs, { recursive: true });
  const config = JSON.parse(readFileSync(configPath, "utf8")) as ContainerConfig;
  const layers = layerFolders.map((folder) => {
    const tar = tarOf(folder, config);
    const blob = addBlob(
      "application/vnd.oci.image.layer.v1.tar+gzip",
      gzipSync(tar, { level: 9 }),
    );
    const name = basename(folder);
    process.stdout.write(
      `${architecture} ${name}: ${(tar.length / 1e6).toFixed(1)} MB, packed ${(blob.size / 1e6).toFixed(1)} MB\n`,
    );
    return { name, blob, diffId: `sha256:${sha256(tar)}` };
  });
  const image = addJson("application/vnd.oci.image.config.v1+json", {
    created,
    architecture,
    os: "linux",
    // "Healthcheck" is Docker's: the OCI's config has none, and its readers pass over it.
    config: {
      ...config,
      Labels: { ...config.Labels, "org.opencontainers.image.version": IMAGE_VERSION },
    },
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(({ name }) => ({ created, created_by: `scripts/build-image: ${name}` })),
  });
  const manifestType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = addJson(manifestType, {
    schemaVersion: 2,
    mediaType: manifestType,
    config: image,
    layers: layers.map(({ blob }) => blob),
  });
  writeFileSync(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  writeFileSync(
    join(layout, "index.json"),
    JSON.stringify({
      schemaVersion: 2,
      manifests: [
        {
          ...manifest,
          platform: { architecture, os: "linux" },
          annotations: { "org.opencontainers.image.ref.name": IMAGE_VERSION },
        },
      ],
    }),
  );
  const pathOf = ({ digest }: Descriptor): string => `blobs/sha256/${digest.slice(7)}`;
  const listed = [
    {
      Config: pathOf(image),
      RepoTags: [`${IMAGE_NAME}:${IMAGE_VERSION}`],
      Layers: layers.map(({ blob }) => pathOf(blob)),
    },
  ];
  writeFileSync(join(layout, "manifest.json"), JSON.stringify(listed));
  execFileSync("tar", [
    ...["--format=ustar", "--sort=name", `--mtime=@${IMAGE_TIME}`, "--numeric-owner"],
    ...["--owner=0", "--group=0", "--mode=u+rw,go-w,a+rX", "-C", layout, "--create"],
    ...["--file", join(target, `${IMAGE_NAME}-${architecture}.tar`), "."],
  ]);
  rmSync(join(layout, "manifest.json"));
}

main();
