/* Where stores are: what an address may be, which namespace is kept where, and that no password is shown. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readEnvironment } from "../../../../src/config/environment/env.ts";
import { unknownVariables } from "../../../../src/config/environment/env-names.ts";
import { changeFile } from "../../../../src/config/file/change-file.ts";
import { setStoreOf } from "../../../../src/config/file/edit-file.ts";
import { parseOptions } from "../../../../src/config/file/read-file.ts";
import {
  holdsSecret,
  storeOfNamespace,
  withoutSecrets,
} from "../../../../src/config/options/store-address.ts";
import { readValue } from "../../../../src/config/options/values.ts";

const source = { where: "in here", code: "HAYPILE_CONFIG_INVALID" } as const;
const failing = (run: () => unknown): { code: string; message: string; data: unknown } => {
  try {
    run();
  } catch (error) {
    return error as { code: string; message: string; data: unknown };
  }
  throw new Error("it did not fail");
};
const parse = (text: string) => Object.fromEntries(parseOptions(text, "/p/haypile.toml"));
const server = "postgres://me@db.example:5433/haypile?sslmode=verify-full";

describe("addresses of stores", () => {
  it.each([
    ["sqlite", "sqlite"],
    [server, server],
    ["postgresql://db.example", "postgresql://db.example"],
    [
      "postgres:///haypile?host=/var/run/postgresql",
      "postgres:///haypile?host=/var/run/postgresql",
    ],
  ])("takes %j", (said, kept) => expect(readValue("store.url", said, source)).toBe(kept));

  it.each([
    "mysql://me@db.example/haypile",
    "db.example",
    "",
    "postgres://me@db.example/haypile#here",
    7,
  ])("refuses %j", (said) =>
    expect(failing(() => readValue("store.url", said, source)).message).toContain("PostgreSQL"),
  );

  it.each([
    "postgres://me:pa55word@db.example/haypile",
    "postgres://me:pa55@word@db.example/haypile",
    "postgresql://:pa55word@db.example",
    "postgres://db.example/haypile?user=me&password=pa55word",
    "postgres://db.example/haypile?sslPassword=pa55word",
    "https://me:pa55word@db.example/",
  ])("refuses the password of %j and does not show it", (said) => {
    expect(holdsSecret(said)).toBe(true);
    for (const option of ["store.url", "memories.store", "index.store", "store.replica"] as const) {
      const error = failing(() => readValue(option, said, source));
      expect(error.message).toContain("HAYPILE_STORE_PASSWORD");
      expect(JSON.stringify([error.message, error.data])).not.toContain("pa55");
    }
    const table = failing(() => readValue("memories.stores", { team: said }, source));
    expect(JSON.stringify([table.message, table.data])).not.toContain("pa55");
  });

  it("takes passwords out of any text", () => {
    const text = 'connect to "postgres://me:pa55@db/x?password=pa55&a=b" and postgres://you@db/y';
    expect(withoutSecrets(text)).toBe(
      'connect to "postgres://me:***@db/x?password=***&a=b" and postgres://you@db/y',
    );
  });

  it("knows the variable of the password", () => {
    expect(unknownVariables({ HAYPILE_STORE_PASSWORD: "x", HAYPILE_STORE: "sqlite" })).toEqual([]);
  });
});

describe("stores by namespace", () => {
  const text = `[memories.stores]\n"team-*" = "${server}"\n'team.app' = "sqlite"\n`;

  it("are a table of a file, or JSON", () => {
    const stores = JSON.stringify({ "team-*": server, "team.app": "sqlite" });
    expect(parse(text)).toEqual({ "memories.stores": stores });
    expect(readValue("memories.stores", stores, source)).toBe(stores);
    expect(parse(`store = "${server}"`)).toEqual({ "store.url": server });
  });

  it.each([[{ "a*b": "sqlite" }], [{ " ": "sqlite" }], [{ a: "mysql://x" }], [["sqlite"]], ["{"]])(
    "refuses %j",
    (said) =>
      expect(failing(() => readValue("memories.stores", said, source)).code).toBe(
        "HAYPILE_CONFIG_INVALID",
      ),
  );

  it("go by the whole name, then by the longest beginning", () => {
    const stores = [
      ["*", "a"],
      ["team-*", "b"],
      ["team-app-*", "c"],
      ["team-app-1", "d"],
    ] as const;
    const found = ["other", "team-x", "team-app-2", "team-app-1", "team"].map((one) =>
      storeOfNamespace(stores, one),
    );
    expect(found).toEqual(["a", "b", "c", "d", "a"]);
    expect(storeOfNamespace([["x", "a"]], "y")).toBeUndefined();
  });

  it("are set one by one, and the rest of the file stays", () => {
    const begin = '# mine\n[memory]\nmax = "300MB" # fits\n';
    const one = setStoreOf(begin, "team.a", server, "/p/haypile.toml");
    expect(one).toBe(`${begin}\n[memories.stores]\n"team.a" = "${server}"\n`);
    const two = setStoreOf(one, "b", "sqlite", "/p/haypile.toml");
    const three = setStoreOf(two, "team.a", "sqlite", "/p/haypile.toml");
    expect(JSON.parse(parse(three)["memories.stores"] as string)).toEqual({
      b: "sqlite",
      "team.a": "sqlite",
    });
    const inline = `[memories]\nstores = '{"a":"sqlite"}'\n`;
    const changed = parse(setStoreOf(inline, "b", server, "/p/haypile.toml"));
    expect(JSON.parse(changed["memories.stores"] as string)).toEqual({ a: "sqlite", b: server });
  });
});

describe("config set", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "haypile-store-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("takes store and memories.stores.NAME", () => {
    const environment = readEnvironment({ HAYPILE_DATA_DIR: folder, HAYPILE_CONFIG_DIR: folder });
    const path = join(folder, "haypile.toml");
    writeFileSync(path, "# mine\n");
    expect(changeFile(path, "store", server, false, environment).name).toBe("store.url");
    changeFile(path, "memories.stores.own-*", "sqlite", false, environment);
    expect(parse(readFileSync(path, "utf8"))).toEqual({
      "store.url": server,
      "memories.stores": '{"own-*":"sqlite"}',
    });
    const before = readFileSync(path, "utf8");
    const secret = "postgres://me:pa55word@db.example/haypile";
    for (const key of ["store", "memories.stores.x"]) {
      const error = failing(() => changeFile(path, key, secret, false, environment));
      expect(error.code).toBe("HAYPILE_USAGE");
      expect(JSON.stringify([error.message, error.data])).not.toContain("pa55");
    }
    expect(readFileSync(path, "utf8")).toBe(before);
  });
});
