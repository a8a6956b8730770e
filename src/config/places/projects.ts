/*
 * Which project a folder belongs to, and under which name its memories are kept. The name is made of the folder's
 * name and of its path, as it always was; but the folder is the one that stands for the project: the first working
 * tree of a repository for all of its worktrees, and the real path for every link to it.
 *
 * A path says nothing once a folder was moved. So a small record is kept of each project that has memories: where it
 * was, and marks by which it can be known again. A repository that is known by its history, and is gone from where it
 * was, is the same project, and keeps its name. Everything less sure (a folder without git, a copy, another clone) is
 * offered and never taken.
 */

import { readdirSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { HaypileError } from "../../base/errors.ts";
import { readBoundedSync } from "../../base/files/read-file.ts";
import {
  firstLine,
  hasGitEntry,
  linkedFolders,
  mainFolderOf,
  originOf,
  type Repository,
  repositoryAt,
} from "../../base/files/repository.ts";
import { log } from "../../base/log.ts";
import { realPathSync } from "../../base/paths/real-path.ts";
import { sha256 } from "../../base/text/sha256.ts";
import type { Environment } from "../environment/env.ts";
import { homeFolder } from "../environment/home-folder.ts";
import { writeAtomically } from "../file/write-file.ts";
import { foldersUpward } from "./paths.ts";

export interface Project {
  /** Under which its memories are written. */
  namespace: string;
  /** That one and those under which its memories were kept before, or from other places of it. */
  namespaces: readonly string[];
  /** The folder that stands for it, links resolved. */
  folder: string;
  /** Where it was when memories were kept last, when it was moved since. */
  movedFrom: string | undefined;
}

/** A project that looks like another one. */
export interface AlikeProject {
  namespace: string;
  folder: string;
  why: "moved" | "copy" | "same origin";
}

const format = 1;

interface Marks {
  /** Number of the folder, or of the repository: the same after a move on one disk. */
  inode: string | undefined;
  /** Hash of the first entry of the repository's log: the same wherever it is moved or copied to. */
  history: string | undefined;
  /** Hash of where it was cloned from. */
  origin: string | undefined;
}

interface ProjectRecord extends Marks {
  format: typeof format;
  folder: string;
  /** The name it goes by: its own, or that of the place it was moved from. */
  namespace: string;
  /** Further names its memories have. */
  also: string[];
}

const mostRecordBytes = 64_000;
const mostRecords = 5_000;
const mostWorktrees = 64;
const mostAlike = 5;

type Places = Pick<Environment, "dataFolder" | "variables">;

/** @param folder absolute; it need not be there */
export function projectOf(folder: string, places: Places): Project {
  const found = look(folder, places);
  const { record, namespace, movedFrom } = recordOf(found, places);
  const own = [namespace, found.namespace, ...(record?.also ?? []), ...olderNames(folder, found)];
  return { namespace, namespaces: [...new Set(own)], folder: found.folder, movedFrom };
}

/**
 * Notes where a project is, once it has memories, so that it is known again when it is moved. Nothing is written when
 * nothing is new, and nothing fails when it cannot be written.
 */
export function noteProject(folder: string, places: Places): void {
  const found = look(folder, places);
  const { record, namespace } = recordOf(found, places);
  try {
    save(found, namespace, record?.also ?? [], places);
  } catch (error) {
    log("debug", `the project ${found.folder} could not be noted: ${String(error)}`);
  }
}

/**
 * Lets a project go by the name of another: their memories are one project's from now on.
 * @param namespace as alikeProjects() gives it, or as a person names it
 * @throws HaypileError HAYPILE_PERMISSION, HAYPILE_DISK_FULL, HAYPILE_IO
 */
export function adoptNamespace(folder: string, namespace: string, places: Places): Project {
  const found = look(folder, places);
  const { record, namespace: before } = recordOf(found, places);
  const also = [before, ...(record?.also ?? [])].filter((one) => one !== namespace);
  save(found, namespace, [...new Set(also)], places);
  return projectOf(folder, places);
}

/** Other projects that have memories and look like this one, the surest first. */
export function alikeProjects(folder: string, places: Places): AlikeProject[] {
  const found = look(folder, places);
  const own = new Set(projectOf(folder, places).namespaces);
  const order = ["moved", "copy", "same origin"] as const;
  return allRecords(places)
    .filter(({ namespace }) => !own.has(namespace))
    .flatMap((record): AlikeProject[] => {
      const why = likeness(record, found);
      return why === undefined ? [] : [{ namespace: record.namespace, folder: record.folder, why }];
    })
    .sort((a, b) => order.indexOf(a.why) - order.indexOf(b.why))
    .filter(({ namespace }, at, all) => at === all.findIndex((one) => one.namespace === namespace))
    .slice(0, mostAlike);
}

/** True when a project that is still where it was goes by this name. */
export function isNameTaken(namespace: string, places: Places): boolean {
  return allRecords(places).some((one) => one.namespace === namespace && !isGone(one));
}

interface Found {
  folder: string;
  repository: Repository | undefined;
  marks: Marks;
  /** By the path. */
  namespace: string;
}

function look(given: string, { variables }: Places): Found {
  const top = topOf(realOrSame(given), variables);
  const repository = hasGitEntry(top) ? repositoryAt(top) : undefined;
  const folder = repository === undefined ? top : mainFolderOf(repository);
  const isBare = repository?.isLinked === true && folder === repository.commonFolder;
  return {
    folder,
    repository,
    namespace: isBare ? nameOf(folder, "", bareName(folder)) : nameOf(folder),
    marks: marksOf(folder, repository?.commonFolder),
  };
}

/** The nearest folder above with a repository, else the folder itself. That of the home folder is no project's. */
function topOf(folder: string, variables: Places["variables"]): string {
  const home = homeFolder(variables);
  for (const at of foldersUpward(folder)) {
    if (home !== undefined && at === resolve(home)) break;
    if (hasGitEntry(at)) return at;
  }
  return folder;
}

function marksOf(folder: string, commonFolder: string | undefined): Marks {
  const hashed = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : sha256(text).slice(0, 32);
  return {
    inode: inodeOf(commonFolder ?? folder),
    history: commonFolder && hashed(firstLine(join(commonFolder, "logs", "HEAD"))),
    origin: commonFolder && hashed(originOf(commonFolder)),
  };
}

/** With the time of its making, since numbers are given again. */
function inodeOf(path: string): string | undefined {
  const facts = factsOf(path);
  if (facts === undefined) return undefined;
  // Numbers of Windows' files do not fit into a JavaScript number.
  const number = process.platform === "win32" ? numberOf(path) : facts.ino;
  return `${number} ${Math.round(facts.birthtimeMs)}`;
}

function numberOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}

