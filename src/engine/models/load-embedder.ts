/* An embedder for the library, without an engine: it reads no more of the program than a model needs. */
import { checkOptions } from "../../base/check-options.ts";
import { assertNodeVersion } from "../../base/package/node-version.ts";
import { readEnvironment } from "../../config/environment/env.ts";
import { secureOwnFolders } from "../../config/places/own-folders.ts";
import { windowsCalls } from "../../native/system.ts";
import { configure } from "../configure.ts";
import { modelShape } from "../option-shapes.ts";
import type { ModelOptions } from "../types.ts";
import type { LoadedEmbedder } from "./loaded-embedder.ts";
import { chooseModel, loadLocatedModel } from "./model-loading.ts";
import { providerOf } from "./provider.ts";
import { runnerOf } from "./runner.ts";

/** See loadEmbedder() of "haypile/embedder". */
export async function loadEmbedder(given: ModelOptions = {}): Promise<LoadedEmbedder> {
  assertNodeVersion();
  checkOptions("loadEmbedder()", given, modelShape);
  const environment = readEnvironment();
  secureOwnFolders(environment, windowsCalls);
  const { options } = configure(given, undefined, environment);
  const model = await chooseModel(options, undefined, environment);
  providerOf(options, model, environment.addonFolder);
  runnerOf(model, options, environment.addonFolder);
  return await loadLocatedModel(model, options, environment, false);
}
