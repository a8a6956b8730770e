/* Memories that a client may be looking for under another name: of its project before a move, or of a copy. */
import { readEnvironment } from "../../config/environment/env.ts";
import { alikeProjects, isNameTaken, projectOf } from "../../config/places/projects.ts";
import type { Memories } from "../../ports/memories.ts";
import { oneLine } from "../answer/visible-text.ts";
import { sharedNamespace } from "./project.ts";

/** More are not named at once. */
const mostNamed = 3;

interface Alike {
  namespace: string;
  memories: number;
  why: string;
}

/**
 * Lines about memories of projects that look like that of a folder, when its own has none; nothing otherwise. It costs
 * one look at a count where there are memories.
 */
export async function alikeNotes(memories: Memories, root: string | undefined): Promise<string[]> {
  const project = root === undefined ? undefined : projectOf(root, readEnvironment());
  if (root === undefined || project === undefined) return [];
  if ((await countIn(memories, project.namespaces)) > 0) return [];
  const alike = [...(await recorded(memories, root)), ...(await sameName(memories, project))];
  const named = alike.filter(
    ({ namespace }, at) => at === alike.findIndex((one) => one.namespace === namespace),
  );
  return named.slice(0, mostNamed).map(({ namespace, memories, why }) => {
    const space = oneLine(namespace, 128);
    return `note: this project has no memories yet, but ${memories} ${memories === 1 ? "is" : "are"} kept in namespace "${space}", ${why}. Pass it as namespace to look there; to make them this project's, the user can run in its folder: haypile memories adopt ${JSON.stringify(space)}`;
  });
}

/** Those that were noted with marks of their folders. */
async function recorded(stored: Memories, root: string): Promise<Alike[]> {
  const found: Alike[] = [];
  for (const { namespace, folder, why } of alikeProjects(root, readEnvironment())) {
    const memories = await countIn(stored, [namespace]);
    const where = oneLine(folder);
    const reason = {
      moved: `which seems to be this folder while it was ${where}`,
      copy: `of ${where}, of which this seems to be a copy`,
      "same origin": `of ${where}, a clone of the same repository`,
    }[why];
    if (memories > 0) found.push({ namespace, memories, why: reason });
  }
  return found;
}

/** Kept before folders were noted: the same name of a folder that nobody says is still there. */
async function sameName(
  memories: Memories,
  { namespaces }: { namespaces: readonly string[] },
): Promise<Alike[]> {
  const heads = new Set(namespaces.map(headOf));
  const { namespaces: all } = await memories.stats();
  return all
    .filter(({ namespace }) => /-[0-9a-f]{6}$/u.test(namespace) && heads.has(headOf(namespace)))
    .filter(({ namespace }) => namespace !== sharedNamespace && !namespaces.includes(namespace))
    .filter(({ namespace }) => !isNameTaken(namespace, readEnvironment()))
    .sort((a, b) => b.memories - a.memories)
    .map((one) => ({
      namespace: one.namespace,
      memories: one.memories,
      why: "of a folder with the same name",
    }));
}

async function countIn(memories: Memories, namespaces: readonly string[]): Promise<number> {
  const { total } = await memories.list({ namespace: [...namespaces], limit: 1 });
  return total;
}

function headOf(namespace: string): string {
  return namespace.replace(/-[0-9a-f]{6}$/u, "");
}
