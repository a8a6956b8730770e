/*
 * The daemon's sockets on Windows are named pipes. Every user sees the names of all pipes and may make one of any name
 * that is free. So a name has a part that nobody can have known before; it is read in the owner's note, which lies in a
 * private folder; and a client sends nothing before it has asked whose pipe it is that answers.
 */
import { randomDigits } from "../base/text/sha256.ts";
import { windowsCalls } from "../native/system.ts";
import type { SocketPlace } from "./endpoint.ts";

const local = "\\\\.\\pipe\\";

/** True for the name of a pipe of this machine: one of another machine would be logged in at. */
export function isLocalPipe(address: string): boolean {
  return address.startsWith(local) && address.length > local.length && !/[\0/]/u.test(address);
}

/** The place with names that nobody has used. */
export function freshPipes({ folder, socket }: SocketPlace): SocketPlace {
  const name = `${socket}-${randomDigits()}${randomDigits()}`;
  return { folder, socket: name, control: `${name}-control` };
}

/** Keeps all others away from a pipe of ours. False: that could not be done, and nobody should listen there. */
export function closeToOthers(name: string): boolean {
  // Without the addon others may open it to read, and can say nothing.
  return windowsCalls()?.closePipe(name) ?? true;
}

/** False when what answers at the other end of an open connection is another user's. */
export function isOurs(address: string): boolean {
  return process.platform !== "win32" || windowsCalls()?.isOwnPipe(address) !== false;
}
