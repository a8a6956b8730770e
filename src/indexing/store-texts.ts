import { throwIfAborted } from "../base/abort.ts";
import { splitLines } from "../base/files/decode-text.ts";
import { mostBytesOf } from "../base/files/text-of-file.ts";
import { yieldToEventLoop } from "../base/yield.ts";
import type { SkipReason } from "../ports/answers/index-run.ts";
import type { TextEmbedder } from "../ports/embedder.ts";
import type {
  ChunkInput,
  FileRecord,
  FileStamp,
  FileTable,
  FileWithChunks,
} from "../ports/store.ts";
import {
  isTriedAgain,
  type ParsedFile,
  type ParseFailure,
  type ParseOutcome,
  type SyntaxParser,
} from "../ports/syntax.ts";
import { annotate } from "./cut/annotate.ts";
import { type ChunkOptions, chunkLines } from "./cut/chunk.ts";
import { patiently, type Waiting } from "./patiently.ts";
import type { Plan } from "./plan.ts";
import { judgeGenerated, signInWords } from "./read/generated.ts";
import { languageOf } from "./read/language.ts";
import { type ReadText, readText } from "./read/read-text.ts";
import type { Stopwatch } from "./report.ts";
import type { TextCounts } from "./text-counts.ts";
import type { SkipLog } from "./walk/skip-log.ts";
import type { WalkedFile } from "./walk/walk.ts";

/**
 * The first phase of an index run: texts and words of changed files go into the store, so that
 * word search finds them before any vector exists. Files are read a few ahead, gathered in groups,
 * and one group is counted and cut while the next is read. At most two groups are in memory.
 */
export interface TextPhase {
  table: FileTable;
  embedder: TextEmbedder;
  /** Without one, files are cut by their lines and have no symbols. */
  parser?: SyntaxParser | undefined;
  plan: Plan;
  skips: SkipLog;
  watch: Stopwatch;
  counts: TextCounts;
  chunkOptions: ChunkOptions;
  /** The indexed folder, links resolved: what does not lie in it is not read. */
  root: string;
  maxFileBytes: number;
  /** Known files that are as they were, whatever their times say. */
  unchanged: ReadonlySet<string> | undefined;
  /** See annotate(). */
  minLines: number;
  /** Default: groupFiles and groupChars. */
  groups?: { files: number; chars: number } | undefined;
  signal: AbortSignal | undefined;
  /** For others who hold up a write. Default: patiently. */
  waiting?: Waiting | undefined;
  onFile: () => void;
  /** Gives the text of a file. Default: it is read from the disk. */
  read?: ((file: WalkedFile) => Promise<ReadText | { skip: SkipReason }>) | undefined;
}

const noSyntax = Promise.resolve(undefined);

/** A group is stored when it has this many files or characters. */
const groupFiles = 64;
const groupChars = 2 * 1024 * 1024;
/** Files read ahead of the one in hand. */
const readAhead = 4;
/**
 * Chunks of one write: the store is synchronous, and nothing else runs meanwhile. Fewer would write the
 * same pages and merge the same words more often (docs/decisions/0017).
 */
const chunksPerWrite = 160;
/** Lines of one count: handing them over blocks the event loop. */
const linesPerCount = 2048;
/** Longer texts are counted line by line, whose length embedders bound. */
const longestCounted = 1_000_000;
/** Examples of each kind of note. */
const mostExamples = 100;

interface Reading {
  file: WalkedFile;
  record: FileRecord | undefined;
  /** Its definitions are missing: it is parsed again, whether it has changed or not. */
  isTriedAgain: boolean;
  result: Promise<ReadText | { skip: SkipReason }>;
}

interface Pending {
  path: string;
  stamp: FileStamp;
  contentHash: string;
  language: string;
  lines: string[];
  /** The lines, each but the last ended by "\n". */
  text: string;
  syntax: Promise<ParseOutcome> | undefined;
  /** Its content is in the index: only a tree is news. */
  isKnown: boolean;
}

/** Runs the phase over the files of a walk, in their order. */
export async function storeTexts(
  files: AsyncGenerator<WalkedFile>,
  phase: TextPhase,
): Promise<void> {
  const writer = new GroupWriter(phase);
  const again = phase.parser === undefined ? [] : phase.table.unparsed().filter(isTriedAgain);
  const unparsed: ReadonlySet<string> = new Set(again.map(({ path }) => path));
  const queue: Reading[] = [];
  let done = false;
  try {
    while (!done || queue.length > 0) {
      throwIfAborted(phase.signal, "Indexing");
      while (!done && queue.length < readAhead) {
        const next = await phase.watch.wait("walk", files.next());
        if (next.done === true) done = true;
        else startReading(next.value, queue, phase, unparsed);
      }
      const reading = queue.shift();
      if (reading !== undefined) {
        await takeIn(reading, writer, phase);
        phase.counts.filesDone += 1;
        phase.onFile();
      }
    }
    await writer.finish();
  } catch (error) {
    await files.return(undefined);
    await Promise.allSettled([...queue.map((reading) => reading.result), writer.settle()]);
    throw error;
  }
}

