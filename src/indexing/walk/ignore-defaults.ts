/**
 * What is left out without any rule of the user, each with its reason. A negated rule in
 * .haypileignore ("!vendor/") brings a folder or file back; a negated rule in .gitignore does not,
 * because it only says that git tracks the thing.
 *
 * Hidden folders are left out, except the few below that hold what people wrote. Hidden files stay
 * (.eslintrc.json, .gitlab-ci.yml), except those that usually hold secrets.
 */

/** Hidden folders that are walked all the same. */
export const visibleHiddenFolders: ReadonlySet<string> = new Set([
  ".github", // workflows and templates
  ".gitlab", // the same for GitLab
  ".circleci", // build configuration
  ".ci", // build scripts
  ".storybook", // configuration that is code
]);

/** Folders with code of others, by name alone. Names in lower case; compared exactly. */
export const vendoredFolders: ReadonlyMap<string, string> = new Map([
  ["node_modules", "packages of npm"],
  ["bower_components", "packages of Bower"],
  ["jspm_packages", "packages of jspm"],
  ["third_party", "code of others, by convention"],
  ["third-party", "code of others, by convention"],
  ["__pycache__", "compiled Python"],
  ["__pypackages__", "packages of Python"],
  ["site-packages", "installed Python packages"],
  ["Pods", "packages of CocoaPods"],
  ["Carthage", "packages of Carthage"],
]);

/**
 * Folders that package managers of Go, PHP, Ruby and Rust fill, and that projects have for code of their own: left
 * out by signs of the former (others-code.ts).
 */
export const sometimesVendored: ReadonlySet<string> = new Set(["vendor"]);

/**
 * Entries that give a folder away, whatever its name: [entry, reason].
 * A cache folder by the CACHEDIR.TAG convention is what Cargo, pytest and many others write.
 */
export const markerEntries: ReadonlyMap<string, "vendored" | "build-output"> = new Map([
  ["pyvenv.cfg", "vendored"], // a Python virtual environment
  ["conda-meta", "vendored"], // a conda environment
  ["CACHEDIR.TAG", "build-output"], // a cache by its own word
  ["CMakeCache.txt", "build-output"], // a CMake build folder
  [".rustc_info.json", "build-output"], // Cargo's target folder
  ["maven-status", "build-output"], // Maven's target folder
  ["maven-archiver", "build-output"],
]);

/**
 * Names that may be build output or source. They are left out only when one of these entries
 * stands inside, or when git ignores them anyway.
 */
export const suspectFolders: ReadonlyMap<string, readonly RegExp[]> = new Map([
  ["dist", [/\.whl$/u, /\.js\.map$/u, /\.min\.js$/u, /\.tsbuildinfo$/u]],
  ["build", [/^bdist\./u, /^config\.gypi$/u, /^build\.ninja$/u, /\.js\.map$/u, /^CMakeFiles$/u]],
  ["target", [/^generated-sources$/u, /^surefire-reports$/u, /^\.cargo-lock$/u]],
  ["out", [/\.class$/u, /\.js\.map$/u, /^build\.ninja$/u]],
]);

const lockFiles: ReadonlySet<string> = new Set([
  "package-lock.json",
  "npm-shrinkwrap.json",
  "yarn.lock",
  "pnpm-lock.yaml",
  "bun.lock",
  "deno.lock",
  "Cargo.lock",
  "poetry.lock",
  "uv.lock",
  "pdm.lock",
  "Pipfile.lock",
  "composer.lock",
  "Gemfile.lock",
  "Podfile.lock",
  "pubspec.lock",
  "mix.lock",
  "flake.lock",
  "go.sum",
  "go.work.sum",
  "gradle.lockfile",
  "packages.lock.json",
  "Package.resolved",
]);

/**
 * Lock files, minified code, source maps. Other generated code says so in its first lines (read/generated.ts), and so it
 * need not be guessed by its name; the stubs that protoc writes do not.
 */
export function isGeneratedName(name: string): boolean {
  return (
    lockFiles.has(name) ||
    /\.min\.(js|mjs|cjs|css)$|\.(js|mjs|cjs|css|ts)\.map$|_pb2(_grpc)?\.pyi$|\.tsbuildinfo$/iu.test(
      name,
    )
  );
}

/**
 * Message catalogues of gettext, Qt and XLIFF: in a translated project they are most of the text,
 * and the same sentences once per language.
 */
export function isTranslationName(name: string): boolean {
  return /\.(po|qm|xlf|xliff)$/u.test(name);
}

const binaryExtensions: ReadonlySet<string> = new Set(
  (
    "7z a aac aar ai apk app avi avif bin blend bmp bz2 cab class cur db dds deb dex dll dmg doc docx ds_store " +
    "dylib egg elf eot eps exe exr fbx fla flac flv gif glb gpg gz heic icns ico idx img iso jar jpeg jpg jxl ktx lz " +
    "lz4 m4a m4v mdb mid mkv mo mov mp3 mp4 mpeg mpg msi nib npy npz o obj odp ods odt ogg onnx opus otf pack parquet pb " +
    "pcap pdb pdf pickle pkl png ppt pptx psd pt pth pyc pyd pyo rar rlib rmeta rpm safetensors sdf so sqlite sqlite3 " +
    "stl swf tar tgz tif tiff ttc ttf wasm wav webm webp whl wma wmv woff woff2 xls xlsx xz zip zst zstd"
  ).split(" "),
);

/** Known to be no text by its extension, so that it need not be opened. */
export function isBinaryName(name: string): boolean {
  const dot = name.lastIndexOf(".");
  return dot >= 0 && binaryExtensions.has(name.slice(dot + 1).toLowerCase());
}

/** Default size limit of a file, bytes. */
export const defaultMaxFileBytes = 1024 * 1024;
