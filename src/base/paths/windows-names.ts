/*
 * What Windows makes of a name beside a file of that name: devices, streams, drives, machines of the network. A
 * path that a project or a client says is looked at here before the system is asked anything about it: to look at
 * \\host\share is to log in there, with the user's password hash.
 */
import { win32 } from "node:path";

/** What is odd about a path; undefined: nothing. */
export type WindowsOddity = "device" | "stream" | "drive" | "raw" | "letter";

const devices = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])$/iu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: no name of Windows has them
const letters = /[<>"|\x00-\x1f]/u;

/** True for a name that Windows gives to a device, whatever ending it has. */
export function isDeviceName(name: string): boolean {
  const bare = name.replace(/[.:].*$/su, "").trimEnd();
  return devices.test(bare);
}

/**
 * Why a path cannot name a plain file on Windows: a device ("nul.txt"), a stream of a file ("a.txt:b", "a.txt::$DATA"),
 * a drive's current folder ("C:a"), a path past Win32 ("\\?\", "\\.\"), a letter that no name has. Patterns may have
 * "*" and "?".
 */
export function windowsOddity(path: string): WindowsOddity | undefined {
  if (/^[\\/]{2}[?.](?:[\\/]|$)/u.test(path)) return "raw";
  const drive = /^[A-Za-z]:/u.exec(path)?.[0] ?? "";
  const rest = path.slice(drive.length);
  if (drive !== "" && !/^[\\/]/u.test(rest)) return "drive";
  if (rest.includes(":")) return "stream";
  if (letters.test(rest)) return "letter";
  return rest.split(/[\\/]/u).some(isDeviceName) ? "device" : undefined;
}

/** True for a path of the network: \\host\share, in any mixture of slashes. */
export function isNetworkPath(path: string): boolean {
  return /^[\\/]{2}(?:[^?.\\/]|\?[\\/]UNC[\\/]|[?.][^\\/])/iu.test(path);
}

/**
 * True when a path leads to a machine of the network to which `from` does not lead already. Nothing is asked of the
 * system.
 * @param from an absolute folder that the user named
 * @param path absolute
 */
export function leavesMachine(from: string, path: string): boolean {
  if (!isNetworkPath(path)) return false;
  const share = (one: string): string => win32.parse(one.replaceAll("/", "\\")).root.toLowerCase();
  return share(path) !== share(from);
}

/** A drive is written in one way: "c:\a" is "C:\a". */
export function withDriveLetter(path: string): string {
  return /^[a-z]:/u.test(path) ? path.slice(0, 1).toUpperCase() + path.slice(1) : path;
}
