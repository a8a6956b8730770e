import type { OnnxEmbedder } from "../../native/embedder.ts";
import type { StaticEmbedder } from "../../native/static-embedder.ts";

/** Either kind of model that makes vectors. In a file of its own: the types of haypile/embedder need no more of the engine. */
export type LoadedEmbedder = OnnxEmbedder | StaticEmbedder;
