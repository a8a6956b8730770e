import { HaypileError } from "../base/errors.ts";
import { type LogLevel, setLogLevel } from "../base/log.ts";
import { readEnvironment } from "../config/environment/env.ts";

const levels: readonly string[] = ["error", "warn", "info", "debug"];

/** Sets the log level that HAYPILE_LOG names. @throws HaypileError HAYPILE_USAGE */
export function useLogLevel(): void {
  const { logLevel } = readEnvironment();
  if (logLevel === undefined) return;
  if (!levels.includes(logLevel)) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected error, warn, info or debug for HAYPILE_LOG, received "${logLevel}".`,
    );
  }
  setLogLevel(logLevel as LogLevel);
}
