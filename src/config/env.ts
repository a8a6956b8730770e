/* The only place that reads environment variables. */
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

/** What the environment says; undefined where it says nothing. */
export interface Environment {
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
  /** All variables: options have theirs by the table in config/options.ts. */
  variables: Readonly<Record<string, string | undefined>>;
}

const defaultHub = "https://huggingface.co";

/** Reads the environment (or a record given in its place). */
export function readEnvironment(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: string = process.platform,
): Environment {
  const folders = userFolders(env, platform);
  const either = (name: string): string | undefined =>
    filled(env[name.toLowerCase()]) ?? filled(env[name]);
  return {
    dataFolder: absolute(filled(env.HAYPILE_DATA_DIR)) ?? folders.data,
    cacheFolder: absolute(filled(env.HAYPILE_CACHE_DIR)) ?? folders.cache,
    configFolder: absolute(filled(env.HAYPILE_CONFIG_DIR)) ?? folders.config,
    addonFolder: absolute(filled(env.HAYPILE_ADDON_DIR)),
    hubEndpoint: (filled(env.HF_ENDPOINT) ?? defaultHub).replace(/\/+$/, ""),
    proxy: { http: either("HTTP_PROXY"), https: either("HTTPS_PROXY"), no: either("NO_PROXY") },
    logLevel: filled(env.HAYPILE_LOG),
    noColor: filled(env.NO_COLOR) !== undefined,
    variables: env,
  };
}

function userFolders(
  env: Readonly<Record<string, string | undefined>>,
  platform: string,
): { data: string; cache: string; config: string } {
  const home = homedir();
  if (platform === "darwin") {
    return {
      data: join(home, "Library", "Application Support", "haypile"),
      cache: join(home, "Library", "Caches", "haypile"),
      config: join(home, "Library", "Preferences", "haypile"),
    };
  }
  if (platform === "win32") {
    const local = filled(env.LOCALAPPDATA) ?? join(home, "AppData", "Local");
    return {
      data: join(local, "haypile", "data"),
      cache: join(local, "haypile", "cache"),
      config: join(filled(env.APPDATA) ?? join(home, "AppData", "Roaming"), "haypile"),
    };
  }
  // XDG: a path that is not absolute is to be ignored.
  const xdg = (name: string, fallback: string): string => {
    const value = filled(env[name]);
    return join(value !== undefined && isAbsolute(value) ? value : join(home, fallback), "haypile");
  };
  return {
    data: xdg("XDG_DATA_HOME", ".local/share"),
    cache: xdg("XDG_CACHE_HOME", ".cache"),
    config: xdg("XDG_CONFIG_HOME", ".config"),
  };
}

function filled(value: string | undefined): string | undefined {
  return value === undefined || value === "" ? undefined : value;
}

function absolute(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path);
}
