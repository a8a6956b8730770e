/* Requests as they are, header by header: no client that makes them better. */
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
  bytes: Buffer;
}

export interface Asked {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  host?: string;
}

/** @param path goes out as it is written */
export function ask(port: number, path: string, asked: Asked = {}): Promise<Answer> {
  const { method = "GET", headers = {}, body, host = "127.0.0.1" } = asked;
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ port, host, path, method, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const bytes = Buffer.concat(parts);
        const { statusCode = 0, headers: given } = response;
        resolve({ status: statusCode, headers: given, body: bytes.toString("utf8"), bytes });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

export const json = { "Content-Type": "application/json" } as const;

export function bearer(token: string): { Authorization: string } {
  return { Authorization: `Bearer ${token}` };
}

/** Says bytes, and gives back all that comes until the other end closes. */
export function say(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let given = "";
    socket.on("data", (data) => {
      given += data;
    });
    socket.on("close", () => resolve(given));
    socket.on("error", () => undefined);
    socket.write(text);
  });
}

/** The code in a link of `haypile open --print`. */
export function codeOf(link: string): string {
  const code = /#code=([\w-]+)/u.exec(link)?.[1];
  if (code === undefined) throw new Error(`There is no code in ${link}`);
  return code;
}
