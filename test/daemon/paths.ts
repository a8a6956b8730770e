import { join } from "node:path";

const repository = join(import.meta.dirname, "..", "..");
const platform = `${process.platform}-${process.arch}`;

/** The native bridge that scripts/build-native made; HAYPILE_ADDON_DIR names that of a special build. */
export const bridgePath = join(
  process.env.HAYPILE_ADDON_DIR ?? join(repository, "prebuilds", platform),
  "haypile-bridge",
);
export const echoDaemon = join(repository, "test", "daemon", "echo-daemon.ts");
