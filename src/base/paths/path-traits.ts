/* What a path says about how likely its code is the one that is meant. */

const test =
  /(^|\/)(tests?|__tests__|specs?|testing|fixtures?|testdata|mocks?|__mocks__|examples?|samples?|benchmarks?|bench)\/|(^|\/)(test_[^/]*|conftest)\.py$|[._-](test|tests|spec|bench|mock)\.[a-z]+$|_test\.[a-z]+$|(^|\/)[A-Z]\w*Tests?\.(java|kt|cs|scala|swift)$/;
const vendored =
  /(^|\/)(vendor|vendored|third[_-]?party|node_modules|external|extern|deps|bower_components|site-packages)\//;
const generated =
  /(^|\/)(generated|gen|dist|build|out|target|migrations)\/|\.(min|bundle|generated|pb|g)\.[a-z]+$|_pb2(_grpc)?\.py$|\.d\.ts$/;

export interface PathTraits {
  isTest: boolean;
  isVendored: boolean;
  isGenerated: boolean;
}

export function pathTraits(path: string): PathTraits {
  return {
    isTest: test.test(path),
    isVendored: vendored.test(path),
    isGenerated: generated.test(path),
  };
}

/** 0 for source, 1 for tests, 2 for generated, 3 for vendored code: smaller comes first. */
export function pathRank(path: string): number {
  const { isTest, isVendored, isGenerated } = pathTraits(path);
  return isVendored ? 3 : isGenerated ? 2 : isTest ? 1 : 0;
}
