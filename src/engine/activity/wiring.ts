/* Makes an engine whose work is counted. */
import type { Environment } from "../../config/environment/env.ts";
import { activityFolder } from "../../config/places/paths.ts";
import type { Settings } from "../../config/resolve.ts";
import { readFootprint } from "../../native/footprint.ts";
import { Engine } from "../engine.ts";
import type { EngineParts } from "../engine-parts.ts";
import { Activity } from "./activity.ts";

const noCaches = { maxBytes: 0, bytes: 0, windowShare: 0, owners: [] };

/** Counts recalls. The limit of memory is that of the process, which engines tell of. */
export function activityOfMemories(
  { addonFolder, cacheFolder }: Environment,
  settings: Settings,
  database: string,
): Activity {
  return new Activity({
    folder: settings["log.activity"].value === true ? activityFolder(cacheFolder) : undefined,
    database,
    settings,
    caches: () => noCaches,
    governor: () => undefined,
    memory: () => readFootprint(addonFolder),
    model: () => undefined,
    vectors: () => ({ asked: 0, found: 0 }),
  });
}

export function withActivity(
  { cacheFolder }: Environment,
  parts: Omit<EngineParts, "activity">,
): Engine {
  const { settings } = parts.configured.configuration;
  const activity = new Activity({
    folder: settings["log.activity"].value === true ? activityFolder(cacheFolder) : undefined,
    database: parts.database,
    settings,
    caches: () => parts.caches.statistics(),
    governor: () => parts.ceiling.governor?.state(),
    memory: () => readFootprint(parts.addonFolder),
    model: () => parts.embedder.loaded?.report(),
    vectors: () => parts.cached?.counts ?? { asked: 0, found: 0 },
  });
  parts.caches.enter(parts.root, () => {
    const { asked, found } = parts.cached?.counts ?? { asked: 0, found: 0 };
    return [{ owner: "vectors on disk", hits: found, misses: asked - found }];
  });
  // The same record: its model may change while the engine is open.
  return new Engine(Object.assign(parts, { activity }));
}
