/* Where things are kept, and that they can be: long names, Unicode, what is not a place. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, isAbsolute, join } from "node:path";
import { makePrivateFolder, writePrivate } from "../../src/base/files/private-files.ts";
import { isInside } from "../../src/base/files/read-file.ts";
import { realPath, realPathOf, realPathSync } from "../../src/base/paths/real-path.ts";
import { install } from "../../src/cli/clients/install.ts";
import { clients } from "../../src/cli/clients/table.ts";
import { readEnvironment } from "../../src/config/environment/env.ts";
import { homeFolder } from "../../src/config/environment/home-folder.ts";
import { writeAtomically } from "../../src/config/file/write-file.ts";
import { secureOwnFolders } from "../../src/config/places/own-folders.ts";
import { noteProject, projectOf } from "../../src/config/places/projects.ts";
import { isOnNetwork } from "../../src/host/network-disk.ts";
import { windowsCalls } from "../../src/native/system.ts";
import { report, Skipped, scratch, writeFiles } from "./harness.ts";

const isWindows = process.platform === "win32";
const folder = realPathSync(scratch("places"));

await report({
  "the three folders are whole paths, below the user's own": () => {
    const { dataFolder, cacheFolder, configFolder } = readEnvironment();
    for (const one of [dataFolder, cacheFolder, configFolder]) {
      assert.ok(isAbsolute(one));
      assert.ok(isInside(homedir(), one), one);
    }
    return dataFolder;
  },
  "no home named, the system still knows one": () => {
    const home = homeFolder({});
    assert.ok(home !== undefined && isAbsolute(home));
    return home;
  },
  "a folder has one name, whatever it is called by": async () => {
    const one = join(folder, "Gro\u00df");
    mkdirSync(one);
    if (!existsSync(join(folder, "gro\u00df"))) {
      assert.equal(await realPathOf(one), realPathSync(one));
      return "names are told apart by case here";
    }
    for (const other of ["gro\u00df", "GRO\u00df"]) {
      assert.equal(basename(realPathSync(join(folder, other))), "Gro\u00df");
    }
    const lower = folder.slice(0, 1).toLowerCase() + folder.slice(1);
    assert.equal(realPathSync(lower), folder);
    assert.equal(realPath(join(lower, "not", "there")), join(folder, "not", "there"));
    return "names are one whatever their case";
  },
  "a private file is made, replaced whole, and read again below a path of more than 260 letters":
    () => {
      const deep = join(folder, ..."abcdefgh".split("").map((letter) => letter.repeat(40)));
      assert.ok(deep.length > 320);
      makePrivateFolder(deep);
      const path = join(deep, "settings \u00fc.json");
      writePrivate(path, "one", "wx");
      writeAtomically(path, "two");
      writeAtomically(path, "three", "theirs");
      assert.equal(readFileSync(path, "utf8"), "three");
      return `${path.length} letters`;
    },
  "nobody is told that a folder is too open where modes mean nothing": () => {
    const data = join(folder, "data");
    mkdirSync(data);
    const variables = { HAYPILE_DATA_DIR: data, HAYPILE_CACHE_DIR: data, HAYPILE_CONFIG_DIR: data };
    secureOwnFolders(readEnvironment({ ...process.env, ...variables }), windowsCalls);
    if (!isWindows) assert.equal(statSync(data).mode & 0o077, 0);
  },
  "what lies outside of the user's own folder is closed to others": () => {
    if (!isWindows) throw new Skipped("modes do that here");
    const calls = windowsCalls();
    if (calls === undefined) throw new Skipped("the addon is not here");
    if (existsSync("C:\\windows\\system32\\winecfg.exe"))
      throw new Skipped("wine keeps no lists, only modes");
    const open = join(folder, "open");
    mkdirSync(open);
    assert.equal(calls.closeToOthers(open), true);
    assert.deepEqual(calls.accessOf(open), { isOurs: true, isOpenToOthers: false });
  },
  "a project goes by one name from wherever it is looked at, and is known after a move": () => {
    const data = join(folder, "notes");
    const app = join(folder, "App one");
    writeFiles(app, { ".git/HEAD": "ref: refs/heads/main\n", ".git/logs/HEAD": "0 1 first\n" });
    const places = { dataFolder: data, variables: process.env };
    const { namespace } = projectOf(app, places);
    noteProject(app, places);
    assert.equal(projectOf(join(app, ".git"), places).namespace, namespace);
    if (existsSync(join(folder, "APP ONE"))) {
      assert.equal(projectOf(join(folder, "APP ONE"), places).namespace, namespace);
    }
    return namespace;
  },
  "clients are told of Haypile in their own files, and forget it again": () => {
    const home = join(folder, "home of J\u00f6rg");
    const at = {
      home,
      config: join(home, ".config"),
      appData: join(home, "AppData", "Roaming"),
      localAppData: join(home, "AppData", "Local"),
      platform: process.platform,
      variables: {},
    };
    const command = {
      command: process.execPath,
      args: [join(folder, "bin", "haypile.cjs"), "mcp"],
    };
    for (const client of clients) {
      const { outcome, file } = install(client, command, at);
      assert.equal(outcome, "added", client.name);
      assert.ok(isInside(home, file), file);
      assert.ok(readFileSync(file, "utf8").includes(JSON.stringify(command.command).slice(1, -1)));
      assert.equal(install(client, command, at).outcome, "unchanged");
      assert.equal(install(client, undefined, at).outcome, "removed");
    }
    return `${clients.length} clients`;
  },
  "a disk of this machine is none of the network": () => {
    const said = isOnNetwork(folder);
    assert.equal(said, process.platform === "darwin" ? undefined : false);
  },
});
