import type { Dirent } from "node:fs";
import { lstat, readdir, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { throwIfAborted } from "../../base/abort.ts";
import { fileError, HaypileError } from "../../base/errors.ts";
import { isInside } from "../../base/files/read-file.ts";
import { repositoryOf } from "../../base/files/repository.ts";
import { mostBytesOf } from "../../base/files/text-of-file.ts";
import { mostlyFolds } from "../../base/paths/case.ts";
import { toSlashes } from "../../base/paths/flavour.ts";
import { realPathOf } from "../../base/paths/real-path.ts";
import { isSecretFile } from "../../base/paths/secret-paths.ts";
import { yieldToEventLoop } from "../../base/yield.ts";
import type { SkipReason } from "../../ports/answers/index-run.ts";
import { compareUtf8 } from "./byte-order.ts";
import { type Decision, IgnoreRules } from "./ignore.ts";
import {
  defaultMaxFileBytes,
  isBinaryName,
  isGeneratedName,
  isTranslationName,
  vendoredFolders,
  visibleHiddenFolders,
} from "./ignore-defaults.ts";
import { judgeContents, type Skip, type WalkPlace } from "./others-code.ts";
import { mayHold, type TreePart } from "./part-of-tree.ts";
import { SkipLog } from "./skip-log.ts";
import { entriesOf, isWindows, kindBySaid } from "./windows-links.ts";

/** A file that may be indexed, as far as its name and size tell. */
export interface WalkedFile {
  /** Relative to the root, with "/" on every system. */
  path: string;
  absolutePath: string;
  sizeBytes: number;
  /** Milliseconds since 1970, with fractions. */
  mtimeMs: number;
  /** When content, name or rights changed last, same unit. */
  ctimeMs?: number | undefined;
  inode?: number | undefined;
}

export interface WalkOptions {
  skips: Pick<SkipLog, "add">;
  /** Only this part of the tree is looked at. Default: all of it. */
  part?: TreePart | undefined;
  /** Files above this are skipped, bytes. Default 1 MiB. */
  maxFileBytes?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Called with each path that could not be read ("a/b" or "a/b/"): what is known of it stays. */
  onUnreadable?: ((path: string) => void) | undefined;
  /** Called with each folder that the walk comes into: "" for the root, else with "/" at the end. */
  onFolder?: ((path: string) => void) | undefined;
}

/** What holds for the whole walk. */
interface Walk extends WalkOptions, WalkPlace {
  /** One file is looked for: what lies beside its way is not listed. */
  isOneFile?: boolean | undefined;
}

/** One folder on the way down: what is left of its entries, and the rules that hold in it. */
interface Frame {
  folder: string;
  /** "" at the root, else with "/" at the end. */
  path: string;
  entries: Dirent[];
  next: number;
  rules: IgnoreRules;
  /** Listings of the next subfolders, asked for ahead of their turn. */
  ahead: Map<Dirent, Promise<Listing>>;
}

/** What readdir gave. Never rejects, so that one asked for ahead can be forgotten. */
type Listing = { entries: Dirent[] } | { error: unknown };

/** Subfolders listed ahead, and entries looked through for them: a listing is mostly waiting. */
const foldersAhead = 8;
const entriesAhead = 64;

/** Files looked at side by side: enough to hide a slow disk, few enough to stop at once. */
const statBatch = 64;

/** How long a walk may hold the event loop. */
const longestTurnMs = 20;

/**
 * Checks the folder to index and gives its path without links.
 * @throws HaypileError HAYPILE_PATH_MISSING, HAYPILE_NOT_A_FOLDER, HAYPILE_PERMISSION, HAYPILE_IO
 */
export async function resolveRoot(root: string): Promise<string> {
  const doing = `read the folder ${root}`;
  let real: string;
  try {
    real = await realPathOf(root);
    if ((await stat(real)).isDirectory()) {
      await readdir(real);
      return real;
    }
  } catch (error) {
    throw fileError(error, doing);
  }
  throw new HaypileError(
    "HAYPILE_NOT_A_FOLDER",
    `Expected a folder but ${root} is a file. Give the folder that holds it.`,
    { data: { path: root } },
  );
}

/**
 * Walks a folder from the top down and gives its files in the byte order of their paths, whatever
 * order the disk has. Holds the entries of the open folders only. What is skipped goes to
 * `options.skips`; nothing below the root is fatal.
 *
 * @param root from resolveRoot
 * @throws HaypileError HAYPILE_ABORTED, and those of resolveRoot for the root itself
 */
export async function* walkFolder(root: string, options: WalkOptions): AsyncGenerator<WalkedFile> {
  const maxFileBytes = options.maxFileBytes ?? defaultMaxFileBytes;
  const above = await IgnoreRules.above(root);
  const walk: Walk = { ...options, root, commonFolder: repositoryOf(root)?.commonFolder };
  const top = await openFrame({ folder: root, path: "", rules: above }, walk, listFolder(root));
  const frames: Frame[] = top === undefined ? [] : [top];
  let yieldedMs = performance.now();
  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    // Where all is ignored, nothing is waited for: others have to have their turn all the same.
    if (performance.now() - yieldedMs > longestTurnMs) {
      await yieldToEventLoop();
      yieldedMs = performance.now();
    }
    throwIfAborted(options.signal, "Indexing");
    const files: Dirent[] = [];
    let subfolder: Dirent | undefined;
    while (frame.next < frame.entries.length && files.length < statBatch) {
      const entry = frame.entries[frame.next] as Dirent;
      frame.next += 1;
      if (entry.isDirectory()) {
        subfolder = entry;
        break;
      }
      files.push(entry);
    }
    const current = frame;
    const looked = await Promise.all(
      files.map((entry) => lookAtFile(entry, current, root, maxFileBytes)),
    );
    for (const one of looked) {
      if ("skip" in one) {
        options.skips.add(one.skip, one.path, one.because);
        if (one.skip === "unreadable") options.onUnreadable?.(one.path);
      } else {
        yield one;
      }
    }
    if (subfolder !== undefined) {
      const opened = await enterFolder(subfolder, current, walk);
      if (opened !== undefined) frames.push(opened);
    } else if (current.next >= current.entries.length) {
      frames.pop();
    }
  }
}

