/*
 * The packages of whole weights. They are too large for the repository: scripts/models/whole.py makes their files in
 * build/models, and where it has not, they are not packed.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Manifest, stage } from "./stage-package.ts";

const names = ["all-minilm-l6-v2"];
const files = ["model.onnx", "tokenizer.json", "model.json", "checksums.json", "LICENSE"];

/** @returns folders to pack @throws Error where a file of a package that was begun is missing */
export function stageWholeModels(root: string, staging: string, source: Manifest): string[] {
  return names.flatMap((name) => {
    const built = join(root, "build", "models", `${name}-fp32`);
    if (!existsSync(built)) return [];
    const folder = `model-${name}-fp32`;
    return stage(
      join(staging, folder),
      {
        name: `@haypile/${folder}`,
        version: source.version,
        description: `${name} in float32 for Haypile`,
        license: "Apache-2.0",
        files: [...files, "README.md"],
      },
      Object.fromEntries(files.map((file) => [file, join(built, file)])),
      [
        `The whole weights of ${name}, as published, in an ONNX graph of ONNX Runtime's own operators. Where`,
        'this package is installed beside Haypile, a new index on a heavy machine, or with `model.quantisation = "fp32"`,',
        "gets its vectors from them; it needs ONNX Runtime's package. An index with vectors of the packed weights keeps",
        "these. Made by `scripts/models/whole.py` in Haypile's repository; sums in `checksums.json`, source in `model.json`.",
      ],
    );
  });
}
