/* What `haypile serve` is told, checked before anything is opened: what would serve others in the clear is refused. */
import { isIP } from "node:net";
import { HaypileError } from "../../base/errors.ts";
import { httpsOrOwn, isLoopback } from "../../http/team/oauth/keys.ts";

export interface ServeOptions {
  /** "host:port", ":port" for all addresses, "[::1]:port"; port 0: any. */
  listen: string;
  /** Files, PEM. */
  cert?: string | undefined;
  key?: string | undefined;
  /** TLS ends before this server. */
  behindProxy?: boolean | undefined;
  /** The address that clients know: "https://haypile.example.com". */
  publicUrl?: string | undefined;
  /** File of its clients. Default: serve-clients.json of the data folder. */
  clients?: string | undefined;
  /** Of the authorization server, exactly as its tokens say it. */
  issuer?: string | undefined;
  /** Its keys: a file or an address. */
  jwks?: string | undefined;
  /** What its tokens are for, beside the address of the endpoint. */
  audience?: string | undefined;
  /** Tools that ask indexes are there, too. */
  code?: boolean | undefined;
  /** Of each client: requests a minute, and at once. */
  rate?: number | undefined;
  concurrent?: number | undefined;
  /** Longest body, bytes. */
  body?: number | undefined;
  /** Seconds it goes on to take requests after it was told to end, while /ready says no. Default 5. */
  drainDelay?: number | undefined;
  /** Most seconds for what is at work then. Default 30. */
  drain?: number | undefined;
}

export interface Listen {
  host: string;
  port: number;
}

export interface CheckedServe {
  listen: Listen;
  tls: { cert: string; key: string } | undefined;
  /** Names that clients call it by. */
  names: string[];
  oauth: { issuer: string; jwks: string; audiences: string[]; resource: string } | undefined;
}

/** @throws HaypileError HAYPILE_USAGE */
export function checkServe(options: ServeOptions): CheckedServe {
  const listen = readListen(options.listen);
  const { cert, key, behindProxy = false, publicUrl } = options;
  if ((cert === undefined) !== (key === undefined)) {
    throw usage("Expected --cert and --key together: a certificate is of no use without its key.");
  }
  if (cert !== undefined && behindProxy) {
    throw usage("Expected either --cert with --key, or --behind-proxy: TLS ends in one place.");
  }
  if (cert === undefined && !behindProxy && !isLoopback(listen.host)) {
    throw usage(
      `Expected --cert and --key for listening at ${options.listen}, which others reach: tokens would go over the network in the clear. Where a proxy in front of it does TLS, say --behind-proxy.`,
    );
  }
  const known = publicUrl === undefined ? undefined : httpsOrOwn(publicUrl, "--public-url");
  if (known !== undefined && (known.search !== "" || known.hash !== "")) {
    throw usage("Expected --public-url without a query and without a fragment.");
  }
  return {
    listen,
    tls: cert === undefined || key === undefined ? undefined : { cert, key },
    names: [known?.hostname, isIP(listen.host) > 0 ? undefined : listen.host].filter(
      (name) => name !== undefined,
    ),
    oauth: readOauth(options, known),
  };
}

function readOauth(
  { issuer, jwks, audience }: ServeOptions,
  known: URL | undefined,
): CheckedServe["oauth"] {
  if (issuer === undefined && jwks === undefined && audience === undefined) return undefined;
  if (issuer === undefined || jwks === undefined || known === undefined) {
    throw usage(
      "Expected --issuer, --jwks and --public-url together: tokens are looked at for who gave them, by which key, and for which address.",
    );
  }
  httpsOrOwn(issuer, "--issuer");
  const base = known.href.replace(/\/+$/u, "");
  const resource = known.pathname.endsWith("/mcp") ? base : `${base}/mcp`;
  const audiences = [resource, ...(audience === undefined ? [] : [audience])];
  return { issuer, jwks, audiences, resource };
}

/** @throws HaypileError HAYPILE_USAGE */
function readListen(said: string): Listen {
  const parts = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/u.exec(said);
  const port = Number(parts?.[3]);
  const host = parts?.[1] ?? parts?.[2] ?? "";
  const isFine = parts !== null && port <= 65_535 && (parts[1] === undefined || isIP(host) === 6);
  if (isFine) return { host: host === "" ? "::" : host, port };
  throw usage(
    `Expected an address and a port for --listen, as 127.0.0.1:3040, :8443 or [::1]:8443, but got ${JSON.stringify(said.slice(0, 100))}.`,
  );
}

function usage(message: string): HaypileError {
  return new HaypileError("HAYPILE_USAGE", message);
}
