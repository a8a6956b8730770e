/** Child of sqlite-store.test.ts: opens a store that may not be there yet and adds one file. */
import { openSqliteStore } from "../../src/storage/sqlite/store.ts";
import { file } from "../helpers/store-files.ts";

const [path = "", name = ""] = process.argv.slice(2);
const store = openSqliteStore({ path });
store.claimModel({ id: "four", dimensions: 4 });
store.putFiles([file(name, [`text of ${name}`, "the same in all"])]);
store.close();