/**
 * Why a walk would pass over one file; undefined: it would give it. Only the folders on its way are listed.
 *
 * @param root from resolveRoot
 * @param path relative to it, with "/"
 * @throws those of resolveRoot for the root itself
 */
export async function whySkipped(
  root: string,
  path: string,
  maxFileBytes: number = defaultMaxFileBytes,
): Promise<SkipReason | undefined> {
  return (await explainSkip(root, path, maxFileBytes))?.reason;
}

/** The same with the rule or the sign, and the folder that is passed over where it is one. @throws as whySkipped() */
export async function explainSkip(
  root: string,
  path: string,
  maxFileBytes: number = defaultMaxFileBytes,
): Promise<(Skip & { path: string }) | undefined> {
  const skips = new SkipLog();
  const walk: Walk = {
    skips,
    root,
    commonFolder: repositoryOf(root)?.commonFolder,
    isOneFile: true,
  };
  const above = await IgnoreRules.above(root);
  let frame = await openFrame({ folder: root, path: "", rules: above }, walk, listFolder(root));
  const steps = path.split("/");
  for (const [at, name] of steps.entries()) {
    const entry = frame?.entries.find((one) => one.name === name);
    if (frame === undefined || entry === undefined) break;
    if (at < steps.length - 1) {
      if (!entry.isDirectory()) break;
      frame = await enterFolder(entry, frame, walk);
      continue;
    }
    const looked = await lookAtFile(entry, frame, root, maxFileBytes);
    if (!("skip" in looked)) return undefined;
    return { reason: looked.skip, because: looked.because, path };
  }
  const [said] = Object.entries(skips.report().byReason);
  if (said === undefined) return { reason: "vanished", path };
  const [reason, { because, examples }] = said;
  return { reason: reason as SkipReason, because: because?.[0], path: examples[0] ?? path };
}