function startReading(
  file: WalkedFile,
  queue: Reading[],
  phase: TextPhase,
  unparsed: ReadonlySet<string>,
): void {
  const { counts, plan } = phase;
  const isAgain = unparsed.has(file.path);
  const met = plan.meet(file.path, file);
  counts.filesFound += 1;
  // A size below zero was set by a migration: what is known of the file is too old to keep.
  const isLeftAlone =
    met.verdict === "check" &&
    met.record.stamp.sizeBytes >= 0 &&
    phase.unchanged?.has(file.path) === true;
  if (!isAgain && (met.verdict === "unchanged" || isLeftAlone)) {
    counts.files.unchanged += 1;
    counts.files.seen += 1;
    counts.filesDone += 1;
    phase.onFile();
    return;
  }
  const record = met.verdict === "new" ? undefined : met.record;
  const mostBytes = mostBytesOf(file.path, phase.maxFileBytes);
  const result = phase.read?.(file) ?? readText(file.absolutePath, mostBytes, phase.root);
  // A failure is thrown in its turn; until then it must not be nobody's.
  result.catch(() => undefined);
  queue.push({ file, record, isTriedAgain: isAgain, result });
}

async function takeIn(reading: Reading, writer: GroupWriter, phase: TextPhase): Promise<void> {
  const { file, record } = reading;
  const { counts, skips } = phase;
  const { files } = counts;
  const read = await phase.watch.wait("read", reading.result);
  if ("skip" in read) {
    skips.add(read.skip, file.path);
    // Content that cannot be read now is kept as it was; all else that is skipped goes.
    if (record !== undefined && read.skip !== "unreadable") await writer.remove(file.path);
    return;
  }
  counts.bytesRead += read.stamp.sizeBytes;
  const isKnown = record !== undefined && record.contentHash === read.contentHash;
  if (isKnown) {
    // The same time may only have been too young to be trusted at the last run.
    const isTouched = record.stamp.mtimeMs !== read.stamp.mtimeMs;
    files[isTouched ? "touched" : "unchanged"] += 1;
    files.seen += 1;
    if (!reading.isTriedAgain) return await writer.touch(file.path, read.stamp);
  }
  const language = languageOf(file.path, read.text);
  const lines = splitLines(read.text);
  const generated = judgeGenerated(lines, language, file.path);
  if (generated !== undefined) {
    skips.add(generated.reason, file.path, signInWords(generated));
    if (record !== undefined) await writer.remove(file.path);
    return;
  }
  if (read.brokenEncoding && !isKnown) {
    note(counts.brokenEncoding, file.path);
  }
  if (!isKnown) {
    files[record === undefined ? "new" : "changed"] += 1;
    files.seen += 1;
  }
  const { stamp, contentHash } = read;
  const text = read.text.includes("\r") ? lines.join("\n") : withoutLastEnd(read.text);
  // Parsed while the files before it are counted and stored.
  const syntax = phase.parser?.parse({ path: file.path, language, text });
  // A failure is thrown where it is awaited; a run that ends before does not wait for it.
  syntax?.catch(() => undefined);
  await writer.put(
    { path: file.path, stamp, contentHash, language, lines, text, syntax, isKnown },
    text.length,
  );
}

function note(notes: { count: number; examples: string[] }, example: string): void {
  notes.count += 1;
  if (notes.examples.length < mostExamples) notes.examples.push(example);
}

function partly(parsed: ParsedFile | undefined): "partly" | undefined {
  return parsed?.hasErrors === true ? "partly" : undefined;
}

/** Why its definitions are missing; undefined when they are not, or it can have none. */
function whyUnparsed(outcome: ParseOutcome | undefined): ParseFailure | undefined {
  if (outcome === undefined || !("failed" in outcome)) return undefined;
  return outcome.failed === "no-grammar" ? undefined : outcome.failed;
}

function withoutLastEnd(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}

/** Gathers files into groups and stores one group while the next is gathered. */
class GroupWriter {
  readonly #phase: TextPhase;
  #group: Pending[] = [];
  #chars = 0;
  #touched: { path: string; stamp: FileStamp }[] = [];
  #removed: string[] = [];
  #inFlight: Promise<void> = Promise.resolve();

  constructor(phase: TextPhase) {
    this.#phase = phase;
  }

