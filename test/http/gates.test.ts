/* The gates of the one listener on every route of a real daemon: name, page, token, kind of body. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { World } from "../page/world.ts";
import { type Answer, ask, bearer, codeOf, json, say } from "./asking.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const world = new World();
let port: number;
let token: string;

beforeAll(async () => {
  await world.start();
  port = Number(new URL(world.origin).port);
  token = readFileSync(join(world.data, "http-token"), "utf8").trim();
});

afterAll(async () => await world.end());

/** With what a request that is let in gets. */
const routes: readonly { path: string; fine: number; isOpen: boolean; events?: true }[] = [
  { path: "/", fine: 200, isOpen: true },
  { path: "/page.js", fine: 200, isOpen: true },
  { path: "/page.css", fine: 200, isOpen: true },
  { path: "/icon.svg", fine: 200, isOpen: true },
  { path: "/health", fine: 200, isOpen: true },
  { path: "/api/v1/session", fine: 200, isOpen: true },
  { path: "/nowhere", fine: 404, isOpen: true },
  { path: "/metrics", fine: 200, isOpen: false },
  { path: "/mcp", fine: 405, isOpen: false },
  { path: "/api/v1/nothing", fine: 404, isOpen: false },
  { path: "/api/v1/haypile/indexes", fine: 200, isOpen: false },
  { path: "/api/v1/daemon/clients", fine: 200, isOpen: false },
  { path: "/api/v1/openapi.json", fine: 200, isOpen: false },
];

function said(answer: Answer): { code?: string; message?: string } {
  const { error } = JSON.parse(answer.body) as { error: { code?: string; message?: string } };
  return error;
}

describe("every route", () => {
  it("looks at the name and the page first, whatever else is shown", async () => {
    const hosts = ["evil.example", "127.0.0.1.evil.example", "0.0.0.0", "169.254.169.254"];
    const origins = ["null", "https://evil.example", "http://localhost.evil.example", "file://"];
    for (const { path, fine } of routes) {
      const shown = bearer(token);
      for (const Host of hosts) {
        const answer = await ask(port, path, { headers: { ...shown, Host } });
        expect([path, Host, answer.status]).toEqual([path, Host, 403]);
      }
      for (const Origin of origins) {
        const answer = await ask(port, path, { headers: { ...shown, Origin } });
        expect([path, Origin, answer.status]).toEqual([path, Origin, 403]);
      }
      for (const Host of ["localhost", `127.0.0.1:${port}`, "[::1]:80"]) {
        const headers = { ...shown, Host, Origin: `http://127.0.0.1:${port}` };
        expect([path, Host, (await ask(port, path, { headers })).status]).toEqual([
          path,
          Host,
          fine,
        ]);
      }
    }
  });

  it("wants a name at all", async () => {
    for (const { path } of routes) {
      expect(await say(port, `GET ${path} HTTP/1.0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 403/u);
      expect(await say(port, `GET ${path} HTTP/1.1\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400/u);
    }
  });

  it("wants the token of the file or a session, but for the page and what lets one in", async () => {
    const session = await world.token();
    const forged = `${session.slice(0, -4)}AAAA`;
    const bad = ["", "Bearer", `Bearer ${"k".repeat(43)}`, `Basic ${token}`, `Bearer ${forged}`];
    for (const { path, fine, isOpen } of routes) {
      for (const Authorization of bad) {
        const headers: Record<string, string> = Authorization === "" ? {} : { Authorization };
        const answer = await ask(port, path, { headers });
        expect([path, Authorization, answer.status]).toEqual([
          path,
          Authorization,
          isOpen ? fine : 401,
        ]);
        if (isOpen) continue;
        expect(answer.headers["www-authenticate"]).toMatch(/^Bearer/u);
        expect(answer.body).not.toContain(token);
        if (path.startsWith("/api/")) expect(said(answer).code).toBe("HAYPILE_UNAUTHORIZED");
      }
      for (const good of [token, session]) {
        expect((await ask(port, path, { headers: bearer(good) })).status).toBe(fine);
      }
    }
  });

  it("has the same headers against other pages, and none that lets one in", async () => {
    for (const { path } of routes) {
      const { headers } = await ask(port, path, { headers: bearer(token) });
      const policy = String(headers["content-security-policy"]);
      for (const part of [
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
        "form-action 'none'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'",
      ]) {
        expect(policy, path).toContain(part);
      }
      expect(policy).not.toMatch(/unsafe|\*|https?:/u);
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["referrer-policy"]).toBe("no-referrer");
      expect(headers["cross-origin-opener-policy"]).toBe("same-origin");
      expect(headers["cross-origin-resource-policy"]).toBe("same-origin");
      expect(headers["permissions-policy"]).toContain("camera=()");
      expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
      expect(headers["set-cookie"]).toBeUndefined();
    }
  });
});