/** Git's own folder, in the letters of a disk that takes upper and lower case for the same. */
function isGitName(name: string): boolean {
  return name === ".git" || (mostlyFolds && name.toLowerCase() === ".git");
}

type Looked = WalkedFile | { skip: SkipReason; because?: string | undefined; path: string };

async function lookAtFile(
  entry: Dirent,
  frame: Frame,
  root: string,
  maxFileBytes: number,
): Promise<Looked> {
  const path = frame.path + entry.name;
  const absolutePath = join(frame.folder, entry.name);
  if (entry.isSymbolicLink()) return { skip: await kindOfLink(absolutePath, root), path };
  if (!entry.isFile()) return { skip: "special", path };
  // In a linked worktree or a submodule .git is a file that points to the repository.
  if (isGitName(entry.name)) return { skip: "hidden", path };
  const rule = frame.rules.decide(path);
  if (rule === "git" || rule === "haypile") {
    return { skip: `ignored-by-${rule}`, because: ruleInWords(frame, path, root), path };
  }
  if (rule !== "kept") {
    if (isSecretFile(entry.name)) return { skip: "secret", path };
    if (isGeneratedName(entry.name)) return { skip: "generated", because: "by its name", path };
    if (isTranslationName(entry.name)) return { skip: "translation", path };
    if (isBinaryName(entry.name)) return { skip: "binary", because: "by its name", path };
  }
  try {
    const facts = await lstat(absolutePath);
    if (!facts.isFile()) return { skip: "special", path };
    const mostBytes = mostBytesOf(path, maxFileBytes);
    if (facts.size > mostBytes) {
      const because = `it has ${facts.size} bytes, the limit is ${mostBytes}`;
      return { skip: "too-large", because, path };
    }
    const { size: sizeBytes, mtimeMs, ctimeMs, ino: inode } = facts;
    return { path, absolutePath, sizeBytes, mtimeMs, ctimeMs, inode };
  } catch (error) {
    return { skip: reasonOfFailure(error, entry.name), path };
  }
}

async function enterFolder(
  entry: Dirent,
  parent: Frame,
  options: Walk,
): Promise<Frame | undefined> {
  const path = `${parent.path}${entry.name}/`;
  const { skip, because, rule } = judgeFolder(entry, parent);
  if (skip !== undefined) {
    const said = skip.startsWith("ignored-by") ? ruleInWords(parent, path, options.root) : because;
    options.skips.add(skip, path, said);
    return undefined;
  }
  const folder = join(parent.folder, entry.name);
  const listing = parent.ahead.get(entry) ?? listFolder(folder);
  parent.ahead.delete(entry);
  if (options.isOneFile !== true) listAhead(parent);
  let rules = parent.rules;
  if (rule === "kept") rules = rules.withoutGit();
  if (rule === "tracked") rules = rules.onlyTracked(path);
  const beside = rule === "kept" ? undefined : parent.entries;
  return openFrame({ folder, path, rules, beside }, options, listing);
}

function judgeFolder(
  entry: Dirent,
  parent: Frame,
): { skip?: SkipReason | undefined; because?: string | undefined; rule?: Decision } {
  // Nothing brings .git back: its files are no text of the project.
  if (isGitName(entry.name)) return { skip: "hidden" };
  const rule = parent.rules.decide(`${parent.path}${entry.name}/`);
  if (rule === "kept") return { rule };
  if (rule === "haypile") return { skip: "ignored-by-haypile" };
  const vendored = vendoredFolders.get(entry.name);
  if (vendored !== undefined) return { skip: "vendored", because: vendored };
  if (entry.name.startsWith(".") && !visibleHiddenFolders.has(entry.name)) {
    return { skip: "hidden" };
  }
  return rule === "git" ? { skip: "ignored-by-git" } : { rule };
}

