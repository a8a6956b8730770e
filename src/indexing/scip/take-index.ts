/* Takes SCIP indexes into the index of a folder: document by document, each compared with the file it is of. */
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { throwIfAborted } from "../../base/abort.ts";
import { HaypileError } from "../../base/errors.ts";
import { isInside } from "../../base/files/read-file.ts";
import { toSlashes } from "../../base/paths/flavour.ts";
import { passGate } from "../../base/paths/path-gate.ts";
import { realPathSync } from "../../base/paths/real-path.ts";
import { yieldToEventLoop } from "../../base/yield.ts";
import type {
  ExactFile,
  ScipNote,
  ScipRefusal,
  ScipReport,
} from "../../ports/answers/exact-uses.ts";
import type { Store } from "../../ports/store.ts";
import { readText } from "../read/read-text.ts";
import { FileWindow } from "./file-window.ts";
import { matchDocument } from "./match-document.ts";
import { documentsIn, readDocument, readFrame, type ScipSpan } from "./read-index.ts";
import { ScipDamage } from "./wire.ts";

export interface ScipRequest {
  /** Absolute paths; an empty list forgets what was taken. */
  files: readonly string[];
  /** The indexed folder, links resolved. */
  root: string;
  store: Pick<Store, "exact" | "files" | "symbols">;
  maxFileBytes: number;
  signal?: AbortSignal | undefined;
  onDocument?: ((done: number, total: number) => void) | undefined;
}

/** Documents and uses of one write. */
const mostOfWrite = { documents: 64, uses: 100_000 };
const mostExamples = 10;

/**
 * @throws HaypileError HAYPILE_SCIP_INVALID before anything is changed, where a file is no SCIP index or is cut short;
 *   HAYPILE_PATH_MISSING, HAYPILE_PERMISSION, HAYPILE_IO, HAYPILE_ABORTED
 */
export async function takeScip(request: ScipRequest): Promise<ScipReport> {
  const { store, signal } = request;
  const counts = new Counts(request.files);
  if (request.files.length === 0) {
    store.exact.clear();
    return counts.report();
  }
  const opened: Opened[] = [];
  try {
    let total = 0;
    for (const path of request.files) {
      const file = await FileWindow.open(path);
      opened.push({ path, file, tool: "", bases: [] });
      const { metadata, documents } = await framed(path, file, signal);
      opened[opened.length - 1] = {
        path,
        file,
        tool: metadata.tool,
        bases: basesOf(request.root, path, metadata.projectRoot),
      };
      counts.tools.push(metadata.tool);
      total += documents;
    }
    const at = new Date().toISOString();
    const note = (isDone: boolean): ScipNote => ({ ...counts.report(), at, isDone });
    store.exact.begin(note(false));
    for (const one of opened) await takeOne(one, request, counts, total);
    store.exact.end(note(true));
    return counts.report();
  } finally {
    for (const { file } of opened) file.close();
  }
}

interface Opened {
  path: string;
  file: FileWindow;
  tool: string;
  /** Folders below the root that its paths may be relative to, "" for the root. */
  bases: readonly string[];
}

async function framed(path: string, file: FileWindow, signal: AbortSignal | undefined) {
  try {
    return await readFrame(file, () => throwIfAborted(signal, "Indexing"));
  } catch (error) {
    if (!(error instanceof ScipDamage)) throw error;
    throw new HaypileError(
      "HAYPILE_SCIP_INVALID",
      `Expected a whole SCIP index, but ${path} is none: ${error.message}, at byte ${error.at} of ${file.size}. Nothing was taken from it. Make it again, or name the file that the indexer wrote.`,
      { data: { path, at: error.at, bytes: file.size }, cause: error },
    );
  }
}

/** Where it says that it was made, where it lies, and the root itself: the first under which a file is known counts. */
function basesOf(root: string, path: string, projectRoot: string): string[] {
  const folders: string[] = [];
  for (const find of [
    () => realPathSync(fileURLToPath(projectRoot)),
    () => dirname(realPathSync(path)),
  ]) {
    try {
      folders.push(find());
    } catch {
      // Made on another machine, or no address.
    }
  }
  const inside = folders
    .filter((folder) => isInside(root, folder))
    .map((folder) => toSlashes(relative(root, folder)));
  return [...new Set([...inside, ""])];
}

