/* The system that this process was built for: which builds of others it can use, and what there is for it. */
import { readSystemText } from "../base/files/read-file.ts";

export type Libc = "glibc" | "musl";

export interface SystemFacts {
  /** As process.platform. */
  platform: string;
  /** As process.arch: of this Node, which may be another than the machine's. */
  arch: string;
  /** Linux only. */
  libc?: Libc | undefined;
}

let libc: Libc | undefined;

export function thisSystem(): SystemFacts {
  const { platform, arch } = process;
  if (platform !== "linux") return { platform, arch };
  libc ??= readLibc();
  return { platform, arch, libc };
}

/** "linux-x64 with musl" */
export function systemInWords({ platform, arch, libc: kind }: SystemFacts): string {
  return kind === undefined ? `${platform}-${arch}` : `${platform}-${arch} with ${kind}`;
}

/** A process whose maps cannot be read is taken for one of glibc. */
function readLibc(): Libc {
  try {
    const maps = readSystemText("/proc/self/maps");
    // Debian's musl is a file named libc.so, Alpine's one named ld-musl-*; glibc's have a version in their names.
    const isMusl = /\/(?:ld-musl-[^/\n]*|libc\.so)$/mu.test(maps);
    return isMusl && !/\/libc\.so\.6$/mu.test(maps) ? "musl" : "glibc";
  } catch {
    return "glibc";
  }
}