describe("a way round the gates", () => {
  it("is no other spelling of a path", async () => {
    const spellings = [
      "/%61pi/v1/daemon/clients",
      "/api/v1/../v1/daemon/clients",
      "/./api/v1/daemon/clients",
      "//api/v1/daemon/clients",
      "/page.js/../api/v1/daemon/clients",
      "/page.js%2f..%2fapi%2fv1%2fdaemon%2fclients",
      "/API/v1/daemon/clients",
      "\\api\\v1\\daemon\\clients",
      "/api/v1/session/../daemon/clients",
      "/api/v1/session%2f..%2fdaemon%2fclients",
      "/api/v1/daemon/clients/",
      "/;/api/v1/daemon/clients",
      `http://127.0.0.1:${port}/api/v1/daemon/clients`,
      "http://evil.example/api/v1/daemon/clients",
    ];
    for (const path of spellings) {
      const answer = await ask(port, path);
      expect([path, [400, 401, 404].includes(answer.status)], `${answer.status}`).toEqual([
        path,
        true,
      ]);
      expect(answer.body).not.toContain("pid");
    }
  });

  it("is no file beside the page", async () => {
    const paths = [
      "/../package.json",
      "/..%2fpackage.json",
      "/%2e%2e/package.json",
      "/page.js/../../package.json",
      "/index.html.gz",
      "/page.js.gz",
      "/page.js%00.html",
      "/.git/config",
      "/http-token",
      "/constructor",
      "/__proto__",
      "/toString",
    ];
    for (const path of paths) {
      const answer = await ask(port, path);
      expect([path, answer.status]).toEqual([path, 404]);
      expect(answer.body).not.toContain("Apache");
    }
  });

  it("is no form of another page: only JSON is taken", async () => {
    const body = JSON.stringify({ text: "planted", namespace: "forms" });
    const types = [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "text/plain; charset=application/json",
      "application/json-patch+json",
      "",
    ];
    for (const path of ["/api/v1/memories/remember", "/api/v1/session", "/api/v1/daemon/stop"]) {
      for (const type of types) {
        const headers = { ...bearer(token), ...(type !== "" && { "Content-Type": type }) };
        const answer = await ask(port, path, { method: "POST", headers, body });
        expect([path, type, answer.status]).toEqual([path, type, 415]);
        expect(said(answer).message).toContain("application/json");
      }
    }
    // With no token of its own, also JSON is of no use.
    const answer = await ask(port, "/api/v1/memories/remember", {
      method: "POST",
      headers: json,
      body,
    });
    expect(answer.status).toBe(401);
    const list = await world.ask<{ total: number }>("memories/list", { namespace: "forms" });
    expect(list.total).toBe(0);
  });

  it("is no method that is not ours", async () => {
    for (const method of ["PUT", "PATCH", "OPTIONS", "TRACE", "PROPFIND"]) {
      for (const path of ["/", "/page.js", "/api/v1/session", "/api/v1/haypile/indexes"]) {
        const answer = await ask(port, path, { method, headers: bearer(token) });
        expect([method, path, answer.status]).toEqual([method, path, 405]);
        expect(answer.headers.allow).toContain("GET");
      }
    }
    const posted = await ask(port, "/", {
      method: "POST",
      headers: { ...bearer(token), ...json },
      body: "{}",
    });
    expect(posted.status).toBe(405);
    const headed = await ask(port, "/", {
      method: "GET",
      headers: { "Content-Length": "2" },
      body: "{}",
    });
    expect(headed.status).toBe(400);
  });

  it("is no long body of who has shown nothing", async () => {
    const headers = { ...json, "Content-Length": "5000" };
    const answer = await ask(port, "/api/v1/session", {
      method: "POST",
      headers,
      body: " ".repeat(5000),
    }).catch((error: NodeJS.ErrnoException) => error);
    if ("status" in answer) expect(answer.status).toBe(413);
    else expect(answer.code).toMatch(/^(?:EPIPE|ECONNRESET)$/u);
    expect((await ask(port, "/health")).status).toBe(200);
  });

  it("is no second head in a first one", async () => {
    const smuggled =
      "POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /api/v1/daemon/clients HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    expect(await say(port, smuggled)).toMatch(/^HTTP\/1\.1 400/u);
  });
});

describe("a wrong path", () => {
  it("is told in words to a browser, in JSON to a program, and repeats nothing of the request", async () => {
    const path = "/<script>alert(1)</script>";
    const looked = await ask(port, path, { headers: { Accept: "text/html,*/*" } });
    expect(looked.status).toBe(404);
    expect(looked.headers["content-type"]).toContain("text/html");
    expect(looked.body).toContain("Not found");
    expect(looked.body).not.toContain("alert");
    const asked = await ask(port, path);
    expect(asked.headers["content-type"]).toBe("application/json");
    expect(said(asked)).toEqual({
      code: "HAYPILE_USAGE",
      message: expect.stringContaining("/api/v1/openapi.json"),
    });
  });
});

