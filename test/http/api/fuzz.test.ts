/*
 * A daemon asked with requests made up from its own description. HAYPILE_REST_FUZZ says how many (default 600),
 * HAYPILE_REST_SEED which: the same seed makes the same, so that a failure can be had again.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { expect, it, vi } from "vitest";
import { errorCatalogue } from "../../../src/base/errors.ts";
import { codeTree } from "../../contract/haypile-contract.ts";
import { repository } from "../../helpers/model.ts";
import { seededRandom } from "../../helpers/random.ts";
import { tempFolder } from "../../helpers/temp-tree.ts";
import { type RestDaemon, restDaemon } from "./daemon.ts";
import { type MadeUp, makeUp, type OpenApi, pick } from "./made-up.ts";
import { type Event, eventsIn } from "./rest-client.ts";

vi.setConfig({ testTimeout: 1_200_000 });

const wanted = Number(process.env.HAYPILE_REST_FUZZ ?? 600);
const seed = Number(process.env.HAYPILE_REST_SEED ?? 17);
/** The daemon would be gone; a stream has no end. */
const leftOut = new Set(["/daemon/stop", "/events"]);
/** What a daemon may say that is not the client's doing. */
const busy = [503, 507];
const mostGrowthBytes = 300_000_000;

const document = JSON.parse(
  readFileSync(join(repository, "docs", "openapi.json"), "utf8"),
) as OpenApi;
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema({ $id: "https://haypile.test/openapi.json", ...document });
const checks = new Map<string, ValidateFunction>();

/** What an answer of an operation must look like. */
function checkOf(path: string, method: string): ValidateFunction {
  const key = `${path.replaceAll("/", "~1")}/${method}`;
  const known = checks.get(key);
  if (known !== undefined) return known;
  const where = `#/paths/${key}/responses/200/content/application~1json/schema`;
  const made = ajv.compile({ $ref: `https://haypile.test/openapi.json${where}` });
  checks.set(key, made);
  return made;
}

interface Answer {
  status: number;
  type: string;
  text: string;
}

