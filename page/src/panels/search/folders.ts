/* Which folders are searched: those in the address, else those of last time, else all while they are few. */
import type { KnownIndex } from "../../../../src/ports/answers/index-facts.ts";

const key = "haypile-search-folders";
/** Up to so many are all searched where nothing was chosen: each is opened for it. */
const fewFolders = 5;
/** Of those that were searched last. */
const mostKept = 12;

export const everyFolder = "*";

/** Folders that can be searched, those used last first. */
export function searchable(indexes: readonly KnownIndex[]): string[] {
  return indexes
    .filter(({ folder, vanished, damaged }) => folder !== undefined && !vanished && !damaged)
    .sort((a, b) => (b.lastUsed ?? "").localeCompare(a.lastUsed ?? ""))
    .map(({ folder }) => folder as string);
}

/** @param said in the address */
export function chosenFolders(said: readonly string[], known: readonly string[]): string[] {
  if (said.includes(everyFolder)) return [...known];
  if (said.length > 0) return said.filter((folder) => known.includes(folder));
  const kept = recentFolders().filter((folder) => known.includes(folder));
  const [last] = kept;
  if (known.length <= fewFolders) return [...known];
  return last === undefined ? known.slice(0, 1) : [last];
}

/** Folders that were searched, latest first. */
export function recentFolders(): string[] {
  return readList(key);
}

export function keepFolders(folders: readonly string[]): void {
  const all = [...new Set([...folders, ...recentFolders()])];
  localStorage.setItem(key, JSON.stringify(all.slice(0, mostKept)));
}

const questionsKey = "haypile-search-recent";
const mostQuestions = 10;

/** Questions whose hits were opened, or that Enter was pressed for; latest first. */
export function recentQuestions(): string[] {
  return readList(questionsKey);
}

export function keepQuestion(text: string): void {
  const said = text.trim().slice(0, 200);
  if (said === "") return;
  const all = [...new Set([said, ...recentQuestions()])];
  localStorage.setItem(questionsKey, JSON.stringify(all.slice(0, mostQuestions)));
}

export function forgetQuestions(): void {
  localStorage.removeItem(questionsKey);
}

function readList(from: string): string[] {
  try {
    const kept = JSON.parse(localStorage.getItem(from) ?? "[]") as unknown;
    return Array.isArray(kept) ? kept.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}

/** The last part of each path, and as many before it as tell it from the others. */
export function shortNames(folders: readonly string[]): Map<string, string> {
  const parts = folders.map((folder) => folder.split(/[\\/]+/u).filter((part) => part !== ""));
  return new Map(
    folders.map((folder, at) => {
      const own = parts[at] ?? [];
      for (let count = 1; count <= own.length; count += 1) {
        const name = own.slice(-count).join("/");
        const isTaken = parts.some(
          (other, place) => place !== at && other.slice(-count).join("/") === name,
        );
        if (!isTaken) return [folder, name];
      }
      return [folder, folder];
    }),
  );
}