describe("a session", () => {
  it("comes from a code that works once", async () => {
    const code = codeOf(await world.signInLink());
    const give = (said: unknown) =>
      ask(port, "/api/v1/session", { method: "POST", headers: json, body: JSON.stringify(said) });
    const first = await give({ code });
    expect(first.status).toBe(200);
    const { token: session } = JSON.parse(first.body) as { token: string };
    const second = await give({ code });
    expect(second.status).toBe(401);
    expect(said(second).message).toContain("haypile open");
    for (const wrong of [{}, { code: 5 }, { code: null }, [], "x", null]) {
      expect((await give(wrong)).status).toBe(400);
    }
    const state = await ask(port, "/api/v1/session", { headers: bearer(session) });
    expect(JSON.parse(state.body)).toMatchObject({ signedIn: true, readOnly: false });
    const none = await ask(port, "/api/v1/session");
    expect(JSON.parse(none.body)).toMatchObject({ signedIn: false, readOnly: false });
    // MCP takes it too: it is the same user.
    const mcp = await ask(port, "/mcp", { headers: bearer(session) });
    expect(mcp.status).toBe(405);
  });

  it("ends when it is ended, for all tokens of it, and no other with it", async () => {
    const begin = async (): Promise<string> => {
      const code = codeOf(await world.signInLink());
      const body = JSON.stringify({ code });
      const answer = await ask(port, "/api/v1/session", { method: "POST", headers: json, body });
      return (JSON.parse(answer.body) as { token: string }).token;
    };
    const [one, other] = [await begin(), await begin()];
    expect((await ask(port, "/metrics", { headers: bearer(one) })).status).toBe(200);
    const ended = await ask(port, "/api/v1/session", { method: "DELETE", headers: bearer(one) });
    expect(ended.status).toBe(200);
    expect((await ask(port, "/metrics", { headers: bearer(one) })).status).toBe(401);
    expect((await ask(port, "/metrics", { headers: bearer(other) })).status).toBe(200);
    // The token of the file is no session: it stays.
    await ask(port, "/api/v1/session", { method: "DELETE", headers: bearer(token) });
    expect((await ask(port, "/metrics", { headers: bearer(token) })).status).toBe(200);
  });

  it("is not made over HTTP by who is in", async () => {
    const answer = await ask(port, "/api/v1/daemon/signInLink", {
      method: "POST",
      headers: { ...bearer(token), ...json },
      body: "{}",
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.body).not.toContain("#code=");
  });

  it("is refused to guesses, which lock nobody out", async () => {
    const code = codeOf(await world.signInLink());
    const give = (guess: string) =>
      ask(port, "/api/v1/session", {
        method: "POST",
        headers: json,
        body: JSON.stringify({ code: guess }),
      });
    const statuses: number[] = [];
    for (let i = 0; i < 20; i += 1) statuses.push((await give(`${code.slice(0, 20)}${i}`)).status);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect(statuses.at(-1)).toBe(429);
    expect((await give(code)).status).toBe(200);
  });
});

it("tells a stream nothing more once its session is ended, and lets others be", async () => {
  const sign = async (): Promise<string> => {
    const body = JSON.stringify({ code: codeOf(await world.signInLink()) });
    const answer = await ask(port, "/api/v1/session", { method: "POST", headers: json, body });
    return (JSON.parse(answer.body) as { token: string }).token;
  };
  const [ended, kept] = [await sign(), await sign()];
  const listen = async (shown: string): Promise<{ all: () => string; over: Promise<unknown> }> => {
    const headers = bearer(shown);
    const answer = await fetch(`${world.origin}/api/v1/events?kinds=memories`, { headers });
    let told = "";
    const read = async (): Promise<void> => {
      const decoder = new TextDecoder();
      for await (const part of answer.body ?? []) told += decoder.decode(part, { stream: true });
    };
    const over = read().catch(() => undefined);
    return { all: () => told, over };
  };
  const [one, other] = [await listen(ended), await listen(kept)];
  await ask(port, "/api/v1/session", { method: "DELETE", headers: bearer(ended) });
  await one.over;
  const body = JSON.stringify({ text: "told to who is signed in" });
  const headers = { ...bearer(kept), ...json };
  await ask(port, "/api/v1/memories/remember", { method: "POST", headers, body });
  await vi.waitFor(() => expect(other.all()).toContain("event: memories"), 20_000);
  expect(one.all()).not.toContain("event: memories");
  await ask(port, "/api/v1/session", { method: "DELETE", headers: bearer(kept) });
  await other.over;
});

it("answers beside as many streams as there may be, whatever their clients say they take", async () => {
  const headers = bearer(token);
  const stop = new AbortController();
  const streams = await Promise.all(
    Array.from({ length: 64 }, () =>
      fetch(`${world.origin}/api/v1/events`, { headers, signal: stop.signal }),
    ),
  );
  expect(new Set(streams.map(({ status }) => status))).toEqual(new Set([200]));
  expect((await ask(port, "/api/v1/haypile/indexes", { headers })).status).toBe(200);
  expect((await ask(port, "/api/v1/events", { headers })).status).toBe(503);
  stop.abort();
});

it("takes one name, and not a second one beside it", async () => {
  const names = [`Host: 127.0.0.1:${port}`, "Host: evil.example"];
  for (const hosts of [names, names.toReversed()]) {
    const text = `GET /health HTTP/1.1\r\n${hosts.join("\r\n")}\r\nConnection: close\r\n\r\n`;
    expect(await say(port, text)).toMatch(/^HTTP\/1\.1 40[03]/u);
  }
});
