/* The graph of a located model, opened to be written once more with 8-bit weights; what is wrong with it has our words. */
import { closeSync } from "node:fs";
import { fileError, HaypileError } from "../../../base/errors.ts";
import { FileRefusal, openRegular } from "../../../base/files/read-file.ts";
import { type EightBitPlan, NotForEightBit, planEightBit } from "../../../models/onnx/eight-bit.ts";
import { FileBytes, ProtobufError } from "../../../models/onnx/protobuf.ts";
import { type OnnxModel, readModel } from "../../../models/onnx/read-model.ts";
import { NotFinite, writeEightBit } from "../../../models/onnx/write-eight-bit.ts";

/** No message of protobuf is longer. */
const mostBytes = 2 ** 31;

export interface Conversion {
  /** Of the whole weights. */
  bytes: number;
  /** Matrices and tables that become 8 bits. */
  converted: number;
  /**
   * @param turn called now and then with the weights that are written and all; what it throws ends the writing
   * @returns bytes written
   * @throws HaypileError HAYPILE_MODEL_INVALID for weights that are no numbers, HAYPILE_MODEL_DAMAGED
   */
  write(file: number, turn: (done: number, total: number) => void): Promise<number>;
  close(): void;
}

/** @throws HaypileError HAYPILE_MODEL_INVALID, HAYPILE_MODEL_DAMAGED, HAYPILE_PATH_REFUSED */
export async function openConversion({
  modelPath,
  folder,
}: {
  modelPath: string;
  folder: string;
}): Promise<Conversion> {
  const { file, facts } = await openRegular(modelPath, {
    mostBytes,
    links: "follow",
    inside: folder,
  }).catch((error: unknown) => {
    throw refusal(error, modelPath, folder);
  });
  const bytes = new FileBytes(file, facts.size);
  let model: OnnxModel;
  let plan: EightBitPlan;
  try {
    model = assertModel(readModel(bytes), modelPath);
    plan = planEightBit(model);
  } catch (error) {
    closeSync(file);
    throw inOurWords(error, modelPath);
  }
  return {
    bytes: facts.size,
    converted: plan.weights.length,
    write: async (output, turn) => {
      try {
        return await writeEightBit(bytes, model, plan, output, turn);
      } catch (error) {
        throw inOurWords(error, modelPath);
      }
    },
    close: () => closeSync(file),
  };
}

function assertModel(model: OnnxModel | undefined, path: string): OnnxModel {
  if (model !== undefined && model.nodes.length > 0) return model;
  throw invalid(path, "it has no graph");
}

function inOurWords(error: unknown, path: string): unknown {
  if (error instanceof NotForEightBit) {
    return new HaypileError(
      "HAYPILE_MODEL_INVALID",
      `Expected a model with float32 weights that can be made smaller in ${path}, but ${error.message}.`,
      { data: { path } },
    );
  }
  if (error instanceof NotFinite) {
    return new HaypileError(
      "HAYPILE_MODEL_INVALID",
      `Expected finite numbers for the weights of ${path}, but ${error.message} has others. Export the model again.`,
      { data: { path, weight: error.message } },
    );
  }
  return error instanceof ProtobufError ? invalid(path, error.message) : error;
}

function invalid(path: string, why: string): HaypileError {
  return new HaypileError(
    "HAYPILE_MODEL_DAMAGED",
    `Expected a whole ONNX file at ${path}, but ${why}: it is cut short, damaged, or something else. Get it again.`,
    { data: { path } },
  );
}

function refusal(error: unknown, path: string, folder: string): unknown {
  if (!(error instanceof FileRefusal)) return fileError(error, `open ${path}`);
  if (error.code === "EOUTSIDE" || error.code === "ELOOP") {
    return new HaypileError(
      "HAYPILE_PATH_REFUSED",
      `Expected the model's file itself in ${folder}, but ${path} is a link${error.code === "EOUTSIDE" ? " to elsewhere" : ""}. Copy the files, not the links, into one folder, and name that.`,
      { data: { path, folder } },
    );
  }
  if (error.code === "EFBIG") {
    return new HaypileError(
      "HAYPILE_MODEL_INVALID",
      `Expected a model of less than 2 GB, which is the most one ONNX file holds, but ${path} is larger. Choose a smaller model.`,
      { data: { path } },
    );
  }
  return new HaypileError(
    "HAYPILE_MODEL_INVALID",
    `Expected a file at ${path}: ${error.message}.`,
    {
      data: { path },
    },
  );
}
