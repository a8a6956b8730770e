/* What only the addon can ask Windows, for parts that go on without it: undefined elsewhere, and where it cannot be loaded. */
import type { NativeWindows } from "./binding.ts";
import { loadBinding } from "./load.ts";

export type WindowsCalls = NativeWindows;

let calls: NativeWindows | undefined;
let isLoaded = process.platform !== "win32";

export function windowsCalls(): WindowsCalls | undefined {
  if (isLoaded) return calls;
  isLoaded = true;
  try {
    calls = loadBinding().windows;
  } catch {
    // Calls that need the addon say what is wrong with it.
  }
  return calls;
}
