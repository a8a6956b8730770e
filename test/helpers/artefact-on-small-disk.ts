/* Fills a small disk, then copies an exported index to it and writes one there. Prints what came of it as JSON. */
import { generateKeyPairSync, sign } from "node:crypto";
import { readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HaypileError } from "../../src/base/errors.ts";
import { ArtefactVectors, openArtefact } from "../../src/engine/artefact/read-file.ts";
import { writeArtefact } from "../../src/engine/artefact/write-file.ts";

const folder = process.argv[2] as string;
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => "no error",
    (error: unknown) => (HaypileError.isInstance(error) ? error.code : String(error)),
  );

const artefact = await openArtefact(process.env.ARTEFACT as string);
const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const copy = async (): Promise<void> =>
  (await ArtefactVectors.open(artefact, folder, undefined)).close();
const write = async (): Promise<unknown> => {
  const { body: _, ...manifest } = artefact.manifest;
  const { dimensions } = manifest.model;
  return await writeArtefact({
    file: join(folder, "written"),
    manifest: { ...manifest, vectors: 100 },
    key: {
      publicKey: publicKey.export({ format: "jwk" }).x as string,
      fingerprint: "",
      sign: (bytes) => sign(null, bytes, privateKey),
    },
    pages: (async function* () {
      for (let i = 0; i < 100; i += 1) {
        yield [{ textHash: Buffer.alloc(16, i), scale: 0, data: Buffer.alloc(dimensions) }];
      }
    })(),
  });
};

const ballast = join(folder, "ballast");
const { bavail, bsize } = statfsSync(folder);
writeFileSync(ballast, Buffer.alloc(bavail * bsize - bsize));
const report = {
  copyAtFull: await codeOf(copy()),
  writeAtFull: await codeOf(write()),
  left: readdirSync(folder),
  withRoom: "",
};
rmSync(ballast);
const both = [await codeOf(copy()), await codeOf(write())];
report.withRoom = both.find((code) => code !== "no error") ?? "no error";
artefact.close();
process.stdout.write(JSON.stringify(report));
