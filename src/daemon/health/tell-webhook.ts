/*
 * Tells an address of this machine of an alert. The name is looked up here, every address that it has must be loopback, and
 * the connection goes to the one that was looked at: a name that means another machine a moment later is not asked again.
 * Redirects are not followed.
 */
import { lookup } from "node:dns/promises";
import { Agent, request } from "node:http";
import { isIP } from "node:net";
import { webhookUrl } from "../../config/options/alert-options.ts";
import type { Alert } from "../../ports/answers/daemon/stats.ts";

const limitMs = 5_000;

/** Another try cannot help. */
export class WebhookRefused extends Error {
  override readonly name = "WebhookRefused";
}

export type Lookup = (host: string) => Promise<readonly { address: string }[]>;

const ofSystem: Lookup = (host) => lookup(host, { all: true });

/**
 * @throws WebhookRefused for an address that is not of this machine, or an answer of 300 to 499; Error for what another try
 *   may get over
 */
export async function tellByWebhook(
  address: string,
  alert: Alert,
  { find = ofSystem, timeoutMs = limitMs }: { find?: Lookup; timeoutMs?: number } = {},
): Promise<void> {
  const url = webhookUrl(address);
  if (url === undefined) throw new WebhookRefused(`${address} is no http address of this machine`);
  const signal = AbortSignal.timeout(timeoutMs);
  const hosts = await loopbackOf(url.hostname.replace(/^\[|\]$/g, ""), find, signal);
  const status = await firstAnswer(hosts, (host) => post(host, url, JSON.stringify(alert), signal));
  if (status >= 200 && status < 300) return;
  const message = `${url.host} answered with ${status}`;
  throw status >= 500 ? new Error(message) : new WebhookRefused(message);
}

/** Of the first that is listening: a name has an address of each kind, and a server often only one. */
async function firstAnswer(
  hosts: readonly string[],
  post: (host: string) => Promise<number>,
): Promise<number> {
  for (const host of hosts.slice(0, -1)) {
    try {
      return await post(host);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ECONNREFUSED") throw error;
    }
  }
  return await post(hosts.at(-1) ?? "");
}

/** @returns the status of the answer; whatever else it says is not read */
function post(host: string, url: URL, body: string, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host,
        port: url.port === "" ? 80 : Number(url.port),
        path: `${url.pathname}${url.search}`,
        method: "POST",
        headers: {
          Host: url.host,
          "Content-Type": "application/json",
          "Content-Length": Buffer.byteLength(body),
          Connection: "close",
        },
        // A new connection, and by no proxy that the environment names.
        agent: new Agent({ keepAlive: false }),
        signal,
      },
      (response) => {
        response.destroy();
        resolve(response.statusCode ?? 0);
      },
    );
    asked.once("error", reject);
    asked.end(body);
  });
}

async function loopbackOf(host: string, find: Lookup, signal: AbortSignal): Promise<string[]> {
  const found = isIP(host) > 0 ? [{ address: host }] : await inTime(find(host), signal);
  const other = found.find(({ address }) => !isLoopback(address));
  if (other !== undefined || found.length === 0) {
    throw new WebhookRefused(
      `${host} is ${other?.address ?? "nowhere"}, and only addresses of this machine are told`,
    );
  }
  return found.map(({ address }) => address);
}

function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

/** 127.0.0.0/8, ::1, and the former written as IPv6. */
export function isLoopback(address: string): boolean {
  const plain = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  if (isIP(plain) === 4) return plain.startsWith("127.");
  if (isIP(plain) !== 6 || plain.includes("%")) return false;
  const whole = new URL(`http://[${plain}]/`).hostname;
  return whole === "[::1]" || /^\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\]$/.test(whole);
}
