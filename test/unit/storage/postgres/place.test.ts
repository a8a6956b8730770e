import { describe, expect, it } from "vitest";
import type { HaypileError } from "../../../../src/base/errors.ts";
import { nameOfPlace, nameOfUrl, placeOf } from "../../../../src/storage/postgres/link/place.ts";

describe("the place of a store", () => {
  it("is read from a URL, as libpq reads it", () => {
    expect(placeOf({ url: "postgres://anna:p%40ss@db.example:6000/team?sslmode=require" })).toEqual(
      {
        host: "db.example",
        port: 6_000,
        user: "anna",
        database: "team",
        password: "p@ss",
        tls: "require",
        rootCertificate: undefined,
        certificate: undefined,
        key: undefined,
        application: undefined,
        schema: undefined,
      },
    );
    expect(placeOf({ url: "postgresql://u@[::1]/d?schema=mine" })).toMatchObject({
      host: "::1",
      port: 5_432,
      schema: "mine",
    });
    expect(placeOf({ url: "postgres://u@/d?host=/var/run/postgresql" })).toMatchObject({
      host: "/var/run/postgresql",
      database: "d",
      tls: "disable",
    });
  });

  it("asks for a certificate that is checked, where the server is not this machine", () => {
    expect(placeOf({ url: "postgres://u@db.example/d" }).tls).toBe("verify-full");
    for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
      expect(placeOf({ url: `postgres://u@${host}/d` }).tls).toBe("disable");
    }
  });

  it("is named without its password", () => {
    const url = "postgres://anna:hidden-word@db.example/team?schema=other";
    expect(nameOfUrl(url)).toBe("postgres://anna@db.example:5432/team?schema=other");
    expect(nameOfPlace(placeOf({ url }))).not.toContain("hidden-word");
    expect(nameOfUrl("postgres://a:hidden-word@ bad")).not.toContain("hidden-word");
  });

  it.each([
    ["mysql://u@h/d", /begin with/],
    ["postgres://u:p w@h:port/d", /no URL/],
    ["postgres://u@h/d?sslmode=prefer", /sslmode is "prefer"/],
    ["postgres://u@h/d?schema=Robert'); DROP", /schema/],
    ["postgres://u@h/d?options=-c", /parameter "options"/],
    ["postgres://u%zz@h/d", /%/],
    ["postgres://u@h:0/d", /port/],
  ])("refuses %s and says why", (url, why) => {
    let told: HaypileError | undefined;
    try {
      placeOf({ url });
    } catch (error) {
      told = error as HaypileError;
    }
    expect(told?.code).toBe("HAYPILE_USAGE");
    expect(told?.message).toMatch(why);
  });
});
