/* What the library of ONNX Runtime is called on each system. */
const names: Readonly<Record<string, string>> = {
  linux: "libonnxruntime.so.1",
  darwin: "libonnxruntime.1.dylib",
  win32: "onnxruntime.dll",
};

/** @param platform as process.platform */
export function runtimeLibraryName(platform: string): string {
  return names[platform] ?? "onnxruntime";
}
