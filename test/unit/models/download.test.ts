/* Downloads from a real server on this machine that can cut, lie, redirect and refuse. */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DownloadProgress, downloadModel } from "../../../src/models/download.ts";
import type { HubFile, ModelRecord } from "../../../src/models/registry.ts";
import { verifyFiles } from "../../../src/models/verify.ts";

const weights = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31) ^ (i >> 7)));
const tokenizer = Buffer.from('{"model":{}}');
const sha256 = (data: Buffer): string => createHash("sha256").update(data).digest("hex");

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let folder: string;
let server: Server;
let endpoint: string;
let requests: { url: string; range: string | undefined }[];
/** What the server does with the model's file, one entry per request; the last one stays. */
let script: Answer[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "haypile-download-"));
  requests = [];
  script = [whole()];
  server = createServer((request, response) => {
    requests.push({ url: request.url ?? "", range: request.headers.range });
    if (request.url?.endsWith("tokenizer.json")) response.end(tokenizer);
    else (script.length > 1 ? script.shift() : script[0])?.(request, response);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  rmSync(folder, { recursive: true, force: true });
});

/** Serves the file, a part of it on request. */
function whole(data = weights, etag = '"one"', headers: Record<string, string> = {}): Answer {
  return (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const same = (request.headers["if-range"] ?? etag) === etag;
    if (from > 0 && same && from >= data.length) return void response.writeHead(416).end();
    const start = same ? from : 0;
    response.writeHead(start > 0 ? 206 : 200, {
      ...headers,
      etag,
      "content-length": data.length - start,
    });
    response.end(data.subarray(start));
  };
}

/** Sends so many bytes of the file and then breaks the connection. */
function cutAt(bytes: number, etag = '"one"'): Answer {
  return (_, response) => {
    response.writeHead(200, { etag, "content-length": weights.length });
    response.write(weights.subarray(0, bytes), () => setTimeout(() => response.destroy(), 30));
  };
}

const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(code, headers).end("no");
  };

function record(model: Partial<HubFile> = {}): ModelRecord {
  return {
    name: "made-up",
    aliases: [],
    kind: "embedding",
    dimensions: 8,
    maxTokens: 64,
    pooling: "mean",
    prefixes: { query: "", passage: "" },
    scripts: ["Latin"],
    licence: "MIT",
    quantisation: "int8",
    hub: {
      repository: "someone/made-up",
      revision: "main",
      files: [
        { path: "onnx/model.onnx", saveAs: "model.onnx", ...model },
        { path: "tokenizer.json", saveAs: "tokenizer.json" },
      ],
    },
  };
}

type Extra = Partial<Parameters<typeof downloadModel>[0]>;
const download = (model: Partial<HubFile> = {}, extra: Extra = {}) =>
  downloadModel({ record: record(model), endpoint, modelsFolder: folder, pauseMs: 1, ...extra });

const saved = (): string => join(folder, "made-up", "model.onnx");
const part = (): string => `${saved()}.part`;
const failed = { code: "HAYPILE_DOWNLOAD_FAILED" };

