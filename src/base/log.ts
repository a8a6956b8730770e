/** Levels, from silent to chatty. */
export type LogLevel = "error" | "warn" | "info" | "debug";

const order: readonly LogLevel[] = ["error", "warn", "info", "debug"];

let threshold: LogLevel = "warn";

/** Sets what is written. Default: warnings and errors. */
export function setLogLevel(level: LogLevel): void {
  threshold = level;
}

/** Writes one line to stderr. stdout belongs to results and to the protocol. */
export function log(level: LogLevel, message: string): void {
  if (order.indexOf(level) > order.indexOf(threshold)) return;
  process.stderr.write(`haypile: ${level === "info" ? "" : `${level}: `}${message}\n`);
}
