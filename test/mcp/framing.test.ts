/*
 * What comes over lines and HTTP and is no proper request has an answer all the same. Kind of report: garbage, batches
 * and odd ids that were met with silence, so that the client waited until its own time-out.
 */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { connect as connectSocket, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { idOfUnread, LineReader } from "../../src/base/text/line-reader.ts";
import { readFrame } from "../../src/mcp/framing.ts";
import { takesStream } from "../../src/mcp/http/answer.ts";
import { serveConnection } from "../../src/mcp/stdio/stdio.ts";
import { type TestHome, testHome } from "../helpers/mcp.ts";
import { listen } from "../helpers/mcp-clients.ts";
import { mixedBatch, oddMessages } from "../helpers/odd-messages.ts";
import { initialize, RawClient } from "../helpers/raw-mcp.ts";

let data: string;
let home: TestHome;
let server: Server;
let http: Awaited<ReturnType<typeof listen>>;

beforeAll(async () => {
  data = realpathSync(mkdtempSync(join(tmpdir(), "haypile-framing-")));
  home = await testHome(data);
  server = createServer({ allowHalfOpen: true }, (socket) => {
    void serveConnection(socket, {}, home);
  });
  await new Promise<void>((resolve) => server.listen(join(data, "mcp.sock"), resolve));
  http = await listen(home, {});
});

afterAll(async () => {
  server.close();
  await http.close();
  await home.close();
  rmSync(data, { recursive: true, force: true });
});

interface Answer {
  id?: unknown;
  result?: unknown;
  error?: { code: number; message: string };
}

async function opened(version: string): Promise<{ client: RawClient; end: () => void }> {
  const socket = connectSocket({ path: join(data, "mcp.sock") });
  const client = new RawClient(socket, socket);
  client.send({ ...initialize, params: { ...initialize.params, protocolVersion: version } });
  await client.answer("init");
  client.send({ jsonrpc: "2.0", method: "notifications/initialized" });
  return { client, end: () => socket.destroy() };
}

/** The next line that the client gets after it has sent these bytes. */
async function answerTo(client: RawClient, bytes: Uint8Array): Promise<Answer> {
  const before = client.messages.length;
  client.raw(Buffer.concat([bytes, Buffer.from("\n")]));
  for (let tries = 0; client.messages.length === before && tries < 1000; tries += 1) {
    await new Promise((done) => setTimeout(done, 10));
  }
  return client.messages[before] as Answer;
}

interface HttpAnswer {
  status: number;
  type: string | undefined;
  body: string;
}

function post(
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      {
        port: http.port,
        host: "127.0.0.1",
        path: "/mcp",
        method: "POST",
        headers: { "Content-Type": "application/json", ...headers },
      },
      (response) => {
        let text = "";
        response.on("data", (chunk) => {
          text += chunk;
        });
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers["content-type"],
            body: text,
          }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

function expectAnswer(
  answer: Answer,
  { code, id, says = /./u }: (typeof oddMessages)[number],
): void {
  expect(answer.id).toBe(id);
  if (code === undefined) expect(answer.result).toEqual({});
  else expect(answer.error).toMatchObject({ code, message: expect.stringMatching(says) });
}

describe("odd messages", () => {
  it("are answered one by one over lines", async () => {
    for (const version of ["2024-11-05", "2025-03-26", "2025-11-25"]) {
      const { client, end } = await opened(version);
      for (const odd of oddMessages) expectAnswer(await answerTo(client, odd.bytes), odd);
      client.raw("\n\r\n \n");
      client.raw('{"jsonrpc":"2.0","id":5,"result":{}}\n{"jsonrpc":"2.0","error":{"code":1}}\n');
      // Blank lines and answers to nothing have none.
      expect(
        await answerTo(client, Buffer.from('{"jsonrpc":"2.0","id":"end","method":"ping"}')),
      ).toMatchObject({ id: "end" });
      expect(client.strayLines).toEqual([]);
      end();
    }
  });

  it("are answered over HTTP", async () => {
    for (const odd of oddMessages) {
      const { status, type, body } = await post(odd.bytes);
      expect({ name: odd.name, status, type }).toEqual({
        name: odd.name,
        status: odd.code === undefined ? 200 : 400,
        type: "application/json",
      });
      expectAnswer(JSON.parse(body), odd);
    }
    expect(await post("")).toMatchObject({ status: 400, body: expect.stringContaining("-32700") });
    expect((await post('{"jsonrpc":"2.0","id":5,"result":{}}')).status).toBe(202);
    expect((await post('{"jsonrpc":"2.0","method":"notifications/x"}')).status).toBe(202);
  });

  it("keep ids as they were written, and give null for what was left out", () => {
    const written = Buffer.from(
      '{"jsonrpc":"2.0","method":"a","params":{"id":7},"id":90071992547409931.50e3}',
    );
    expect(readFrame(written)).toMatchObject({
      kind: "wrong",
      answer: expect.stringContaining('"id":90071992547409931.50e3,'),
    });
    const nulls = Buffer.from(
      '{"jsonrpc":"2.0","id":1,"method":"a","params":{"a":null,"b":[null,{"c":null,"d":0}]}}',
    );
    expect(readFrame(nulls)).toEqual({
      kind: "message",
      message: { jsonrpc: "2.0", id: 1, method: "a", params: { b: [null, { d: 0 }] } },
    });
  });
});

describe("batches", () => {
  const pairs = (answers: Answer[]) => answers.map(({ id, error }) => [id, error?.code]);

  it("are answered in one line where the protocol has them", async () => {
    for (const version of ["2024-11-05", "2025-03-26"]) {
      const { client, end } = await opened(version);
      const answers = (await answerTo(client, Buffer.from(mixedBatch.text))) as unknown as Answer[];
      expect(new Set(pairs(answers).map(String))).toEqual(new Set(mixedBatch.answers.map(String)));
      // Only notifications: nothing to say.
      client.raw('[{"jsonrpc":"2.0","method":"notifications/x"}]\n');
      expect(
        await answerTo(client, Buffer.from('{"jsonrpc":"2.0","id":"end","method":"ping"}')),
      ).toMatchObject({ id: "end" });
      end();
    }
  });

  it("do not wait for what is cancelled", async () => {
    const { client, end } = await opened("2025-03-26");
    home.pauseMs = 60_000;
    const slow = {
      jsonrpc: "2.0",
      id: "slow",
      method: "tools/call",
      params: { name: "recall", arguments: { query: "x" } },
    };
    client.send([slow, { jsonrpc: "2.0", id: "quick", method: "ping" }]);
    const stop = {
      jsonrpc: "2.0",
      method: "notifications/cancelled",
      params: { requestId: "slow" },
    };
    const answer = (await answerTo(
      client,
      Buffer.from(JSON.stringify(stop)),
    )) as unknown as Answer[];
    expect(pairs(answer)).toEqual([["quick", undefined]]);
    home.pauseMs = 0;
    end();
  });

  it("are refused, each request by its id, where it has none", async () => {
    const { client, end } = await opened("2025-11-25");
    const refused = (await answerTo(client, Buffer.from(mixedBatch.text))) as unknown as Answer[];
    expect(pairs(refused)).toEqual([50, "b", 1.5, 50, 51].map((id) => [id, -32_600]));
    expect(refused[0]?.error?.message).toMatch(/belong to protocol 2025-03-26.*has 2025-11-25/u);
    const many = JSON.stringify(Array(101).fill({ jsonrpc: "2.0", method: "notifications/x" }));
    expect((await answerTo(client, Buffer.from(many))).error?.message).toMatch(/at most 100/u);
    end();
  });

  it("are taken over HTTP by the same rule", async () => {
    for (const headers of [{}, { "MCP-Protocol-Version": "2025-03-26" }]) {
      const { status, type, body } = await post(mixedBatch.text, headers);
      expect({ status, type }).toEqual({ status: 200, type: "application/json" });
      expect(new Set(pairs(JSON.parse(body)).map(String))).toEqual(
        new Set(mixedBatch.answers.map(String)),
      );
    }
    const refused = await post(mixedBatch.text, { "MCP-Protocol-Version": "2025-06-18" });
    expect(refused.status).toBe(400);
    expect(pairs(JSON.parse(refused.body)).map(([id]) => id)).toEqual([50, "b", 1.5, 50, 51]);
    expect((await post('[{"jsonrpc":"2.0","method":"notifications/x"}]')).status).toBe(202);
    expect(await post("[7]")).toMatchObject({
      status: 400,
      body: expect.stringContaining("-32600"),
    });
  });
});

describe("what a client accepts", () => {
  const ask = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';

  it("decides between a stream and JSON, and sends nobody away", async () => {
    const cases: readonly (readonly [string | undefined, boolean])[] = [
      [undefined, false],
      ["*/*", false],
      ["application/json", false],
      ["application/*", false],
      ["text/html", false],
      ["", false],
      ["text/event-stream", true],
      ["application/json, text/event-stream", true],
      ["application/json;q=0.9,text/event-stream;q=0.1", true],
      ["application/json, text/event-stream;q=0", false],
    ];
    for (const [accept, isStream] of cases) {
      expect(takesStream(accept)).toBe(isStream);
      const { status, type, body } = await post(
        ask,
        accept === undefined ? {} : { Accept: accept },
      );
      const expected = isStream ? "text/event-stream" : "application/json";
      expect({ accept, status, type }).toEqual({ accept, status: 200, type: expected });
      const text = isStream ? (/^data: (.*)$/mu.exec(body)?.[1] ?? "") : body;
      expect(
        (JSON.parse(text) as { result: { tools: unknown[] } }).result.tools.length,
      ).toBeGreaterThan(5);
    }
  });

  it("holds for both eras, and for calls that tell progress", async () => {
    const meta = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": {},
    };
    const call = (more: object) =>
      JSON.stringify({
        jsonrpc: "2.0",
        id: 2,
        method: "tools/call",
        params: { name: "status", arguments: {}, _meta: { progressToken: 1, ...more } },
      });
    const older = await post(call({}), { Accept: "*/*" });
    const newer = await post(call(meta), {
      Accept: "*/*",
      "MCP-Protocol-Version": "2026-07-28",
      "Mcp-Method": "tools/call",
      "Mcp-Name": "status",
    });
    for (const { status, type, body } of [older, newer]) {
      expect({ status, type }).toEqual({ status: 200, type: "application/json" });
      expect(JSON.parse(body)).toMatchObject({ id: 2, result: { content: [{ type: "text" }] } });
    }
  });
});

describe("lines", () => {
  it("are cut out of any pieces, and a long one is never held", () => {
    const lines: string[] = [];
    const long: [string, string][] = [];
    const reader = new LineReader(5000, {
      line: (bytes) => lines.push(bytes.toString()),
      tooLong: (head, tail) => long.push([head, tail]),
    });
    const filler = "x".repeat(9000);
    const text = `one\n\ntwo\r\n{"id":1,"a":"${filler}"}\n{"a":"${filler}","id":"2"}\nthree\nrest`;
    for (const size of [1, 7, 1024, 100_000]) {
      for (let at = 0; at < text.length; at += size)
        reader.add(Buffer.from(text.slice(at, at + size)));
      reader.add(Buffer.from("\n"));
    }
    expect(lines).toEqual(Array(4).fill(["one", "two\r", "three", "rest"]).flat());
    expect(long.map(([head, tail]) => idOfUnread(head, tail))).toEqual(
      Array(4).fill(["1", '"2"']).flat(),
    );
  });

  it("tell the id only where it is the message's own", () => {
    const cases: readonly (readonly [string, string])[] = [
      ['{"jsonrpc":"2.0","id":"a\\"b","method":"m"', '"a\\"b"'],
      ['{"id":-5,"method":"m","params":{', "-5"],
      ['{"method":"m","params":{"id":7,"x":"', "null"],
      ['"x":1},"id":8,"jsonrpc":"2.0"}', "8"],
      ['"x":1},"jsonrpc":"2.0","id":9}\r', "9"],
      ["rubbish", "null"],
    ];
    for (const [text, id] of cases) expect([text, idOfUnread(text)]).toEqual([text, id]);
  });
});