/** ".gitignore:3" for the rule by which a path is ignored: the file as seen from the root, and the line. */
function ruleInWords(frame: Frame, path: string, root: string): string | undefined {
  const place = frame.rules.ruleFor(path);
  if (place === undefined) return undefined;
  const file = isInside(root, place.file) ? toSlashes(relative(root, place.file)) : place.file;
  return `${file}:${place.line}`;
}

function listAhead(frame: Frame): void {
  const end = Math.min(frame.entries.length, frame.next + entriesAhead);
  for (let index = frame.next; index < end && frame.ahead.size < foldersAhead; index += 1) {
    const entry = frame.entries[index] as Dirent;
    if (!entry.isDirectory() || frame.ahead.has(entry)) continue;
    if (judgeFolder(entry, frame).skip !== undefined) continue;
    frame.ahead.set(entry, listFolder(join(frame.folder, entry.name)));
  }
}

const gone: NodeJS.ErrnoException = Object.assign(new Error("a link took its place"), {
  code: "ENOENT",
});

async function listFolder(folder: string): Promise<Listing> {
  try {
    const entries = await entriesOf(folder);
    // A folder that is a link by now: what was listed may be of any place.
    if ((await realPathOf(folder)) !== folder) return { error: gone };
    return { entries };
  } catch (error) {
    return { error };
  }
}

interface Opened {
  folder: string;
  path: string;
  /** Those of the folder it is in. */
  rules: IgnoreRules;
  /** Entries of the folder it is in; undefined: what is in it does not leave it out. */
  beside?: readonly Dirent[] | undefined;
}

/** Lists a folder. Undefined when it is skipped; only the root's failure is thrown. */
async function openFrame(
  { folder, path, rules: parentRules, beside }: Opened,
  options: Walk,
  listing: Promise<Listing>,
): Promise<Frame | undefined> {
  const listed = await listing;
  if ("error" in listed) {
    if (path === "") throw fileError(listed.error, `read the folder ${folder}`);
    const reason = reasonOfFailure(listed.error, folder);
    options.skips.add(reason, path);
    if (reason === "unreadable") options.onUnreadable?.(path);
    return undefined;
  }
  const { entries } = listed;
  const names = new Set(entries.map((entry) => entry.name));
  const judged = beside && { folder, names, beside };
  const skip = judged && (await judgeContents(judged, options));
  if (skip !== undefined) {
    options.skips.add(skip.reason, path, skip.because);
    return undefined;
  }
  options.onFolder?.(path);
  const rules = await parentRules.inside(folder, path, names);
  // As it stands in the paths of its files, so that all paths come in order.
  const keyed = entries
    .map((entry) => ({ entry, key: entry.isDirectory() ? `${entry.name}/` : entry.name }))
    .filter(({ key }) => mayHold(options.part, path + key));
  keyed.sort((a, b) => compareUtf8(a.key, b.key));
  const frame: Frame = {
    folder,
    path,
    entries: keyed.map(({ entry }) => entry),
    next: 0,
    rules,
    ahead: new Map(),
  };
  if (options.isOneFile !== true) listAhead(frame);
  return frame;
}

async function kindOfLink(absolutePath: string, root: string): Promise<SkipReason> {
  try {
    // Only its own words are read there: to follow it may be to log in at another machine.
    if (isWindows) return await kindBySaid(absolutePath, root);
    const target = await realPathOf(absolutePath);
    const inside = target === root || target.startsWith(root.endsWith(sep) ? root : root + sep);
    if (!inside) return "link-to-outside";
    return (await stat(target)).isDirectory() ? "link-to-folder" : "link-to-file";
  } catch {
    return "link-broken";
  }
}

function reasonOfFailure(error: unknown, name: string): SkipReason {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") return "unreadable";
  // A name that is not UTF-8 comes with replacement characters and is not found again.
  return name.includes("\uFFFD") ? "name-not-utf8" : "vanished";
}
