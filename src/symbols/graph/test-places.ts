/* What a runner of tests would start, by the habits of its language. */
import { pathTraits } from "../../base/paths/path-traits.ts";

const testFile =
  /(?:^|[._-])(?:tests?|specs?)(?:[._-]|$)|[a-z0-9]Tests?\.\w+$|^Tests?[A-Z]\w*\.\w+$|Spec\.\w+$/u;
const testFolder = /(?:^|\/)(?:__tests__|tests?|specs?|e2e)\//u;
/** Languages whose tests are calls at the top of a file, which may be called anything. */
const callsAtTop = /\.(?:[cm]?[jt]sx?|rb|lua|exs|php|t)$/u;
const exampleFolder =
  /(?:^|\/)(?:examples?|samples?|demos?|bench(?:marks?|es)?|fixtures?|mocks?)\//u;
const testName = /^(?:test|Test|it_|should)|(?:Test|Tests|TestCase|Spec)$/u;

/** A file that a runner of tests starts. */
export function isTestFile(path: string): boolean {
  if (exampleFolder.test(path)) return false;
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (/^conftest\.py$/u.test(name)) return false;
  return testFile.test(name) || (testFolder.test(path) && callsAtTop.test(name));
}

/** A definition that a runner of tests calls, or that holds such. */
export function isTestDefinition(path: string, name: string, container: string): boolean {
  if (!isTestFile(path) && !pathTraits(path).isTest) {
    // Rust keeps them beside what they test.
    return path.endsWith(".rs") && /(?:^|\.)tests?$/u.test(container);
  }
  return testName.test(name) || testName.test(container);
}
