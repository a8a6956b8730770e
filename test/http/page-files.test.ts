/* The page's files as a real daemon gives them: packed or not, known or not, and held no longer than somebody asks. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { PageFiles } from "../../src/http/page/page-files.ts";
import { servePage } from "../../src/http/page/serve-page.ts";
import { repository } from "../helpers/model.ts";
import { tempFolder } from "../helpers/temp-tree.ts";
import { World } from "../page/world.ts";
import { ask } from "./asking.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const world = new World();
let port: number;

beforeAll(async () => {
  await world.start();
  port = Number(new URL(world.origin).port);
});

afterAll(async () => await world.end());

const files: readonly [string, string, string][] = [
  ["/", "index.html", "text/html; charset=utf-8"],
  ["/page.js", "page.js", "text/javascript; charset=utf-8"],
  ["/page.css", "page.css", "text/css; charset=utf-8"],
  ["/icon.svg", "icon.svg", "image/svg+xml"],
];

it("come as they were built, packed for who takes that", async () => {
  for (const [path, name, type] of files) {
    const built = gunzipSync(readFileSync(join(repository, "dist", "page", `${name}.gz`)));
    for (const accept of ["gzip", "deflate, gzip;q=0.5", "*", "br;q=1.0, *;q=0.1"]) {
      const answer = await ask(port, path, { headers: { "Accept-Encoding": accept } });
      expect([accept, answer.headers["content-encoding"]]).toEqual([accept, "gzip"]);
      expect(gunzipSync(answer.bytes).equals(built)).toBe(true);
    }
    for (const accept of ["", "identity", "gzip;q=0", "gzip;q=0.0, *;q=0", "br"]) {
      const answer = await ask(port, path, { headers: { "Accept-Encoding": accept } });
      expect([accept, answer.headers["content-encoding"]]).toEqual([accept, undefined]);
      expect(answer.bytes.equals(built)).toBe(true);
      expect(answer.headers["content-type"]).toBe(type);
      expect(answer.headers["cache-control"]).toBe("no-cache");
      expect(answer.headers.vary).toBe("Accept-Encoding");
    }
  }
});

it("are not sent to who has them", async () => {
  for (const [path] of files) {
    for (const accept of ["gzip", "identity"]) {
      const headers = { "Accept-Encoding": accept };
      const tag = String((await ask(port, path, { headers })).headers.etag);
      for (const known of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
        const answer = await ask(port, path, { headers: { ...headers, "If-None-Match": known } });
        expect([known, answer.status, answer.body]).toEqual([known, 304, ""]);
        expect(answer.headers.etag).toBe(tag);
      }
      const other = accept === "gzip" ? "identity" : "gzip";
      const crossed = { "Accept-Encoding": other, "If-None-Match": tag };
      expect((await ask(port, path, { headers: crossed })).status).toBe(200);
      const stale = await ask(port, path, { headers: { ...headers, "If-None-Match": '"x"' } });
      expect(stale.status).toBe(200);
    }
  }
});

it("say with HEAD what they are, and give nothing", async () => {
  for (const [path, name] of files) {
    const answer = await ask(port, path, { method: "HEAD" });
    expect(answer.status).toBe(200);
    expect(answer.body).toBe("");
    const built = gunzipSync(readFileSync(join(repository, "dist", "page", `${name}.gz`)));
    expect(answer.headers["content-length"]).toBe(String(built.length));
  }
});

it("say what to do where they are missing, and are there once they are", async () => {
  const folder = tempFolder();
  const missing = new PageFiles(join(folder, "page"));
  const request = new Request("http://127.0.0.1/");
  const refused = servePage(missing, "/", request);
  expect(refused.status).toBe(503);
  const { error } = (await refused.json()) as { error: { code: string; message: string } };
  expect(error.code).toBe("HAYPILE_NATIVE_MISSING");
  expect(error.message).toContain("npm run build");
  mkdirSync(join(folder, "page"));
  writeFileSync(join(folder, "page", "index.html.gz"), gzipSync("hello"));
  const answer = servePage(missing, "/", request);
  expect(await answer.text()).toBe("hello");
  missing.close();
});

it("are let go when nobody asks any more", () => {
  vi.useFakeTimers();
  try {
    const held = new PageFiles(join(repository, "dist", "page"));
    expect(held.heldCount).toBe(0);
    for (const [path] of files) held.read(path);
    expect(held.heldCount).toBe(4);
    vi.advanceTimersByTime(29_000);
    held.read("/");
    vi.advanceTimersByTime(29_000);
    expect(held.heldCount).toBe(4);
    vi.advanceTimersByTime(1_001);
    expect(held.heldCount).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
