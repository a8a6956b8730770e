/* The only place that reads environment variables. */
import { join, resolve } from "node:path";
import { flavourOf, isWhole } from "../../base/paths/flavour.ts";
import { withDriveLetter } from "../../base/paths/windows-names.ts";
import { requireHome } from "./home-folder.ts";

/** What the environment says; undefined where it says nothing. */
export interface Environment {
  // The three folders throw HAYPILE_CONFIG_INVALID where neither a variable nor the system knows a home.
  /** Where indexes and downloaded models are kept. HAYPILE_DATA_DIR, else the system's user data folder. */
  dataFolder: string;
  /** Where optimised graphs are kept; all of it can be made again. HAYPILE_CACHE_DIR, else the system's. */
  cacheFolder: string;
  /** Where the user's haypile.toml is kept. HAYPILE_CONFIG_DIR, else the system's configuration folder. */
  configFolder: string;
  /** HAYPILE_ADDON_DIR: folder of the addon and of ONNX Runtime, for odd packagers and for tests. */
  addonFolder: string | undefined;
  /** HF_ENDPOINT: the hub to take models from, when asked to. */
  hubEndpoint: string;
  /** Proxies of HTTPS_PROXY, HTTP_PROXY and NO_PROXY (either case). */
  proxy: { http: string | undefined; https: string | undefined; no: string | undefined };
  /** HAYPILE_LOG: error, warn, info or debug. */
  logLevel: string | undefined;
  /** NO_COLOR is set and not empty. */
  noColor: boolean;
  /** All variables: options have theirs by the table in config/options/options.ts. */
  variables: Readonly<Record<string, string | undefined>>;
}

const defaultHub = "https://huggingface.co";

/** Reads the environment (or a record given in its place). */
export function readEnvironment(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: string = process.platform,
): Environment {
  const either = (name: string): string | undefined =>
    filled(env[name.toLowerCase()]) ?? filled(env[name]);
  const data = (): string =>
    absolute(filled(env.HAYPILE_DATA_DIR)) ?? userFolder("data", env, platform);
  // Where the system knows no home, all goes where the data was said to go.
  const other = (kind: "cache" | "config"): string => {
    try {
      return userFolder(kind, env, platform);
    } catch {
      return join(data(), kind);
    }
  };
  return {
    // Looked up when it is asked for: help and a version need no folder.
    get dataFolder() {
      return data();
    },
    get cacheFolder() {
      return absolute(filled(env.HAYPILE_CACHE_DIR)) ?? other("cache");
    },
    get configFolder() {
      return absolute(filled(env.HAYPILE_CONFIG_DIR)) ?? other("config");
    },
    addonFolder: absolute(filled(env.HAYPILE_ADDON_DIR)),
    hubEndpoint: (filled(env.HF_ENDPOINT) ?? defaultHub).replace(/\/+$/, ""),
    proxy: { http: either("HTTP_PROXY"), https: either("HTTPS_PROXY"), no: either("NO_PROXY") },
    logLevel: filled(env.HAYPILE_LOG),
    noColor: filled(env.NO_COLOR) !== undefined,
    variables: env,
  };
}

const folderNames = {
  darwin: {
    data: "Library/Application Support",
    cache: "Library/Caches",
    config: "Library/Preferences",
  },
  // XDG: a variable whose path is not absolute is to be ignored.
  xdg: {
    data: ["XDG_DATA_HOME", ".local/share"],
    cache: ["XDG_CACHE_HOME", ".cache"],
    config: ["XDG_CONFIG_HOME", ".config"],
  },
} as const;

/** Where the system keeps files of this kind. @throws HaypileError HAYPILE_CONFIG_INVALID when there is no home */
function userFolder(
  kind: "data" | "cache" | "config",
  env: Readonly<Record<string, string | undefined>>,
  platform: string,
): string {
  const home = (): string => requireHome(env, platform);
  const flavour = flavourOf(platform);
  const whole = (path: string | undefined): string | undefined =>
    path !== undefined && isWhole(path, flavour) ? path : undefined;
  if (platform === "darwin") return flavour.join(home(), folderNames.darwin[kind], "haypile");
  if (platform === "win32") {
    const roaming = kind === "config";
    // APPDATA may be a folder of the network; what SQLite keeps is in the other one.
    const [name, usual] = roaming ? ["APPDATA", "Roaming"] : ["LOCALAPPDATA", "Local"];
    const folder = whole(env[name]) ?? flavour.join(home(), "AppData", usual);
    return roaming ? flavour.join(folder, "haypile") : flavour.join(folder, "haypile", kind);
  }
  const [name, usual] = folderNames.xdg[kind];
  return flavour.join(whole(env[name]) ?? flavour.join(home(), usual), "haypile");
}

function filled(value: string | undefined): string | undefined {
  return value === undefined || value === "" ? undefined : value;
}

function absolute(path: string | undefined): string | undefined {
  return path === undefined ? undefined : withDriveLetter(resolve(path));
}
