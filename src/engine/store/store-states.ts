/*
 * Whether the servers that settings name can be reached, told at once: as the links of this process know it, and of a server
 * that none of them speaks to, after a short look. Nobody waits for a server that is away.
 */
import { HaypileError } from "../../base/errors.ts";
import { heldStore, type StoreState, storesAway } from "../../base/measures/stores.ts";
import type { Environment } from "../../config/environment/env.ts";
import type { Configuration } from "../../config/load.ts";
import type { StoreReport } from "../../ports/answers/index-facts.ts";
import type { LinkOptions } from "../../storage/postgres/link/link.ts";
import { nameOfUrl } from "../../storage/postgres/link/place.ts";
import { readConfiguration } from "../configure.ts";
import { withoutProject } from "./project-of-address.ts";
import { allStores, indexStore, linkTo, ownFiles, storesOfMemories } from "./store-for.ts";

/** What a look takes at most. */
const lookMs = 1_000;

/**
 * Nothing where all is kept in files of this machine. Never throws.
 * @param configuration of the folder whose index is meant. Default: of none
 */
export async function reportStores(
  environment: Environment,
  configuration?: Pick<Configuration, "settings">,
): Promise<StoreReport[]> {
  try {
    const configured = configuration ?? readConfiguration(undefined, {}, environment);
    const ofMemories = allStores(storesOfMemories(environment));
    const ofIndex = indexStore(configured);
    const named = [...new Set([...ofMemories, ofIndex])].filter((store) => store !== ownFiles);
    return await Promise.all(
      named.map(async (store) => {
        const keeps: StoreReport["keeps"] = [];
        if (ofMemories.includes(store)) keeps.push("memories");
        if (ofIndex === store) keeps.push("indexes");
        const what = ofMemories.includes(store) ? "memories" : "index";
        const state = await stateOf(store, () => linkTo(store, configured, environment, what));
        return { ...state, keeps };
      }),
    );
  } catch {
    // A setting that cannot be read is told by the command that needs it.
    return [];
  }
}

async function stateOf(
  address: string,
  linkOf: () => LinkOptions | undefined,
): Promise<StoreState> {
  const store = nameOfUrl(withoutProject(address).url);
  const known = heldStore(store);
  if (known?.isUp !== undefined) return known;
  try {
    const link = linkOf();
    if (link !== undefined) await look(link);
    return { store, isUp: true, since: new Date().toISOString() };
  } catch (error) {
    const { code, message } = HaypileError.isInstance(error)
      ? error
      : { code: "HAYPILE_INTERNAL", message: String(error) };
    // It may have been away at the look before.
    const noted = storesAway().find((one) => one.store === store);
    const since = noted?.since ?? new Date().toISOString();
    return { store, isUp: false, since, code, why: message };
  }
}

async function look(options: LinkOptions): Promise<void> {
  const [{ openLink }, { untilThere }] = await Promise.all([
    import("../../storage/postgres/link/open.ts"),
    import("../../storage/postgres/link/until-there.ts"),
  ]);
  const link = openLink({ ...options, replica: undefined, connectMs: lookMs, limitMs: lookMs });
  try {
    await untilThere(link, 0);
  } finally {
    link.close();
  }
}
