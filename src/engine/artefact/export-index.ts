/*
 * An index as a file for others: the vectors of the files that a commit has, by the hashes of their texts, signed. All
 * else of an index is made from the texts in seconds, by whoever has them; so no path, text, time or name of a machine is
 * in the file, and nothing of a file that the commit does not have.
 */
import { resolve } from "node:path";
import { throwIfAborted } from "../../base/abort.ts";
import { checkTextArgument } from "../../base/check-options.ts";
import { HaypileError } from "../../base/errors.ts";
import { hashBytes } from "../../base/files/text-of-file.ts";
import { areSameVectors, type ModelName } from "../../base/model-name.ts";
import { version } from "../../base/package/version.ts";
import { yieldToEventLoop } from "../../base/yield.ts";
import { type LocatedModel, nameOf } from "../../models/files.ts";
import { weightsSum } from "../../models/weights.ts";
import type {
  CountedPaths,
  ExportedIndex,
  ExportIndexOptions,
} from "../../ports/answers/index-upkeep.ts";
import {
  type IndexedFile,
  type VectorCounts,
  VectorsByText,
} from "../../storage/sqlite/texts/vectors-by-text.ts";
import type { EngineParts } from "../engine-parts.ts";
import { Blobs, treeAt } from "../git/objects.ts";
import { inHistory, type Revision, revisionOf } from "../git/revisions.ts";
import type { GitRoom } from "../git/room.ts";
import { signingKey } from "./keys.ts";
import { type Manifest, mostMakerChars } from "./manifest.ts";
import { type Provenance, provenanceOf } from "./provenance.ts";
import { factsOf } from "./read-file.ts";
import type { VectorRecord } from "./records.ts";
import { writeArtefact } from "./write-file.ts";

/** Larger files are in no index. */
const mostFileBytes = 512 * 1024 * 1024;
const mostExamples = 100;

/** Files of the index beside those of the commit. */
interface Compared {
  at: Revision;
  provenance: Provenance;
  /** Ids of files whose text is that of the commit. */
  same: number[];
  differing: string[];
  notInCommit: string[];
}

export type ExportedParts = Pick<EngineParts, "root" | "database" | "located" | "source">;

/** @throws HaypileError as exportIndex() of ports/haypile.ts */
export async function exportIndex(
  parts: ExportedParts,
  options: ExportIndexOptions,
): Promise<ExportedIndex> {
  const { root, database, located, source } = parts;
  const { keyFile, maker } = options;
  checkTextArgument("exportIndex()", "file", options.file);
  checkMaker(maker);
  const file = resolve(root, options.file);
  // What is wrong with the key is told before the long part.
  const key = signingKey(source.environment, keyFile && resolve(root, keyFile));
  const index = new VectorsByText(database);
  try {
    const model = index.model();
    if (model === undefined) throw nothingFor("it has no vectors yet");
    const compared = await compare(root, index.files(), options);
    index.choose(compared.same);
    const counts = index.counts(model.dimensions);
    if (counts.whole === 0) throw nothingFor(whyNothing(compared, counts));
    const { at, provenance, same, differing, notInCommit } = compared;
    const manifest: Omit<Manifest, "body"> = {
      haypile: version,
      model: { ...model, weights: weightsOf(located, model) },
      commit: at.commit,
      committed: at.at / 1_000,
      ...provenance,
      files: same.length,
      vectors: counts.whole,
      key: key.publicKey,
      maker,
    };
    const pages = pagesOf(index, manifest, options);
    const facts = factsOf(manifest, await writeArtefact({ file, manifest, key, pages }));
    return {
      ...facts,
      file,
      at: { commit: facts.commit, date: facts.date, said: at.said },
      leftOut: {
        differing: counted(differing),
        notInCommit: counted(notInCommit),
        withoutVector: counts.waiting,
        packed: counts.packed,
      },
    };
  } finally {
    index.close();
  }
}

function checkMaker(maker: string | undefined): void {
  if (maker === undefined || (maker !== "" && maker.length <= mostMakerChars)) return;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected 1 to ${mostMakerChars} characters for maker, but ${maker.length} came.`,
  );
}

/** Of the file of the model that is here, where that is the model of the vectors. */
function weightsOf(located: LocatedModel | undefined, model: ModelName): string | undefined {
  if (located === undefined || !areSameVectors(nameOf(located), model)) return undefined;
  return weightsSum(located);
}

/** @throws HaypileError HAYPILE_GIT, HAYPILE_REVISION_MISSING, HAYPILE_ABORTED */
async function compare(
  root: string,
  files: readonly IndexedFile[],
  { at: said = "HEAD", signal, onProgress }: ExportIndexOptions,
): Promise<Compared> {
  return await inHistory(root, "export the index", { signal }, async (git) => {
    const at = await revisionOf(git, said);
    const provenance = await provenanceOf(git, root, at.commit);
    const compared: Compared = { at, provenance, same: [], differing: [], notInCommit: [] };
    const blobs = await blobsOf(git, root, at.commit);
    const reader = new Blobs(git);
    try {
      for (const [done, file] of files.entries()) {
        throwIfAborted(signal, "The export");
        onProgress?.({ step: "compare", done, total: files.length });
        const id = blobs.get(file.path);
        if (id === undefined) compared.notInCommit.push(file.path);
        else if (isSame(await reader.read(id, mostFileBytes), file)) compared.same.push(file.id);
        else compared.differing.push(file.path);
      }
    } finally {
      await reader.close();
    }
    return compared;
  });
}

async function blobsOf(git: GitRoom, root: string, commit: string): Promise<Map<string, string>> {
  const files = await treeAt(git, root, commit);
  const regular = files.filter(({ kind }) => kind === "file");
  return new Map(regular.map(({ path, id }) => [path, id]));
}

/** As git keeps it, or with the line ends that a checkout may give it. */
function isSame(blob: Buffer | string, { contentHash }: IndexedFile): boolean {
  if (typeof blob === "string") return false;
  if (hashBytes(blob) === contentHash) return true;
  if (blob.includes("\r\n") || !blob.includes("\n")) return false;
  const windows = Buffer.from(blob.toString("latin1").replaceAll("\n", "\r\n"), "latin1");
  return hashBytes(windows) === contentHash;
}

async function* pagesOf(
  index: VectorsByText,
  { model, vectors }: Omit<Manifest, "body">,
  { signal, onProgress }: ExportIndexOptions,
): AsyncGenerator<readonly VectorRecord[]> {
  let done = 0;
  for (const page of index.pages(model.dimensions)) {
    throwIfAborted(signal, "The export");
    yield page;
    done += page.length;
    onProgress?.({ step: "write", done, total: vectors });
    await yieldToEventLoop();
  }
}

function counted(paths: readonly string[]): CountedPaths {
  return { count: paths.length, examples: paths.slice(0, mostExamples) };
}

function whyNothing({ at, same }: Compared, { packed, waiting }: VectorCounts): string {
  if (same.length === 0) return `none of its files is as it was at ${at.said}`;
  if (packed > 0)
    return 'its vectors are packed with a loss (take that back: "haypile compact --undo")';
  return waiting > 0 ? "its chunks have no vectors yet" : "its files have no text";
}

function nothingFor(why: string): HaypileError {
  return new HaypileError(
    "HAYPILE_USAGE",
    `Expected an index with vectors to export, but ${why}. Nothing was written. Run "haypile index" first.`,
    { data: { why } },
  );
}
