/* Whether a folder lies on a disk of another machine: SQLite's log is in memory that two machines do not share. */
import { statfsSync } from "node:fs";
import { realPath } from "../base/paths/real-path.ts";
import { isNetworkPath } from "../base/paths/windows-names.ts";

/** Numbers by which Linux names file systems of the network: NFS, SMB and CIFS, 9P, Ceph, AFS, Lustre, Coda, NCP. */
const networkTypes: ReadonlySet<number> = new Set([
  0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0x00c36400, 0x5346414f, 0x0bd00bd0,
  0x73757245, 0x564c,
]);

/**
 * Undefined where the system does not say (macOS). On Windows the real path of a mapped drive begins with its machine.
 * @param folder absolute; it need not be there
 */
export function isOnNetwork(folder: string): boolean | undefined {
  const real = realPath(folder);
  if (process.platform === "win32") return isNetworkPath(real);
  if (process.platform !== "linux") return undefined;
  for (let at = real; ; at = at.slice(0, Math.max(1, at.lastIndexOf("/")))) {
    try {
      return networkTypes.has(statfsSync(at).type >>> 0);
    } catch {
      if (at === "/") return undefined;
    }
  }
}