describe("downloadModel", () => {
  it("gets every file, states sums that hold, and leaves no parts", async () => {
    const seen: DownloadProgress[] = [];
    const result = await download(
      { bytes: weights.length, sha256: sha256(weights) },
      { onProgress: (progress) => seen.push(progress) },
    );
    expect(result).toMatchObject({
      name: "made-up",
      bytes: weights.length + tokenizer.length,
      unverified: ["tokenizer.json"],
    });
    expect(requests.map(({ url }) => url)).toEqual([
      "/someone/made-up/resolve/main/onnx/model.onnx",
      "/someone/made-up/resolve/main/tokenizer.json",
    ]);
    expect(readFileSync(saved())).toEqual(weights);
    expect(existsSync(part())).toBe(false);
    expect(existsSync(`${part()}.etag`)).toBe(false);
    const sums = JSON.parse(readFileSync(join(result.folder, "checksums.json"), "utf8"));
    await verifyFiles(result.folder, sums);
    expect(seen.find(({ bytesDone }) => bytesDone === weights.length)).toEqual({
      file: "model.onnx",
      bytesDone: weights.length,
      bytesTotal: weights.length,
    });
    expect(JSON.parse(readFileSync(join(result.folder, "model.json"), "utf8"))).toMatchObject({
      dimensions: 8,
      maxTokens: 64,
      pooling: "mean",
    });
  });

  it("goes on from where a cut connection stopped", async () => {
    script = [cutAt(100_000), whole()];
    await download({ sha256: sha256(weights) });
    expect(requests[1]?.range).toMatch(/^bytes=\d{4,6}-$/);
    expect(readFileSync(saved())).toEqual(weights);
  });

  it("goes on in a later process, too", async () => {
    script = [cutAt(100_000)];
    await expect(download()).rejects.toMatchObject(failed);
    expect(existsSync(part())).toBe(true);
    expect(existsSync(join(folder, "made-up", "checksums.json"))).toBe(false);
    requests = [];
    script = [whole()];
    await download({ sha256: sha256(weights) });
    expect(requests[0]?.range).toMatch(/^bytes=\d+-$/);
    expect(readFileSync(saved())).toEqual(weights);
  });

  it("does not join the parts of two versions", async () => {
    const other = Buffer.from(weights.map((byte) => byte ^ 0xff));
    script = [cutAt(100_000, '"one"'), whole(other, '"two"')];
    await download();
    expect(readFileSync(saved())).toEqual(other);
  });

  it("starts over where the server knows no ranges", async () => {
    script = [cutAt(100_000), (_, response) => void response.end(weights)];
    await download({ sha256: sha256(weights) });
    expect(readFileSync(saved())).toEqual(weights);
  });

  it("starts over when the part is longer than the file by now", async () => {
    const short = weights.subarray(0, 50_000);
    script = [cutAt(100_000), whole(short)];
    await download();
    expect(readFileSync(saved())).toEqual(short);
  });

  it("refuses and removes a file with another sum or size", async () => {
    const error = await download({ sha256: "0".repeat(64) }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject(failed);
    expect(String(error)).toContain(sha256(weights));
    expect(requests).toHaveLength(1);
    expect(existsSync(part())).toBe(false);
    await expect(download({ bytes: 10 })).rejects.toMatchObject(failed);
    expect(existsSync(saved())).toBe(false);
  });

  it("takes size and sum from the answer that redirects", async () => {
    const redirect = (sum: string): Answer =>
      status(302, {
        location: "/elsewhere",
        "x-linked-size": String(weights.length),
        "x-linked-etag": `"${sum}"`,
      });
    script = [redirect(sha256(weights)), whole()];
    expect((await download()).unverified).toEqual(["tokenizer.json"]);
    expect(requests[1]?.url).toBe("/elsewhere");
    script = [redirect("0".repeat(64)), whole()];
    await expect(download()).rejects.toMatchObject(failed);
  });

  it("does not follow a redirect without end, or to another protocol", async () => {
    script = [status(302, { location: "/again" })];
    await expect(download()).rejects.toThrow(/more than 5 times/);
    script = [status(302, { location: "file:///etc/passwd" })];
    await expect(download()).rejects.toThrow(/not followed/);
  });

  it.each([
    [404, /no such file/, 1],
    [401, /wants a login/, 1],
    [503, /status 503/, 3],
    [429, /status 429/, 3],
  ])("says what status %i means", async (code, message, tries) => {
    script = [status(code)];
    await expect(download()).rejects.toThrow(message);
    expect(requests).toHaveLength(tries);
  });

  it("says that nobody listens", async () => {
    const error = await download({}, { endpoint: "http://127.0.0.1:9" }).catch((thrown) => thrown);
    expect(error).toMatchObject(failed);
    expect(error.message).toMatch(/could not be read: .+ Check the connection/);
  });

  it("stops when asked and keeps what came", async () => {
    const stop = new AbortController();
    script = [
      (_, response) => {
        response.writeHead(200, { etag: '"one"', "content-length": weights.length });
        response.write(weights.subarray(0, 100_000));
      },
    ];
    const waiting = download({}, { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(waiting).rejects.toMatchObject({ code: "HAYPILE_ABORTED" });
    expect(existsSync(part())).toBe(true);
  });

  it("goes through the proxy, but not for hosts that are excepted", async () => {
    const seen: string[] = [];
    const proxy = createServer();
    proxy.on("connect", (request, socket) => {
      seen.push(request.url ?? "");
      socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    });
    proxy.on("request", (request, response) => {
      seen.push(request.url ?? "");
      response.writeHead(502).end();
    });
    await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
    const http = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const through = { http, https: undefined, no: undefined };
    await expect(download({}, { proxy: through })).rejects.toMatchObject(failed);
    expect(seen.length).toBeGreaterThan(0);
    expect(requests).toEqual([]);
    seen.length = 0;
    await download({}, { proxy: { ...through, no: "127.0.0.1" } });
    expect(seen).toEqual([]);
    expect(readFileSync(saved())).toEqual(weights);
    proxy.closeAllConnections();
    await new Promise((done) => proxy.close(done));
  });

  it("says that a packaged model is not downloaded, and that the folder cannot be made", async () => {
    const { hub: _, ...packaged } = record();
    await expect(
      download({}, { record: { ...packaged, package: "@haypile/made-up" } }),
    ).rejects.toThrow(/comes as the npm package @haypile\/made-up/);
    const file = join(folder, "file");
    writeFileSync(file, "");
    await expect(download({}, { modelsFolder: file })).rejects.toMatchObject({
      code: expect.stringMatching(/^HAYPILE_(NOT_A_FOLDER|PATH)/),
    });
  });
});
