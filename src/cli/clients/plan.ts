/* Everything that is to be put into a client's files, or taken out: planned whole, so that it can be shown first. */
import { join } from "node:path";
import { guideFiles, planGuide } from "./guide.ts";
import { dropMade, hookFormats, planHooks } from "./hooks.ts";
import { planServer } from "./install.ts";
import type { Ledger } from "./ledger.ts";
import type { Part, PlannedPart } from "./parts.ts";
import { EmptyFiles, type PlannedFiles } from "./planned-files.ts";
import type { Client, Places, ServerCommand } from "./table.ts";

export interface Wish {
  parts: ReadonlySet<Part>;
  /** Also what somebody has changed of ours. */
  force: boolean;
  /** Folder of the project, absolute, without links; undefined: files of the user. */
  project: string | undefined;
  /** undefined: all is taken out. */
  put:
    | {
        server: ServerCommand;
        /** What starts "haypile", as a shell reads it. */
        program: string;
      }
    | undefined;
}

export interface ClientPlan {
  planned: PlannedPart[];
  failed: unknown[];
}

/** What a client has no place for is left out. @param clients all of this run, for what several of them read */
export function planClient(
  client: Client,
  wish: Wish,
  clients: readonly Client[],
  files: PlannedFiles,
  places: Places,
  ledger: Ledger | undefined,
): ClientPlan {
  const plan: ClientPlan = { planned: [], failed: [] };
  const { project, put, parts, force } = wish;
  const attempt = (what: () => PlannedPart | undefined): void => {
    try {
      const planned = files.attempt(what);
      if (planned !== undefined) plan.planned.push(planned);
    } catch (error) {
      plan.failed.push(error);
    }
  };
  const server = project === undefined ? client.file(places) : ofProject(project, client.project);
  if (parts.has("server") && server !== undefined) {
    attempt(() => planServer(client, put?.server, files, server));
  }
  const format = hookFormats[client.name];
  const hooks =
    project === undefined ? format?.userFile(places) : ofProject(project, format?.projectFile);
  if (parts.has("hooks") && hooks !== undefined) {
    attempt(() => planHooks(client, put?.program, files, hooks, force));
  }
  if (!parts.has("guide")) return plan;
  const going = new Set(clients.map(({ name }) => `${name} guide`));
  for (const guide of guideFiles(client.name, places, project)) {
    attempt(() => {
      const written = ledger?.of(files.open(guide.file).file)?.parts ?? [];
      const keepers = written.filter((part) => part.endsWith(" guide") && !going.has(part));
      return planGuide(client.name, guide, put !== undefined, files, force, keepers);
    });
  }
  return plan;
}

/** After all clients are planned to be without us: objects and lists that were made for us go as well. */
export function tidy(files: PlannedFiles, ledger: Ledger | undefined): void {
  for (const planned of files.changed) dropMade(planned, ledger?.of(planned.file)?.made ?? []);
}

function ofProject(project: string, path: string | undefined): string | undefined {
  return path === undefined ? undefined : join(project, path);
}

/** What is written for a client, as it stands in files that have nothing else. */
export function snippetsOf(
  client: Client,
  parts: ReadonlySet<Part>,
  put: NonNullable<Wish["put"]>,
  places: Places,
  project: string | undefined,
): { file: string; text: string }[] {
  const files = new EmptyFiles(project);
  const wish: Wish = { parts, force: false, project, put };
  planClient(client, wish, [client], files, places, undefined);
  return files.changed.map(({ file, after = "" }) => ({ file, text: after }));
}
