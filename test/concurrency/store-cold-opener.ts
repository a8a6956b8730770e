/** Child of sqlite-store.test.ts: opens a store that may not be there yet and adds one file. */
import { openSqliteStore } from "../../src/storage/sqlite/store.ts";
import { file } from "../helpers/store-files.ts";

const [path = "", name = ""] = process.argv.slice(2);
const store = openSqliteStore({ path });
store.vectors.claimModel({ id: "four", dimensions: 4 });
store.files.put([file(name, [`text of ${name}`, "the same in all"])]);
store.close();
