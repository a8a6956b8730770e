/* Why an addon could not be loaded, in one line with the fix, from what the system said. */
import { nativePackage } from "../../base/package/own-package.ts";
import { type SystemFacts, systemInWords } from "../../host/system.ts";

/** There are builds for the product of the two. */
const platforms: readonly string[] = ["linux", "darwin", "win32"];
const architectures: readonly string[] = ["x64", "arm64"];

const again = `delete node_modules and run "npm install" on the system that runs it`;

interface Cause {
  /** In what the system said. */
  says: RegExp;
  advice: (found: RegExpMatchArray, system: SystemFacts) => string;
}

const causes: readonly Cause[] = [
  {
    says: /version `(GLIBC(?:XX)?_[\d.]+)' not found/u,
    advice: ([, needed]) =>
      `This system's C library is too old: ${needed} is needed. Use a newer system, or a container such as node:24-slim.`,
  },
  {
    says: /failed to map segment from shared object/u,
    advice: () =>
      "Its file lies on a file system that is mounted noexec. Install Haypile on one that programs may run from.",
  },
  {
    says: /library load disallowed by system policy|code signature|quarantine/iu,
    advice: () =>
      `macOS does not let this file be loaded. Run "xattr -dr com.apple.quarantine" on the folder node_modules, or install with npm in place of an unpacked download.`,
  },
  {
    says: /incompatible architecture|wrong ELF class|invalid ELF header|file too short|not a valid Win32 application|cannot open shared object file: Exec format|ELF load command|slice is not valid/u,
    advice: (_, { platform, arch }) =>
      `Its file is damaged or is for another system than ${platform}-${arch}: ${again}.`,
  },
  {
    says: /being used by another process|EBUSY/u,
    advice: () =>
      "Another program holds its file, most likely a virus scanner. Try again; if it stays, let the scanner leave out the folder node_modules.",
  },
  {
    says: /EACCES|EPERM|Permission denied|Access is denied/u,
    advice: () => "This user may not read its file. Give this user the right to read node_modules.",
  },
  {
    says: /(\S+): cannot open shared object file|Error loading shared library ([^:\s]+)/u,
    advice: ([, glibc, musl]) =>
      `The system lacks the library ${glibc ?? musl}. Install it with the system's package manager.`,
  },
];

/** @param said what the system said of each file that was tried, or that it is not there */
export function adviceFor(system: SystemFacts, said: string): string {
  const { platform, arch } = system;
  if (arch === "arm" || arch === "ia32") {
    return `This Node is a 32-bit program (${platform}-${arch}), and Haypile needs a 64-bit one. Install ${platform === "linux" ? "a 64-bit system (on a Raspberry Pi: 64-bit Raspberry Pi OS) with a Node for arm64 or x64" : "the 64-bit Node"}.`;
  }
  if (!platforms.includes(platform) || !architectures.includes(arch)) {
    return `There is no build for ${platform}-${arch}: there are some for ${platforms.join(", ")} on ${architectures.join(" and ")}.`;
  }
  for (const { says, advice } of causes) {
    const found = said.match(says);
    if (found !== null) return advice(found, system);
  }
  return `There is no build for ${systemInWords(system)} among its files. Install it again with "npm install ${nativePackage}", or build it in a clone with "scripts/setup".`;
}
