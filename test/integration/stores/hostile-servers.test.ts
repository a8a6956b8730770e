/*
 * What answers at the address of a store need not be PostgreSQL: who asks for the password is told it only where it has proved
 * who it is, and nobody fills our memory. The server here is one of our own, at a real socket: a hostile server is the thing itself.
 */
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import type { HaypileError } from "../../../src/base/errors.ts";
import { openLink } from "../../../src/storage/postgres/link/open.ts";
import { repository } from "../../helpers/model.ts";
import { tempFolder } from "../../helpers/temp-tree.ts";

const certificates = join(repository, "test", "fixtures", "tls");
const [cert, key] = ["one.pem", "one.key"].map((name) => readFileSync(join(certificates, name)));
const password = "marzipan-in-the-clear";
/** This machine by a name that does not say so: to the client it is another's. */
const elsewhere = "0.0.0.0";

const toEnd: (() => void)[] = [];
afterEach(() => {
  for (const end of toEnd.splice(0)) end();
});

function message(type: string, ...parts: (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const letIn = [
  message("R", Buffer.from([0, 0, 0, 0])),
  message("K", Buffer.alloc(8)),
  message("Z", "I"),
];

interface Hostile {
  port: number;
  /** All that clients have said, after TLS. */
  said: () => string;
}

/** @param answer called with each piece that comes, in the clear or by TLS */
async function hostile(
  answer: (socket: Socket, piece: Buffer, at: number) => void,
): Promise<Hostile> {
  let said = "";
  const talk = (socket: Socket): void => {
    let at = 0;
    socket.on("error", () => undefined);
    socket.on("data", (piece) => {
      said += piece.toString("latin1");
      answer(socket, piece, at);
      at += 1;
    });
  };
  const server = createServer((socket) => {
    toEnd.push(() => socket.destroy());
    socket.on("error", () => undefined);
    socket.once("data", (first) => {
      if (first.readInt32BE(4) !== 80_877_103) {
        said += first.toString("latin1");
        answer(socket, first, 0);
        let at = 1;
        socket.on("data", (piece) => {
          said += piece.toString("latin1");
          answer(socket, piece, at);
          at += 1;
        });
        return;
      }
      socket.write("S");
      talk(new TLSSocket(socket, { isServer: true, cert, key }));
    });
  }).listen(0, elsewhere);
  toEnd.push(() => server.close());
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, said: () => said };
}

async function failureAt(host: string, port: number, query: string): Promise<HaypileError> {
  const link = openLink({
    url: `postgres://me@${host}:${port}/x?${query}`,
    password,
    isPasswordFinal: true,
    limitMs: 600_000,
    connectMs: 600_000,
  });
  try {
    await link.later("SELECT 1");
  } catch (error) {
    return error as HaypileError;
  } finally {
    link.close();
  }
  throw new Error("it did not fail");
}

/** 3: the password as it is. 5: as MD5, with four bytes of salt. */
const asks: Readonly<Record<string, Buffer>> = {
  "as it is": message("R", Buffer.from([0, 0, 0, 3])),
  "as MD5": message("R", Buffer.from([0, 0, 0, 5, 1, 2, 3, 4])),
};
const refusal = message("E", "SFATAL\0C28P01\0Mno\0\0");

describe("a server that asks for the password", () => {
  it.each([
    ["as it is", "sslmode=require"],
    ["as MD5", "sslmode=require"],
    ["as it is", "sslmode=disable"],
    ["as MD5", "sslmode=disable"],
  ])("%s, with %s, is not told it", async (how, query) => {
    const server = await hostile((socket, _, at) =>
      at === 0 ? socket.write(asks[how] as Buffer) : socket.end(refusal),
    );
    const error = await failureAt(elsewhere, server.port, query);
    expect(error.code).toBe("HAYPILE_STORE_REFUSED");
    expect(error.message).toContain("sslmode=verify-full");
    expect(error.message).toContain(`${elsewhere}:${server.port}`);
    // It heard who we are and which database, and no word after that.
    expect(server.said()).toContain("database\0x\0");
    expect(server.said()).not.toMatch(/marzipan|p\0\0\0/u);
  });

  it.each([
    ["127.0.0.1", "sslmode=disable"],
    ["localhost", `sslmode=verify-full&sslrootcert=${join(certificates, "one.pem")}`],
    [elsewhere, `sslmode=verify-ca&sslrootcert=${join(certificates, "one.pem")}`],
  ])("from %s, with %s, is told it: it is who it says", async (host, query) => {
    const server = await hostile((socket, _, at) =>
      at === 0 ? socket.write(asks["as it is"] as Buffer) : socket.end(refusal),
    );
    const error = await failureAt(host, server.port, query);
    expect(error.code).toBe("HAYPILE_STORE_REFUSED");
    expect(server.said()).toContain(password);
    expect(error.message).not.toContain(password);
  });
});

describe("a server that sends without end", () => {
  const mostBytes = 128 * 1024 * 1024;

  /** Sends for as long as somebody takes it. @returns what was taken, bytes */
  function flood(socket: Socket, head: Buffer): () => number {
    const piece = Buffer.alloc(65_536);
    let sent = 0;
    const more = (): void => {
      while (!socket.destroyed && sent < 8 * mostBytes) {
        sent += piece.length;
        if (!socket.write(piece)) {
          socket.once("drain", more);
          return;
        }
      }
    };
    socket.write(head);
    more();
    return () => sent - socket.writableLength;
  }

  it.each(["sslmode=disable", "sslmode=require"])(
    "one message before it let us in is left, with %s",
    async (query) => {
      let taken = (): number => 0;
      const huge = Buffer.from([0x52, 0x7f, 0xff, 0xff, 0xff]);
      const server = await hostile((socket, _, at) => {
        if (at === 0) taken = flood(socket, huge);
      });
      const error = await failureAt(elsewhere, server.port, query);
      expect(error.code).toBe("HAYPILE_STORE_REFUSED");
      expect(error.message).toContain("more than any answer");
      expect(taken()).toBeLessThan(mostBytes / 8);
    },
  );

  it("many small ones before it let us in are left", async () => {
    const notice = message("N", "SNOTICE\0C00000\0M", "x".repeat(200), "\0\0");
    const many = Buffer.concat(Array.from({ length: 10_000 }, () => notice));
    const server = await hostile((socket, _, at) => {
      if (at === 0) socket.write(many);
    });
    const error = await failureAt(elsewhere, server.port, "sslmode=disable");
    expect([error.code, error.message]).toEqual([
      "HAYPILE_STORE_REFUSED",
      expect.stringContaining("more than 1048576 bytes"),
    ]);
  });

  it("one row as an answer is left", async () => {
    let taken = (): number => 0;
    const server = await hostile((socket, piece) => {
      if (piece[0] === 0x51 && piece.includes("set_config")) {
        const columns = message("T", Buffer.from([0, 0]));
        socket.write(Buffer.concat([columns, message("C", "SELECT 1\0"), message("Z", "I")]));
      } else if (piece[0] === 0x51) taken = flood(socket, Buffer.from([0x44, 0x7f, 0, 0, 0]));
      else socket.write(Buffer.concat(letIn));
    });
    const error = await failureAt("127.0.0.1", server.port, "sslmode=disable");
    expect([error.code, error.message]).toEqual([
      "HAYPILE_STORE_REFUSED",
      expect.stringContaining("more than any answer"),
    ]);
    expect(taken()).toBeLessThan(mostBytes / 8);
  });
});

describe("a file that the address names", () => {
  it("is named with why, where it cannot be used, and nobody waits for the server", async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, "notes"), "no certificate\n");
    for (const [name, path, why] of [
      ["sslrootcert", join(folder, "none.pem"), "no such file"],
      ["sslcert", folder, "is a folder"],
      ["sslkey", join(folder, "notes"), "nothing in it that is PEM"],
    ] as const) {
      const error = await failureAt(elsewhere, 1, `sslmode=verify-full&${name}=${path}`);
      expect(error.code).toBe("HAYPILE_STORE_REFUSED");
      expect(error.message).toContain(`${path} (${name})`);
      expect(error.message).toContain(why);
    }
  });
});