async function send({ base, token }: RestDaemon, asked: MadeUp): Promise<Answer> {
  const { path, method, body, headers } = asked;
  const answer = await fetch(`${base}${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, ...headers },
    ...(method !== "GET" && body !== undefined && { body }),
  });
  return {
    status: answer.status,
    type: answer.headers.get("content-type") ?? "",
    text: await answer.text(),
  };
}

function assertError(asked: MadeUp, text: string): void {
  const { error } = JSON.parse(text) as { error: { code: string; message: string } };
  expect({ asked, error, isKnown: error.code in errorCatalogue }).toMatchObject({ isKnown: true });
  expect({ asked, error }).not.toMatchObject({ error: { code: "HAYPILE_INTERNAL" } });
  expect(error.message.length).toBeGreaterThan(0);
  expect(error.message.length).toBeLessThanOrEqual(4_000);
}

it("has an answer for every request, fine or not, and stays as it is", async () => {
  const daemon = await restDaemon();
  const folder = codeTree();
  const code = daemon.socket.code(folder, { nearest: false });
  await daemon.socket.memories.remember("The ferry leaves at six.", { tags: ["boats"] });
  const folders = [
    folder,
    folder,
    folder,
    join(folder, "src"),
    join(folder, "none"),
    tempFolder(),
    "src",
    "",
  ];
  const operations = Object.entries(document.paths)
    .filter(([path]) => !leftOut.has(path))
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => ({ path, method })));
  const next = seededRandom(seed);
  const before = await daemon.socket.health();
  const counts: Record<string, number> = {};
  const fine = new Set<string>();
  for (let round = 0; round < wanted; round += 1) {
    // Among what is asked are calls that delete indexes.
    if (round % 200 === 0) await code.index();
    // Each in its turn first, then as it comes.
    const { path, method } = operations[round] ?? pick(operations, next);
    const asked = makeUp(document, path, method, folders, next);
    const answer = await send(daemon, asked).catch((error: unknown) => {
      // Refused before all of it was sent, and the connection ended: what the refusal says is lost with it.
      const { code } = (error as { cause?: { code?: string } }).cause ?? {};
      if (asked.what === "large" && (code === "EPIPE" || code === "ECONNRESET")) return undefined;
      throw error;
    });
    if (answer === undefined) continue;
    const said = {
      asked: { ...asked, body: asked.body?.slice(0, 2_000) },
      ...answer,
      text: answer.text.slice(0, 2_000),
    };
    counts[answer.status] = (counts[answer.status] ?? 0) + 1;
    expect(answer.text, JSON.stringify(said)).not.toMatch(
      /\\n\s+at |node:internal|\/(?:src|dist)\/(?:http|haypile|daemon)\//u,
    );
    expect(answer.text.includes(daemon.token ?? "?"), JSON.stringify(said)).toBe(false);
    const isAllowed = answer.status < 500 || busy.includes(answer.status);
    expect(isAllowed, JSON.stringify(said)).toBe(true);
    if (answer.status >= 400) {
      assertError(said.asked, answer.text);
      continue;
    }
    expect(answer.status, JSON.stringify(said)).toBe(200);
    fine.add(`${method} ${path}`);
    if (answer.type.startsWith("text/event-stream")) {
      let last: Event | undefined;
      for await (const event of eventsIn(new Response(answer.text))) last = event;
      expect(["result", "error"], JSON.stringify(said)).toContain(last?.event);
      if (last?.event === "error") assertError(said.asked, JSON.stringify(last.data));
      continue;
    }
    if (!answer.type.startsWith("application/json")) continue;
    const check = checkOf(path, method);
    expect({ said, ok: check(JSON.parse(answer.text)), errors: check.errors }).toMatchObject({
      ok: true,
    });
  }
  // It was really asked: most operations have answered, and much was refused.
  expect(counts["200"] ?? 0).toBeGreaterThan(wanted / 10);
  expect(counts["400"] ?? 0).toBeGreaterThan(wanted / 20);
  expect(fine.size).toBeGreaterThan(operations.length / 2);
  const after = await daemon.socket.health();
  expect(after.pid).toBe(before.pid);
  expect(after.rssBytes - before.rssBytes).toBeLessThan(mostGrowthBytes);
  await code.index();
  expect((await code.search("lamp", { k: 1 })).hits).toHaveLength(1);
  const logs = readdirSync(daemon.at.endpoint.logs).map((name) =>
    readFileSync(join(daemon.at.endpoint.logs, name), "utf8"),
  );
  expect(logs.join("\n").length).toBeGreaterThan(100);
  expect(logs.join("\n")).not.toContain(daemon.token);
});

it("minds no body that ends in the middle", async () => {
  const daemon = await restDaemon();
  const port = Number(new URL(daemon.base).port);
  const head = (path: string, type: string, more: string): string =>
    `POST /api/v1/${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${daemon.token}\r\nContent-Type: ${type}\r\n${more}\r\n\r\n`;
  const line = '{"text":"The mill turns at noon."}\n';
  const halves = [
    `${head("memories/recall", "application/json", "Content-Length: 1000")}{"query":"x`,
    head("memories/remember", "application/json", "Content-Length: 1000") +
      '{"text":"never whole"}',
    `${head("memories/remember", "application/json", "Transfer-Encoding: chunked")}5\r\n{"tex`,
    `${head("code/search", "application/json", "Transfer-Encoding: chunked")}zz\r\n`,
    head("memories/import", "application/x-ndjson", "Content-Length: 100000") + line,
    `${head("memories/import", "application/x-ndjson", "Transfer-Encoding: chunked")}${line.length.toString(16)}\r\n${line}\r\n`,
  ];
  for (let round = 0; round < 30; round += 1) {
    const socket = createConnection(port, "127.0.0.1");
    socket.on("error", () => undefined);
    await new Promise((resolve) => socket.once("connect", resolve));
    socket.write(halves[round % halves.length] as string);
    await wait(20);
    socket.destroy();
  }
  const { memories } = daemon.socket;
  await memories.remember("The ferry leaves at six.");
  const { memories: kept } = await memories.list({});
  const texts = new Set(kept.map(({ text }) => text));
  // Of an import what was written by then, and of a call that never came whole nothing.
  texts.delete("The mill turns at noon.");
  expect([...texts]).toEqual(["The ferry leaves at six."]);
  const { status } = await fetch(`${daemon.base}/memories/stats`, {
    headers: { Authorization: `Bearer ${daemon.token}` },
  });
  expect(status).toBe(200);
});
