/* Alerts told to a real program and to real listeners of this machine. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tellByCommand } from "../../../../src/daemon/health/tell-command.ts";
import {
  isLoopback,
  type Lookup,
  tellByWebhook,
  WebhookRefused,
} from "../../../../src/daemon/health/tell-webhook.ts";
import { Telling } from "../../../../src/daemon/health/telling.ts";
import type { Alert } from "../../../../src/ports/answers/daemon/stats.ts";

const alert: Alert = {
  ...{ id: 7, rule: "wal-size", level: "critical", at: "2026-01-01T00:00:00.000Z" },
  ...{ text: 'The log is $(id) `id` "large"; rm', value: 2e9, unit: "bytes", mark: 1e9 },
};

let folder: string;
const servers: Server[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "haypile-telling-"));
});
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true, force: true });
});

async function listen(
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
  host = "127.0.0.1",
): Promise<{ port: number; seen: string[] }> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => {
      body += part.toString();
    });
    request.on("end", () => {
      seen.push(`${request.method} ${request.url} ${request.headers.host} ${body}`);
      answer(request, response, body);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return { port: (server.address() as AddressInfo).port, seen };
}

const at =
  (...addresses: string[]): Lookup =>
  async () =>
    addresses.map((address) => ({ address }));

describe("a webhook", () => {
  it("is sent the alert as JSON", async () => {
    const { port, seen } = await listen((_request, response) => response.writeHead(204).end());
    await tellByWebhook(`http://127.0.0.1:${port}/in?x=1`, alert);
    expect(seen).toEqual([`POST /in?x=1 127.0.0.1:${port} ${JSON.stringify(alert)}`]);
  });

  it("is found by any address of the name where something listens", async () => {
    const { port, seen } = await listen((_request, response) => response.end());
    await tellByWebhook(`http://localhost:${port}/`, alert, { find: at("127.0.0.9", "127.0.0.1") });
    expect(seen.length).toBe(1);
  });

  it("is not told where a name means another machine, also in part", async () => {
    const { port, seen } = await listen((_request, response) => response.end());
    const others = [
      "192.0.2.1",
      "10.0.0.1",
      "0.0.0.0",
      "::",
      "fe80::1",
      "::ffff:10.0.0.1",
      "2001:db8::1",
    ];
    for (const other of others) {
      for (const find of [at(other), at("127.0.0.1", other), at(other, "127.0.0.1")]) {
        const told = tellByWebhook(`http://localhost:${port}/`, alert, { find });
        await expect(told).rejects.toThrow(WebhookRefused);
      }
    }
    await expect(tellByWebhook("http://localhost/", alert, { find: at() })).rejects.toThrow(
      "nowhere",
    );
    for (const url of ["http://3232235777/", "http://[::ffff:c0a8:101]/", "http://example.org/"]) {
      await expect(tellByWebhook(url, alert, { find: at("127.0.0.1") })).rejects.toThrow(
        WebhookRefused,
      );
    }
    expect(seen).toEqual([]);
  });

  it("goes to the address that was looked at, though the name means another a moment later", async () => {
    const { port, seen } = await listen((_request, response) => response.end());
    let asked = 0;
    const find: Lookup = async () => {
      asked += 1;
      return [{ address: asked === 1 ? "127.0.0.1" : "192.0.2.1" }];
    };
    await tellByWebhook(`http://localhost:${port}/`, alert, { find });
    expect([asked, seen.length]).toEqual([1, 1]);
  });

  it("follows no redirect", async () => {
    const other = await listen((_request, response) => response.end());
    const { port } = await listen((_request, response) =>
      response.writeHead(307, { Location: `http://127.0.0.1:${other.port}/` }).end(),
    );
    await expect(tellByWebhook(`http://127.0.0.1:${port}/`, alert)).rejects.toThrow(
      "answered with 307",
    );
    expect(other.seen).toEqual([]);
  });

  it("has its time, and no longer", async () => {
    const { port } = await listen(() => undefined);
    const told = tellByWebhook(`http://127.0.0.1:${port}/`, alert, { timeoutMs: 100 });
    await expect(told).rejects.toThrow(/timeout|aborted/i);
    const find: Lookup = () => new Promise(() => undefined);
    const slow = tellByWebhook("http://localhost/", alert, { find, timeoutMs: 100 });
    await expect(slow).rejects.toThrow(/timeout|aborted/i);
  });

  it("is tried again where that may help, so many times, and not where it cannot", async () => {
    const busy = await listen((_request, response) => response.writeHead(503).end());
    const wrong = await listen((_request, response) => response.writeHead(404).end());
    for (const [{ port, seen }, tries] of [
      [busy, 3],
      [wrong, 1],
    ] as const) {
      const errors: string[] = [];
      const telling = new Telling(
        (one) => tellByWebhook(`http://127.0.0.1:${port}/`, one),
        [1, 1],
        (error) => error instanceof WebhookRefused,
        (error) => errors.push(error),
      );
      telling.add(alert);
      await telling.whenTold();
      expect(seen.length).toBe(tries);
      expect(telling.stats).toMatchObject({ told: 0, failed: 1 });
      expect(errors.length).toBe(1);
    }
  });
});

describe("isLoopback", () => {
  it("knows loopback in all its forms", () => {
    for (const address of [
      "127.0.0.1",
      "127.255.3.4",
      "::1",
      "0:0:0:0:0:0:0:1",
      "::ffff:127.0.0.1",
      "::ffff:7f00:1",
    ]) {
      expect([address, isLoopback(address)]).toEqual([address, true]);
    }
    for (const address of [
      "128.0.0.1",
      "0.0.0.0",
      "::",
      "::2",
      "::ffff:1.2.3.4",
      "::7f00:1",
      "fe80::1%lo",
      "x",
      "127.1",
    ]) {
      expect([address, isLoopback(address)]).toEqual([address, false]);
    }
  });
});

describe("a command", () => {
  const script = `
    const { writeFileSync, readFileSync } = require("node:fs");
    const [, , out, ...args] = process.argv;
    writeFileSync(out, JSON.stringify({ args, env: process.env, stdin: readFileSync(0, "utf8"), cwd: process.cwd() }));`;
  const run = (args: string[], variables: Record<string, string> = {}) => {
    const path = join(folder, "told.cjs");
    writeFileSync(path, script);
    const out = join(folder, "out.json");
    const words = [process.execPath, path, out, ...args];
    return tellByCommand(words, alert, { variables, folder }).then(() =>
      JSON.parse(readFileSync(out, "utf8")),
    );
  };

  it("gets its words as they are, by no shell", async () => {
    const words = ["$HOME", "$(id)", "`id`", "a b", "; rm -rf x", "*", '"', "%PATH%", "&& id"];
    expect((await run(words)).args).toEqual(words);
  });

  it("gets the alert in variables and on stdin, and little else of the daemon's", async () => {
    const secrets = {
      OPENAI_API_KEY: "x",
      HAYPILE_DATA_DIR: "/d",
      NODE_OPTIONS: "--inspect",
      LD_PRELOAD: "/x.so",
      AWS_SECRET: "s",
    };
    const { env, stdin, cwd } = await run([], { ...secrets, PATH: "/usr/bin", HOME: "/home/me" });
    expect(JSON.parse(stdin)).toEqual(alert);
    for (const name of Object.keys(secrets)) expect(env[name]).toBeUndefined();
    expect(env).toMatchObject({
      PATH: "/usr/bin",
      HOME: "/home/me",
      HAYPILE_ALERT_RULE: "wal-size",
      HAYPILE_ALERT_LEVEL: "critical",
      HAYPILE_ALERT_TEXT: alert.text,
      HAYPILE_ALERT_VALUE: "2000000000",
      HAYPILE_ALERT_MARK: "1000000000",
    });
    expect(cwd).toContain("haypile-telling-");
  });

  it("is ended when it takes too long, and its failure is told", async () => {
    const words = [process.execPath, "-e", "setInterval(() => 0, 1000)"];
    const told = tellByCommand(words, alert, { variables: {}, folder, timeoutMs: 300 });
    await expect(told).rejects.toThrow("was not done after 300 ms");
    const failed = tellByCommand([process.execPath, "-e", "process.exit(3)"], alert, {
      variables: {},
      folder,
    });
    await expect(failed).rejects.toThrow("ended with 3");
    const missing = tellByCommand([join(folder, "none")], alert, { variables: {}, folder });
    await expect(missing).rejects.toThrow("ENOENT");
  });

  it("runs one at a time, in order, and what is too much is left out", async () => {
    let running = 0;
    let most = 0;
    const told: number[] = [];
    const telling = new Telling(
      async ({ id }) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 2));
        running -= 1;
        told.push(id);
      },
      [],
      () => true,
      () => undefined,
    );
    for (let id = 1; id <= 40; id += 1) telling.add({ ...alert, id });
    await telling.whenTold();
    expect(most).toBe(1);
    expect(told).toEqual([1, ...Array.from({ length: 20 }, (_, at2) => at2 + 21)]);
    expect(telling.stats).toMatchObject({ told: 21, dropped: 19, failed: 0 });
    telling.close();
    telling.add(alert);
    await telling.whenTold();
    expect(telling.stats.told).toBe(21);
  });
});
