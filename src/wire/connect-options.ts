/* What may be said to connect(). Apart from what carries it out, whose types name sockets of Node. */
import type { Environment } from "../config/environment/env.ts";
import type { PatienceLimits } from "./pulse.ts";

/** What starts a daemon: a program and its arguments. */
export type StartCommand = readonly [string, ...string[]];

export interface ConnectOptions {
  environment?: Environment | undefined;
  /** What to start when there is no daemon; false: nothing, then connect() throws. Default: this package's. */
  start?: StartCommand | false | undefined;
  /** For the daemon's log. */
  client?: string | undefined;
  /** Time for reaching it. Default: as long as it is alive and gets on, 120 s at most. */
  timeoutMs?: number | undefined;
  /** Ends connecting, now and later; calls in flight go on. */
  signal?: AbortSignal | undefined;
}

/** For commands: how long to wait, and what gives up. */
export interface PatientConnectOptions extends ConnectOptions {
  /** Cancels calls in flight too, and refuses later ones. */
  cancel?: AbortSignal | undefined;
  /** When a daemon that does not answer counts as one that never will. Default: what suits a contact or a call. */
  limits?: PatienceLimits | undefined;
}
