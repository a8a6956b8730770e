import { describe, expect, it } from "vitest";
import { pathRank, pathTraits } from "../../../src/base/paths/path-traits.ts";

const each = (paths: string): string[] => paths.split(" ");

describe("pathTraits", () => {
  it("tells tests from what a framework gives to test with", () => {
    for (const path of each(
      "tests/a.py test/a.js src/a.test.ts pkg/a_test.go src/FooTest.java js_tests/a.js gnulib-tests/a.c app/tests.py pkg/test/test_a.py spec/a_spec.rb packages/x/spec/a.js src/androidTest/A.kt testenv/a.py __tests__/a.tsx fixtures/a.json examples/a.c bench/a.ts conftest.py lib/test/helper.js test/client.py",
    ))
      expect(pathTraits(path).isTest, path).toBe(true);
    for (const path of each(
      "django/test/client.py flask/testing.py sqlalchemy/testing/assertions.py java/security/spec/KeySpec.java docs/spec/format.md src/testable.ts latest/a.py contest/a.c src/attest.go",
    ))
      expect(pathTraits(path).isTest, path).toBe(false);
  });

  it("tells what a tool wrote from the tool", () => {
    for (const path of each(
      "app/migrations/0001_initial.py db/migrate/20240101120000_add.rb versions/1975ea83b712_add.py build/a.js packages/x/dist/a.js target/a.rs types/a.d.ts stubs/a.pyi x_pb2.py configure build-aux/ltmain.sh a.min.js",
    ))
      expect(pathTraits(path).isGenerated, path).toBe(true);
    for (const path of each(
      "django/db/migrations/autodetector.py src/build/plan.ts lib/target/arm.c app/migrations/__init__.py builder/a.ts",
    ))
      expect(pathTraits(path).isGenerated, path).toBe(false);
  });

  it("knows texts of translations by ending or folder", () => {
    for (const path of each(
      "po/de.po locale/de/LC_MESSAGES/django.po src/i18n/en.json app/Resources/fr.resx",
    ))
      expect(pathTraits(path).isLocale, path).toBe(true);
    for (const path of each("src/i18n/load.ts src/po.ts package.json config/app.json"))
      expect(pathTraits(path).isLocale, path).toBe(false);
  });

  it("ranks source before tests, generated and vendored code", () => {
    expect(["a.c", "tests/a.c", "dist/a.js", "vendor/tests/a.c"].map(pathRank)).toEqual([
      0, 1, 2, 3,
    ]);
  });
});
