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

let hearWork: ((message: string) => void) | undefined;

/** @param hear gets what logWork() says, whatever the level: the daemon's own log */
export function onWork(hear: ((message: string) => void) | undefined): void {
  hearWork = hear;
}

/** A line about the work that operators look for: with "info" on stderr, and always in the daemon's log. Its caller bounds them. */
export function logWork(message: string): void {
  log("info", message);
  hearWork?.(message);
}
