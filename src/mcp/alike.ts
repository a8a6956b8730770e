/* Memories that a client may be looking for under another name: of its project before a move, or of a copy. */
import { readEnvironment } from "../config/env.ts";
import { alikeProjects, isNameTaken } from "../config/projects.ts";
import { connectionProject, connectionRoot, type Place, sharedNamespace } from "./project.ts";
import { oneLine } from "./visible-text.ts";

/** More are not named at once. */
const mostNamed = 3;

interface Alike {
  namespace: string;
  memories: number;
  why: string;
}

/**
 * Lines about memories of projects that look like the client's, when its own has none; nothing otherwise. It costs
 * one look at a count where there are memories.
 */
export async function alikeNotes(place: Pick<Place, "backend" | "connection">): Promise<string[]> {
  const project = connectionProject(place.connection);
  if (project === undefined || (await countIn(place, project.namespaces)) > 0) return [];
  const alike = [...(await recorded(place)), ...(await sameName(place, project))];
  const named = alike.filter(
    ({ namespace }, at) => at === alike.findIndex((one) => one.namespace === namespace),
  );
  return named.slice(0, mostNamed).map(({ namespace, memories, why }) => {
    const space = oneLine(namespace, 128);
    return `note: this project has no memories yet, but ${memories} ${memories === 1 ? "is" : "are"} kept in namespace "${space}", ${why}. Pass it as namespace to look there; to make them this project's, the user can run in its folder: haypile memories adopt ${JSON.stringify(space)}`;
  });
}

/** Those that were noted with marks of their folders. */
async function recorded(place: Pick<Place, "backend" | "connection">): Promise<Alike[]> {
  const root = connectionRoot(place.connection);
  const found: Alike[] = [];
  for (const { namespace, folder, why } of alikeProjects(root as string, readEnvironment())) {
    const memories = await countIn(place, [namespace]);
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
  { backend }: Pick<Place, "backend">,
  { namespaces }: { namespaces: readonly string[] },
): Promise<Alike[]> {
  const heads = new Set(namespaces.map(headOf));
  const { namespaces: all } = await backend.memories.stats();
  return all
    .filter(({ namespace }) => /-[0-9a-f]{6}$/u.test(namespace) && heads.has(headOf(namespace)))
    .filter(({ namespace }) => namespace !== sharedNamespace && !namespaces.includes(namespace))
    .filter(({ namespace }) => !isNameTaken(namespace, readEnvironment()))
    .sort((a, b) => b.memories - a.memories)
    .map(({ namespace, memories }) => ({
      namespace,
      memories,
      why: "of a folder with the same name",
    }));
}

async function countIn(
  { backend }: Pick<Place, "backend">,
  namespaces: readonly string[],
): Promise<number> {
  const { total } = await backend.memories.list({ namespace: [...namespaces], limit: 1 });
  return total;
}

function headOf(namespace: string): string {
  return namespace.replace(/-[0-9a-f]{6}$/u, "");
}