/** A project's name: that of its folder, and a hash of the path. As in 0.1, so that memories of then are found. */
function nameOf(folder: string, more = "", shown = basename(folder)): string {
  const name = shown.replace(/[^A-Za-z0-9._-]+/gu, "-").slice(0, 40) || "project";
  return `${name}-${sha256(folder + more).slice(0, 6)}`;
}

/** Of a bare repository with worktrees: "app.git" and "app/.bare" are both shown as "app". */
function bareName(folder: string): string {
  const last = basename(folder);
  return last.startsWith(".") ? basename(dirname(folder)) : last.replace(/\.git$/u, "");
}

/** Under which the same project kept memories in 0.1: each worktree and each link to a folder had a name of its own. */
function olderNames(given: string, { folder, repository }: Found): string[] {
  const asGiven = [...foldersUpward(resolve(given))].find(hasGitEntry) ?? resolve(given);
  const linked = repository === undefined ? [] : linkedFolders(repository, mostWorktrees);
  const own = repository === undefined ? [] : [repository.folder];
  return [asGiven, ...own, ...linked].filter((one) => one !== folder).map((one) => nameOf(one));
}

interface Known {
  record: ProjectRecord | undefined;
  namespace: string;
  movedFrom: string | undefined;
}

/** By its place; else by its history, when the project of that history is gone from where it was. */
function recordOf(found: Found, places: Places): Known {
  const { folder, namespace, marks } = found;
  const own = readRecord(recordPath(namespace, places));
  if (own?.folder === folder) {
    if (!isSameProject(own, marks) && isUsedElsewhere(own, places)) {
      // Another project took the place of one that was moved and has kept its name.
      const other = nameOf(folder, marks.history ?? marks.inode);
      return { record: undefined, namespace: other, movedFrom: undefined };
    }
    const movedFrom = own.namespace === namespace ? undefined : folderOf(own.namespace, places);
    return { record: own, namespace: own.namespace, movedFrom };
  }
  const isRepository = found.repository !== undefined;
  const moved = allRecords(places).filter(
    (one) => isRepository && one.folder !== folder && isSameProject(one, marks) && isGone(one),
  );
  const [first] = moved;
  const isOne = moved.every((one) => one.namespace === first?.namespace);
  if (first === undefined || !isOne) return { record: undefined, namespace, movedFrom: undefined };
  return { record: first, namespace: first.namespace, movedFrom: first.folder };
}

