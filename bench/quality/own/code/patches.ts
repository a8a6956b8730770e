/* Patches of a Debian source package: what each is for, in one line, and the files that it changes. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Patch {
  intent: string;
  files: string[];
}

const fewestWords = 4;
const mostWords = 40;

/** @param folder of the unpacked source package */
export function patchesOf(folder: string): Patch[] {
  const below = join(folder, "debian", "patches");
  if (!existsSync(below)) return [];
  return readdirSync(below, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== "series" && !/^\./.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => readPatch(readFileSync(path, "latin1")))
    .filter((patch) => patch !== undefined);
}

export function readPatch(text: string): Patch | undefined {
  const files = [...text.matchAll(/^\+\+\+ (?:[^\s/]+\/)?(\S+)/gm)].map(
    ([, path]) => path as string,
  );
  const [head = ""] = text.split(/^(?:--- |diff |Index: )/m);
  // A subject goes on in lines that begin with a blank.
  const [, said = ""] = /^(?:Subject|Description): *(.*(?:\n[ \t]+\S.*)*)/im.exec(head) ?? [];
  const intent = (said.split(/\n\s*\.?\n/)[0] ?? "")
    .replaceAll(/\s+/g, " ")
    .replace(/^(?:\[[^\]]*\] *)+/, "")
    .replace(/^upstream: */, "")
    .replace(/^(?:CVE-\d+-\d+[,:]? *)+(?:- )?/i, "")
    .replace(/^fix for [\w ]*CVE-\d+-\d+[.:]? */i, "")
    .trim();
  const count = intent.split(" ").length;
  if (count < fewestWords || count > mostWords || files.length === 0) return undefined;
  return { intent, files: [...new Set(files)] };
}
