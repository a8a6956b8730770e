/* What a server, a network or the thread of a link said, in our words. Codes: PostgreSQL's documentation, appendix A. */
import { type ErrorCode, HaypileError } from "../../../base/errors.ts";
import type { Failure } from "./words.ts";

interface Told {
  code: ErrorCode;
  /** Stands after the name of the store. */
  says: string;
}

/** Where a password is looked for, as docs/moving.md has it. */
const places = "HAYPILE_STORE_PASSWORD, store.password-file, PGPASSWORD or ~/.pgpass";
const again = "Try again; it goes on by itself once the server answers.";

/** By SQLSTATE, the longest beginning that fits. */
const bySqlState: Readonly<Record<string, Told>> = {
  "08": { code: "HAYPILE_STORE_AWAY", says: `cannot be reached. ${again}` },
  "25006": {
    code: "HAYPILE_STORE_REFUSED",
    says: "takes no writes: it is a replica, or was set read-only. Name the primary in the setting, and the replica as store.replica.",
  },
  "28": {
    code: "HAYPILE_STORE_REFUSED",
    says: `does not let this user in. Look at the user, the password (${places}) and pg_hba.conf of the server.`,
  },
  "3D000": {
    code: "HAYPILE_STORE_REFUSED",
    says: "has no such database. Make it there (createdb), or name another one in the URL.",
  },
  "3F000": {
    code: "HAYPILE_STORE_REFUSED",
    says: 'has no tables of a store. Make them with "haypile team init".',
  },
  "42P01": {
    code: "HAYPILE_STORE_REFUSED",
    says: 'has no tables of a store, or older ones. "haypile team init" makes them, or brings them up to date.',
  },
  "42501": {
    code: "HAYPILE_STORE_RIGHTS",
    says: 'gives this user no right to do so. Ask who looks after it for a grant ("haypile team grant").',
  },
  "40": { code: "HAYPILE_DB_BUSY", says: "was written by others at the same time. Try again." },
  "55P03": { code: "HAYPILE_DB_BUSY", says: "is being written by others. Try again." },
  "53100": {
    code: "HAYPILE_DISK_FULL",
    says: "has no space left on its disk. Nothing of this was written; what was before is there.",
  },
  "53200": { code: "HAYPILE_OUT_OF_MEMORY", says: "is out of memory." },
  "53300": {
    code: "HAYPILE_STORE_AWAY",
    says: `has no connection left for us (max_connections, or a limit of the user). ${again}`,
  },
  "57014": { code: "HAYPILE_STORE_AWAY", says: "did not do it in the time there was for it." },
  "57": { code: "HAYPILE_STORE_AWAY", says: `is starting or stopping. ${again}` },
  "58": { code: "HAYPILE_IO", says: "met an error of its disk or system." },
  XX: { code: "HAYPILE_DB_CORRUPT", says: "reports damaged data." },
};

/** Of the system: no connection could be made, or it broke. */
const network =
  /^(?:E(?:CONN|NOTFOUND|TIMEDOUT|HOST|NET|PIPE|AI_|ADDR|NOENT|ACCES)|EAI_|CERT_|ERR_TLS|ERR_SSL|DEPTH_|SELF_SIGNED|UNABLE_)/u;
const ofTls =
  /^(?:CERT_|ERR_TLS|ERR_SSL|DEPTH_|SELF_SIGNED|UNABLE_)|certificate|does not support SSL/u;

/** @param doing stands after "Could not": "read memories" */
export function linkError(
  name: string,
  failure: Failure,
  doing = "ask the team's store",
): HaypileError {
  const { code, message, isInDoubt, isLate } = failure;
  const told = toldOf(failure);
  const doubt = isInDoubt ? " It broke while this was written: it may be there or not." : "";
  const came = `${oneLine(message)}${code === undefined ? "" : ` (${code})`}`;
  return new HaypileError(
    told.code,
    `Could not ${doing}: ${name} ${told.says}${doubt} It said: ${came}`,
    {
      data: {
        store: name,
        sqlState: code,
        isInDoubt,
        isLate,
        ...(code === "25006" && { isReadOnly: true }),
      },
    },
  );
}

/** Codes of failures that this end meets by itself. */
export const ownFailures = {
  noFile: "HAYPILE_NO_FILE",
  tellsPassword: "HAYPILE_TELLS_PASSWORD",
  tooMuch: "HAYPILE_TOO_MUCH",
} as const;

const byOwnCode: Readonly<Record<string, Told>> = {
  [ownFailures.noFile]: {
    code: "HAYPILE_STORE_REFUSED",
    says: "was not asked, because a file that its address names cannot be used. Correct the file, or the address.",
  },
  [ownFailures.tellsPassword]: {
    code: "HAYPILE_STORE_REFUSED",
    says: "was not told the password, because nobody has proved who it is. Say sslmode=verify-full in the address (and sslrootcert=FILE where its certificate is signed by an authority of yours), or let the server ask by SCRAM (scram-sha-256 in pg_hba.conf, and the password set anew under password_encryption = scram-sha-256).",
  },
  [ownFailures.tooMuch]: {
    code: "HAYPILE_STORE_REFUSED",
    says: "sent more than any answer of a store has, so the connection was ended. Look at what answers at this address.",
  },
};

function toldOf({ code = "", message, isAway, isLate }: Failure): Told {
  const own = byOwnCode[code];
  if (own !== undefined) return own;
  if (ofTls.test(code) || ofTls.test(message)) {
    return {
      code: "HAYPILE_STORE_REFUSED",
      says: "could not be spoken to over TLS. Name who signed its certificate (sslrootcert=FILE in the URL), or see the sslmode there.",
    };
  }
  // The client itself says so, before it asks: a password is wanted, and there is none.
  if (/^SASL: .*client password must be/u.test(message)) {
    return {
      code: "HAYPILE_STORE_REFUSED",
      says: `wants a password, and none was found (${places}).`,
    };
  }
  if (/^SASL: /u.test(message)) return bySqlState["28"] as Told;
  for (let length = code.length; length >= 2; length -= 1) {
    const told = bySqlState[code.slice(0, length)];
    if (told !== undefined && (code.length === 5 || network.test(code) === false)) return told;
  }
  if (isLate) {
    return { code: "HAYPILE_STORE_AWAY", says: `did not answer in time. ${again}` };
  }
  if (isAway || network.test(code)) {
    return { code: "HAYPILE_STORE_AWAY", says: `cannot be reached. ${again}` };
  }
  return { code: "HAYPILE_INTERNAL", says: "refused a statement of ours." };
}

function oneLine(text: string): string {
  return text.replace(/\s+/gu, " ").trim().slice(0, 300);
}