async function takeOne(
  opened: Opened,
  request: ScipRequest,
  counts: Counts,
  total: number,
): Promise<void> {
  const { store, signal, onDocument } = request;
  const records = store.files.all();
  let waiting: ExactFile[] = [];
  let uses = 0;
  const write = (): void => {
    if (waiting.length > 0) store.exact.put(waiting);
    waiting = [];
    uses = 0;
  };
  for await (const span of documentsIn(opened.file)) {
    throwIfAborted(signal, "Indexing");
    const taken = await takeDocument(opened, span, request, records, counts);
    onDocument?.(counts.documents, total);
    if (taken === undefined) continue;
    waiting.push(taken);
    uses += taken.uses.length + taken.definitions.length;
    if (waiting.length >= mostOfWrite.documents || uses >= mostOfWrite.uses) {
      write();
      await yieldToEventLoop();
    }
  }
  write();
}

async function takeDocument(
  { file, bases }: Opened,
  span: ScipSpan,
  { root, store, maxFileBytes }: ScipRequest,
  records: ReturnType<Store["files"]["all"]>,
  counts: Counts,
): Promise<ExactFile | undefined> {
  counts.documents += 1;
  const document = await readDocument(file, span).catch((error: unknown) => {
    if (error instanceof ScipDamage) return undefined;
    throw error;
  });
  if (document === undefined) return counts.leave("damaged", `document ${counts.documents}`);
  if (document.path === "") return counts.leave("damaged", `document ${counts.documents}`);
  const place = placeOf(root, bases, document.path, (path) => records.has(path));
  if (place === undefined) return counts.leave("refused", document.path);
  const record = records.get(place);
  if (record === undefined) return counts.leave("not-indexed", document.path);
  if ("tooLarge" in document) return counts.leave("too-large", place);
  const read = await readText(join(root, place), maxFileBytes, root);
  if ("skip" in read || read.contentHash !== record.contentHash) {
    return counts.leave("differs", place);
  }
  const imports = store.symbols.importsOf([place]);
  const aliases = new Set(imports.flatMap(({ alias, name }) => [alias, name]));
  const matched = matchDocument(document, read.text, aliases);
  if (matched === undefined) return counts.leave("differs", place);
  counts.take(matched);
  const { definitions, uses, inherits } = matched;
  // A file that was written after the index may have more than the index knows.
  const isWhole = matched.isWhole && read.stamp.mtimeMs <= file.mtimeMs;
  return { path: place, contentHash: read.contentHash, isWhole, definitions, uses, inherits };
}

/** The path in our index; undefined: it is refused. */
function placeOf(
  root: string,
  bases: readonly string[],
  path: string,
  isKnown: (path: string) => boolean,
): string | undefined {
  let first: string | undefined;
  for (const base of bases) {
    try {
      const own = passGate(root, base === "" ? path : `${base}/${path}`);
      if (isKnown(own)) return own;
      first ??= own;
    } catch (error) {
      if (!HaypileError.isInstance(error)) throw error;
    }
  }
  return first;
}

class Counts {
  documents = 0;
  readonly tools: string[] = [];
  readonly #files: readonly string[];
  readonly #leftOut: Partial<Record<ScipRefusal, { count: number; examples: string[] }>> = {};
  #taken = 0;
  #partly = 0;
  #definitions = 0;
  #uses = 0;

  constructor(files: readonly string[]) {
    this.#files = files;
  }

  leave(reason: ScipRefusal, path: string): undefined {
    const known = this.#leftOut[reason] ?? { count: 0, examples: [] };
    known.count += 1;
    if (known.examples.length < mostExamples) known.examples.push(path.slice(0, 300));
    this.#leftOut[reason] = known;
  }

  take(matched: Pick<ExactFile, "definitions" | "uses"> & { unfit: number }): void {
    this.#taken += 1;
    if (matched.unfit > 0) this.#partly += 1;
    this.#definitions += matched.definitions.length;
    this.#uses += matched.uses.reduce((sum, { lines }) => sum + lines.length, 0);
  }

  report(): ScipReport {
    return {
      files: this.#files,
      tools: [...new Set(this.tools.filter((tool) => tool !== ""))],
      documents: this.documents,
      taken: this.#taken,
      partly: this.#partly,
      leftOut: structuredClone(this.#leftOut),
      definitions: this.#definitions,
      uses: this.#uses,
    };
  }
}