  async put(file: Pending, chars: number): Promise<void> {
    this.#group.push(file);
    this.#chars += chars;
    const { files = groupFiles, chars: mostChars = groupChars } = this.#phase.groups ?? {};
    if (this.#group.length >= files || this.#chars >= mostChars) await this.#startFlush();
  }

  async touch(path: string, stamp: FileStamp): Promise<void> {
    this.#touched.push({ path, stamp });
    if (this.#touched.length >= groupFiles * 4) await this.#startFlush();
  }

  async remove(path: string): Promise<void> {
    this.#phase.counts.files.deleted += 1;
    this.#removed.push(path);
    if (this.#removed.length >= groupFiles) await this.#startFlush();
  }

  async finish(): Promise<void> {
    await this.#startFlush();
    await this.#inFlight;
  }

  /** Waits until nothing uses the store any more, whatever came of it. */
  async settle(): Promise<void> {
    await this.#inFlight.catch(() => undefined);
  }

  async #startFlush(): Promise<void> {
    await this.#inFlight;
    const group = this.#group;
    const touched = this.#touched;
    const removed = this.#removed;
    this.#group = [];
    this.#touched = [];
    this.#removed = [];
    this.#chars = 0;
    this.#inFlight = this.#flush(group, touched, removed);
    // A failure is thrown where the flight is awaited, never as an unhandled rejection.
    this.#inFlight.catch(() => undefined);
  }

  async #flush(
    group: readonly Pending[],
    touched: readonly { path: string; stamp: FileStamp }[],
    removed: readonly string[],
  ): Promise<void> {
    const { table, watch, counts, signal, waiting = patiently } = this.#phase;
    const store = (write: () => void): Promise<void> =>
      waiting(() => watch.run("store", write), signal);
    if (touched.length > 0) await store(() => table.touch(touched));
    if (removed.length > 0) await store(() => table.remove(removed));
    let batch: FileWithChunks[] = [];
    let batchChunks = 0;
    const write = async (): Promise<void> => {
      const files = batch;
      batch = [];
      batchChunks = 0;
      if (files.length === 0) return;
      await store(() => table.put(files));
      await yieldToEventLoop();
    };
    for (const { lines, text, syntax, isKnown, ...file } of group) {
      throwIfAborted(signal, "Indexing");
      const outcome = await watch.wait("parse", syntax ?? noSyntax);
      const parsed = this.#take(outcome);
      const why = whyUnparsed(outcome);
      if (isKnown && why !== undefined) {
        const { path, stamp } = file;
        await store(() => table.touch([{ path, stamp, unparsed: why }]));
        continue;
      }
      const tokens = await watch.wait("chunk", this.#countTokens(lines, text));
      let leftOut: number | undefined;
      const onLeftOut = (line: number): void => {
        leftOut ??= line;
      };
      const chunks = watch.run("chunk", () =>
        this.#cut(lines, tokens, { language: file.language, onLeftOut }, parsed),
      );
      if (leftOut !== undefined) note(counts.longLines, `${file.path}:${leftOut}`);
      if (batchChunks > 0 && batchChunks + chunks.length > chunksPerWrite) await write();
      batch.push({ ...file, chunks, syntax: parsed, unparsed: why ?? partly(parsed) });
      batchChunks += chunks.length;
      counts.chunksWritten += chunks.length;
      for (const chunk of chunks) counts.tokensWritten += chunk.tokens;
      await yieldToEventLoop();
    }
    await write();
  }

  #take(outcome: ParseOutcome | undefined): ParsedFile | undefined {
    const { syntax } = this.#phase.counts;
    if (outcome === undefined) return undefined;
    if ("failed" in outcome) {
      syntax.failed[outcome.failed] = (syntax.failed[outcome.failed] ?? 0) + 1;
      return undefined;
    }
    syntax.parsed += 1;
    if (outcome.parsed.hasErrors) syntax.withErrors += 1;
    syntax.definitions += outcome.parsed.definitions.length;
    syntax.references += outcome.parsed.references.length;
    return outcome.parsed;
  }

  #cut(
    lines: readonly string[],
    tokens: Uint32Array,
    of: Pick<ChunkOptions, "language" | "onLeftOut">,
    parsed: ParsedFile | undefined,
  ): ChunkInput[] {
    const { chunkOptions, minLines } = this.#phase;
    if (parsed === undefined) return chunkLines(lines, tokens, { ...chunkOptions, ...of });
    const { definitions } = parsed;
    const chunks = chunkLines(lines, tokens, { ...chunkOptions, ...of, definitions });
    return annotate(chunks, definitions, minLines);
  }

  /** Tokens per line; blank lines have none and are not handed over. */
  async #countTokens(lines: readonly string[], text: string): Promise<Uint32Array> {
    const { embedder } = this.#phase;
    if (embedder.countLineTokens !== undefined && text.length <= longestCounted) {
      return await embedder.countLineTokens(text);
    }
    const tokens = new Uint32Array(lines.length);
    let texts: string[] = [];
    let places: number[] = [];
    const count = async (): Promise<void> => {
      if (texts.length === 0) return;
      const counted = await embedder.countTokens(texts);
      places.forEach((place, index) => {
        tokens[place] = counted[index] ?? 0;
      });
      texts = [];
      places = [];
    };
    for (let index = 0; index < lines.length; index += 1) {
      const line = lines[index] as string;
      if (line === "") continue;
      texts.push(line);
      places.push(index);
      if (texts.length >= linesPerCount) await count();
    }
    await count();
    return tokens;
  }
}
