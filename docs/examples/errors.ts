import { errorCatalogue, HaypileError, open } from "haypile";

try {
  await open({ folder: "no such folder" });
} catch (error) {
  if (!HaypileError.isInstance(error)) throw error; // also of another copy of the package
  console.log(error.code, error.message, error.data, error.exitCode, errorCatalogue[error.code].says);
}
