/* How a connection is kept from others, as the address of the server says. */
import type { ConnectionOptions } from "node:tls";
import { readBoundedSync } from "../../../base/files/read-file.ts";
import { ownFailures } from "./errors.ts";
import type { PgPlace } from "./place.ts";

/** Certificates of all authorities of a system are some 250 kB. */
const mostPemBytes = 4_000_000;

/** For the driver; false: in the clear. @throws Error that names the file and why it cannot be used */
export function tlsFor({
  tls,
  rootCertificate,
  certificate,
  key,
}: PgPlace): ConnectionOptions | false {
  if (tls === "disable") return false;
  return {
    rejectUnauthorized: tls !== "require",
    ...(tls === "verify-ca" ? { checkServerIdentity: () => undefined } : {}),
    ...(rootCertificate && { ca: pem(rootCertificate, "sslrootcert") }),
    ...(certificate && { cert: pem(certificate, "sslcert") }),
    ...(key && { key: pem(key, "sslkey") }),
  };
}

function pem(path: string, name: string): string {
  const of = (why: string): Error =>
    Object.assign(new Error(`${path} (${name}): ${why}`), { code: ownFailures.noFile });
  let text: string;
  try {
    text = readBoundedSync(path, { mostBytes: mostPemBytes, links: "follow" }).toString("utf8");
  } catch (error) {
    throw of(error instanceof Error ? error.message : String(error));
  }
  if (text.includes("-----BEGIN ")) return text;
  throw of("it has nothing in it that is PEM");
}