function isUsedElsewhere({ namespace, folder }: ProjectRecord, places: Places): boolean {
  return allRecords(places).some(
    (one) => one.namespace === namespace && one.folder !== folder && !isGone(one),
  );
}

function folderOf(namespace: string, places: Places): string | undefined {
  return readRecord(recordPath(namespace, places))?.folder;
}

function likeness(
  record: ProjectRecord,
  { folder, marks }: Found,
): AlikeProject["why"] | undefined {
  if (record.folder === folder) return undefined;
  if (isSameProject(record, marks)) return isGone(record) ? "moved" : "copy";
  return isSame(record.origin, marks.origin) ? "same origin" : undefined;
}

/** Nothing is there any more, or something else is. */
function isGone(record: ProjectRecord): boolean {
  const { folder } = record;
  return !isSameProject(
    record,
    marksOf(folder, repositoryAt(folder)?.commonFolder ?? bareAt(folder)),
  );
}

/** One of the marks is enough: git prunes its log, and a copy to another disk has another number. */
function isSameProject(a: Marks, b: Marks): boolean {
  return isSame(a.history, b.history) || isSame(a.inode, b.inode);
}

/** A bare repository stands for itself. */
function bareAt(folder: string): string | undefined {
  return factsOf(join(folder, "objects")) && folder;
}

function isSame(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && a === b;
}

function save(found: Found, namespace: string, also: string[], places: Places): void {
  const { folder, marks } = found;
  const path = recordPath(found.namespace, places);
  const text = `${JSON.stringify({ format, folder, namespace, also, ...marks })}\n`;
  const before = readRecord(path);
  if (before !== undefined && `${JSON.stringify(before)}\n` === text) return;
  assertNotNewer(path);
  writeAtomically(path, text);
  cached = undefined;
}

function projectsFolder({ dataFolder }: Places): string {
  return join(dataFolder, "projects");
}

function recordPath(namespace: string, places: Places): string {
  return join(projectsFolder(places), `${namespace}.json`);
}

/** Read again when the folder has changed: every record is put there under a new file. */
let cached: { folder: string; stamp: number; records: ProjectRecord[] } | undefined;

function allRecords(places: Places): readonly ProjectRecord[] {
  const folder = projectsFolder(places);
  const stamp = factsOf(folder)?.mtimeMs;
  if (stamp === undefined) return [];
  if (cached?.folder === folder && cached.stamp === stamp) return cached.records;
  const records = namesIn(folder)
    .filter((name) => name.endsWith(".json"))
    .slice(0, mostRecords)
    .flatMap((name) => readRecord(join(folder, name)) ?? []);
  cached = { folder, stamp, records };
  return records;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** What a newer Haypile noted is not written over. @throws HaypileError HAYPILE_CONFIG_INVALID */
function assertNotNewer(path: string): void {
  let found: unknown;
  try {
    const rules = { mostBytes: mostRecordBytes, links: "refuse" } as const;
    found = JSON.parse(readBoundedSync(path, rules).toString("utf8"))?.format;
  } catch {
    return;
  }
  if (typeof found !== "number" || found <= format) return;
  throw new HaypileError(
    "HAYPILE_CONFIG_INVALID",
    `Expected a record of a project of format ${format}, but ${path} is of ${found}, made by a newer Haypile. It was not changed. Update Haypile here; what is remembered and recalled goes by the name of the folder until then.`,
    { data: { path, format: found, known: format } },
  );
}

/** A record that is damaged or of another form is none. */
function readRecord(path: string): ProjectRecord | undefined {
  try {
    const rules = { mostBytes: mostRecordBytes, links: "refuse" } as const;
    const read = JSON.parse(readBoundedSync(path, rules).toString("utf8")) as ProjectRecord;
    const texts = [read.folder, read.namespace, ...read.also];
    if (read.format !== format || texts.some((text) => typeof text !== "string")) return undefined;
    const { folder, namespace, also, inode, history, origin } = read;
    return { format, folder, namespace, also, inode, history, origin };
  } catch {
    return undefined;
  }
}

function factsOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function realOrSame(folder: string): string {
  try {
    return realPathSync(folder);
  } catch {
    return resolve(folder);
  }
}
