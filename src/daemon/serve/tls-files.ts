/* The certificate of a server and its key, read again when they have changed: certificates are renewed while it runs. */

import { statSync } from "node:fs";
import type { Server as TlsServer } from "node:https";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { fileError, HaypileError } from "../../base/errors.ts";
import { readBoundedSync } from "../../base/files/read-file.ts";
import { log } from "../../base/log.ts";

const mostBytes = 1024 * 1024;
/** Milliseconds. */
const lookMs = 5_000;

export interface TlsPaths {
  cert: string;
  key: string;
}

export interface TlsPair {
  cert: Buffer;
  key: Buffer;
}

/** @throws HaypileError those of files; HAYPILE_CONFIG_INVALID where the two are no pair */
export function readTlsPair({ cert, key }: TlsPaths): TlsPair {
  const pair = { cert: bytesOf(cert), key: bytesOf(key) };
  try {
    createSecureContext(pair satisfies SecureContextOptions);
  } catch (error) {
    throw new HaypileError(
      "HAYPILE_CONFIG_INVALID",
      `Expected a certificate in ${cert} and its key in ${key}, both as PEM, but TLS takes them not: ${(error as Error).message}`,
      { data: { cert, key } },
    );
  }
  return pair;
}

/** Connections that begin later have the new certificate. @returns ends it */
export function renewTls(server: TlsServer, paths: TlsPaths, everyMs = lookMs): () => void {
  let seen = stateOf(paths);
  const timer = setInterval(() => {
    const state = stateOf(paths);
    if (state === seen) return;
    try {
      // Of two files one is there first: they are a pair when both are.
      server.setSecureContext({ ...readTlsPair(paths), minVersion: "TLSv1.2" });
      seen = state;
      log("info", `the certificate in ${paths.cert} was read again.`);
    } catch (error) {
      log("error", `the certificate stays as it was: ${(error as Error).message}`);
    }
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Whatever is wrong with a file is a state, too: a timer asks, and an error there would end the server. */
function stateOf({ cert, key }: TlsPaths): string {
  return [cert, key]
    .map((path) => {
      try {
        const { ino, mtimeMs, size } = statSync(path);
        return `${ino} ${mtimeMs} ${size}`;
      } catch (error) {
        return (error as NodeJS.ErrnoException).code;
      }
    })
    .join(" ");
}

function bytesOf(path: string): Buffer {
  try {
    return readBoundedSync(path, { mostBytes, links: "follow" });
  } catch (error) {
    throw fileError(error, `read ${path} for TLS`);
  }
}
