/*
 * GET for the downloads: through the proxies the environment names, and following redirects itself,
 * because the hub states a large file's size and SHA-256 only in the answer that redirects.
 */
import { HaypileError } from "../base/errors.ts";

const mostRedirects = 5;

export interface Proxies {
  http: string | undefined;
  https: string | undefined;
  no: string | undefined;
}

/** What the answers on the way said of the file. */
export interface Stated {
  bytes?: number | undefined;
  sha256?: string | undefined;
}

export interface GetOptions {
  headers: Record<string, string>;
  signal: AbortSignal;
}

export type Get = (
  address: string,
  options: GetOptions,
) => Promise<{ response: Response; stated: Stated }>;

type Fetch = (address: string, init: RequestInit) => Promise<Response>;

/** `close` ends the connections to the proxy. */
export async function makeGetter(
  proxies: Proxies | undefined,
): Promise<{ get: Get; close: () => Promise<void> }> {
  const { fetcher, close } = await makeFetcher(proxies);
  return { get: (address, options) => follow(fetcher, address, options), close };
}

/** Node's own fetch, or undici's when there is a proxy. */
async function makeFetcher(
  proxies: Proxies | undefined,
): Promise<{ fetcher: Fetch; close: () => Promise<void> }> {
  if (proxies?.http === undefined && proxies?.https === undefined) {
    return { fetcher: (address, init) => fetch(address, init), close: async () => {} };
  }
  const undici = await import("undici");
  const agent = new undici.EnvHttpProxyAgent({
    httpProxy: proxies.http ?? proxies.https ?? "",
    httpsProxy: proxies.https ?? proxies.http ?? "",
    noProxy: proxies.no ?? "",
  });
  return {
    fetcher: async (address, init) =>
      (await undici.fetch(address, { ...init, dispatcher: agent } as never)) as unknown as Response,
    close: () => agent.close(),
  };
}

/** @throws HaypileError HAYPILE_DOWNLOAD_FAILED for a redirect that is not followed */
async function follow(fetcher: Fetch, address: string, options: GetOptions): ReturnType<Get> {
  const stated: Stated = {};
  let at = address;
  for (let hops = 0; hops <= mostRedirects; hops += 1) {
    const response = await fetcher(at, { ...options, redirect: "manual" });
    note(stated, response);
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) {
      return { response, stated };
    }
    await response.body?.cancel();
    const next = new URL(location, at);
    const safe = next.protocol === "https:" || next.protocol === new URL(at).protocol;
    if (!safe || !next.protocol.startsWith("http")) {
      throw notFollowed(address, `to ${next.protocol}//${next.host}, which is less safe`);
    }
    at = next.href;
  }
  throw notFollowed(address, `more than ${mostRedirects} times`);
}

function note(stated: Stated, { headers }: Response): void {
  const size = Number(headers.get("x-linked-size") ?? Number.NaN);
  if (Number.isInteger(size)) stated.bytes = size;
  const tag = headers.get("x-linked-etag")?.replace(/^W\/|"/g, "");
  if (tag !== undefined && /^[0-9a-f]{64}$/.test(tag)) stated.sha256 = tag;
}

function notFollowed(address: string, where: string): HaypileError {
  return new HaypileError(
    "HAYPILE_DOWNLOAD_FAILED",
    `${address} redirects ${where}; it was not followed. Check --endpoint.`,
    { data: { address } },
  );
}
