/* What a path says about how likely its code is the one that is meant. */

/** Words of a folder's name that make it one of tests: "tests", "js_tests", "gnulib-tests", "test-suite". */
const testWord =
  /(^|[-_.])(tests?|unit_?tests?|testsuites?|testenv|testdata|e2e|fixtures?|mocks?)($|[-_.])|^__(tests|mocks)__$|[a-z]Tests?$/;
/** Folders of examples and measurements, which are left out with the tests. */
const exampleFolder = /^(examples?|samples?|demos?|benchmarks?|bench|benches)$/;
/** Languages whose tests stand in "spec"; in others that is a specification, or what makes one. */
const specFile = /\.(rb|[cm]?[jt]sx?|coffee|lua|php|cr|exs?)$/;
const testFile =
  /^(test_.*|conftest|tests)\.py$|[._-](test|tests|spec|bench|mock)\.[a-z]+$|^[A-Z]\w*Tests?\.(java|kt|cs|scala|swift)$/;
const vendoredFolder =
  /^(vendor|vendored|third[_-]?party|node_modules|external|extern|deps|bower_components|site-packages)$/;
const generatedFolder = /^(generated|__generated__|gen|dist)$/;
/** Where a build puts what it makes, unless it stands among the sources. */
const outputFolder = /^(build|out|target)$/;
const sourceFolder = /^(src|lib|source|sources|internal|pkg)$/;
const generatedFile =
  /\.(min|bundle|generated|pb|g)\.[a-z]+$|_pb2(_grpc)?\.pyi?$|\.d\.[cm]?ts$|\.pyi$/;
/** What autotools put into a package. */
const autotoolsFile =
  /^(configure|aclocal\.m4|Makefile\.in|config\.(guess|sub|h\.in)|ltmain\.sh|libtool\.m4|depcomp|install-sh|missing|compile)$/;
const autotoolsFolder = /^(build-aux|autom4te\.cache)$/;
/** Migrations that a tool writes have a number, a time or a hash: those that are code of the tool have not. */
const migrationFolder = /^(migrations?|migrate|versions)$/;
const migrationFile = /^(V?\d+|[0-9a-f]{12})_/;
const localeFile = /\.(po|pot|arb|strings|xlf|xliff|resx)$/;
const localeFolder = /^(locales?|lc_messages|i18n|translations|langs?|messages)$/i;
const localeData = /\.(json|ya?ml|properties|php|toml)$/;

export interface PathTraits {
  /** Tests, what they need, examples and benchmarks. */
  isTest: boolean;
  isVendored: boolean;
  /** Made by a tool: builds, declarations of what is defined elsewhere, numbered migrations. */
  isGenerated: boolean;
  /** Texts of a program in the languages of its users. */
  isLocale: boolean;
}

export function pathTraits(path: string): PathTraits {
  const folders = path.split("/");
  const file = folders.pop() as string;
  return {
    isTest: testFile.test(file) || folders.some((name, at) => isOfTests(name, at, file)),
    isVendored: folders.some((name) => vendoredFolder.test(name)),
    isGenerated:
      generatedFile.test(file) ||
      autotoolsFile.test(file) ||
      folders.some(
        (name, at) =>
          generatedFolder.test(name) ||
          autotoolsFolder.test(name) ||
          (outputFolder.test(name) && !folders.slice(0, at).some((one) => sourceFolder.test(one))),
      ) ||
      (migrationFolder.test(folders.at(-1) ?? "") && migrationFile.test(file)),
    isLocale:
      localeFile.test(file) ||
      (localeData.test(file) && folders.some((name) => localeFolder.test(name))),
  };
}

function isOfTests(folder: string, depth: number, file: string): boolean {
  if (exampleFolder.test(folder)) return true;
  if (/^specs?$/.test(folder)) return specFile.test(file);
  // "django/test/client.py": inside a package tests are called test_…, and the rest is what a framework gives to test with.
  if (folder === "test" && depth > 0 && /\.pyi?$/.test(file)) return false;
  return testWord.test(folder);
}

/** 0 for source, 1 for tests, 2 for generated, 3 for vendored code: smaller comes first. */
export function pathRank(path: string): number {
  const { isTest, isGenerated, isVendored } = pathTraits(path);
  return isVendored ? 3 : isGenerated ? 2 : isTest ? 1 : 0;
}
