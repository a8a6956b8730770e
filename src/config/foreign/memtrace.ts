/* Memtrace: every variable and command of it, with what is here in its place. */
import { type ForeignSystem, rowsOf } from "./foreign-row.ts";

const variable = rowsOf("variable");
const command = rowsOf("command");
const call = rowsOf("call");
const output = rowsOf("output");

const onOff = { on: "on", off: "off", "1": "on", "0": "off", true: "on", false: "off" } as const;

export const memtrace: ForeignSystem = {
  id: "memtrace",
  name: "Memtrace",
  says: "an engine that tunes itself to the host, with a code graph over time",
  rows: [
    variable.takes("MEMTRACE_TIER", "host.tier", {
      says: "the same three tiers, by the same score",
    }),
    variable.takes("MEMTRACE_EMBED_INTRA_OP_THREADS", "embed.intra-op-threads"),
    variable.works(
      "MEMTRACE_EMBED_BATCH_SIZE",
      "A run is bounded in tokens here, padding included, since those decide its memory: texts times their tokens, so that 4 texts of 40 tokens are 160.",
      "embed.tokens-per-run",
    ),
    variable.refuses(
      "MEMTRACE_EMBED_WRITE_BATCH",
      "Vectors are written with the run that made them, in one transaction: there is no second batch.",
      "embed.tokens-per-run",
    ),
    variable.takes("MEMTRACE_EMBED_RSS_LIMIT_GB", "memory.max", {
      says: "kept for all processes together, by the working memory that the system reports",
    }),
    variable.works(
      "MEMTRACE_EMBED_PRESSURE",
      "Our own memory is held below a limit, step by step, and each step is named in the log; work waits, and no process ends itself.",
      "memory.max",
      "haypile status --memory",
    ),
    variable.takes("MEMTRACE_EMBED_QUANT", "model.quantisation"),
    variable.takes("MEMTRACE_EMBED_MODEL", "model.name", {
      says: "bge-small is bge-small-en-v1.5 and jina-code is jina-embeddings-v2-base-code here",
      values: { "bge-small": "bge-small-en-v1.5", "jina-code": "jina-embeddings-v2-base-code" },
    }),
    variable.works(
      "MEMTRACE_VECTOR_DIMS",
      "The model says how many dimensions its vectors have; an index of other vectors is refused with both models and dimensions, and can be moved over.",
      "model.name",
      "haypile migrate-model",
    ),
    variable.works(
      ["MEMTRACE_EMBED_BATCH_TIMEOUT_SECS", "MEMTRACE_EMBED_TIMEOUT_DEBUG"],
      "No run is cut off and begun again: a run is bounded in tokens, and a search has a deadline of its own. Texts are never logged.",
      "embed.tokens-per-run",
      "search.deadline",
    ),
    variable.takes("MEMTRACE_EMBED_MIN_LINES", "index.min-lines", {
      says: "definitions of fewer lines get no vector of their own; words and names stay",
    }),
    variable.takes("MEMTRACE_DISABLE_COREML", "embed.provider", {
      says: "the CPU is what runs models unless another provider is asked for",
      values: { "1": "cpu", true: "cpu", "0": "coreml", false: "coreml" },
    }),
    variable.takes("MEMTRACE_SKIP_EMBED", "index.fill-in", {
      says: "off: words, names and the graph only",
      values: { "1": "off", true: "off", "0": "background", false: "background" },
    }),
    variable.works(
      "MEMTRACE_SKIP_WATCHER_EMBED",
      "What is saved is found by words and names at once, and gets its vector behind that: one switch for both.",
      "index.fill-in",
    ),
    variable.takes("MEMTRACE_RERANK", "search.rerank", {
      says: "on or off",
      values: onOff,
    }),
    variable.refuses(
      [
        "MEMTRACE_RRF_K",
        "MEMTRACE_RRF_BM25_WEIGHT",
        "MEMTRACE_RRF_VECTOR_WEIGHT",
        "MEMTRACE_RRF_GRAPH_WEIGHT",
        "MEMTRACE_RRF_EXACT_WEIGHT",
        "MEMTRACE_FIELD_BOOST_BODY_STRINGS",
      ],
      "Evidence is added up on one scale from 0 to 1, not fused by ranks: weights of your own would make every score mean something else.",
      "haypile why",
      "haypile search --min-score",
    ),
    variable.refuses(
      [
        "MEMTRACE_LONGFN_CHUNK_THRESHOLD",
        "MEMTRACE_LONGFN_CHUNK_SIZE",
        "MEMTRACE_LONGFN_CHUNK_OVERLAP",
      ],
      "Definitions are cut where their syntax allows it, and to what the model reads at once; other cuts would make every known vector worthless. Nothing needs to be set.",
    ),
    variable.takes("MEMTRACE_UNIFIED_CACHE_MB", "cache.total", {
      says: "one budget of all caches, with the same rule of what goes; 0 turns them off",
    }),
    variable.takes("MEMTRACE_ORT_LOW_RSS", "embed.cpu-arena", {
      says: "without the arena freed memory goes back; that is the default here",
      values: { "1": false, true: false, "0": true, false: true },
    }),
    variable.works(
      "MEMTRACE_MAX_THREADS",
      "One process of its own parses, and gives its memory back; the threads to choose are those of the model.",
      "embed.workers",
      "embed.intra-op-threads",
    ),
    variable.refuses(
      ["MEMTRACE_RAM_TIER", "MEMTRACE_HOT_HORIZON_DAYS"],
      "The past is read from git when it is asked for, and none of it is kept in memory. Nothing needs to be set.",
      "haypile history",
    ),
    variable.works(
      ["MEMTRACE_TRANSPORT"],
      "Clients come by stdio and over HTTP at the same time, into one daemon.",
      "haypile mcp",
      "haypile start --http",
    ),
    variable.takes("MEMTRACE_PORT", "http.port"),
    variable.takes("MEMTRACE_UI_PORT", "page.port", { says: "3030 as well, where it is free" }),
    variable.takes("MEMTRACE_UI_HOST", "http.host"),
    variable.works(
      ["MEMTRACE_HEADLESS", "MEMTRACE_NO_UI", "MEMTRACE_NO_BROWSER"],
      "Starting never opens a browser; the page is opened when it is asked for.",
      "haypile start",
      "haypile open",
    ),
    variable.refuses(
      "MEMTRACE_WS_PORT",
      "The page hears of what happens over the port that serves it.",
      "page.port",
    ),
    variable.works(
      ["MEMTRACE_DATA_DIR", "MEMTRACE_MEMDB_DATA_DIR", "MEMTRACE_SESSION_LEDGER"],
      "Nothing of ours lies in your projects.",
      "HAYPILE_DATA_DIR",
      "haypile index --db",
    ),
    variable.works(
      "FASTEMBED_CACHE_DIR",
      "The default model comes as a package; others lie in the data folder.",
      "HAYPILE_DATA_DIR",
      "model.folder",
    ),
    variable.works(
      "MEMTRACE_DEFAULT_REPO",
      "A client says where it works, and so does a folder.",
      "haypile mcp --root",
      "haypile search --path",
    ),
    variable.refuses(
      [
        "MEMTRACE_MEMDB_MODE",
        "MEMTRACE_MEMDB_ENDPOINT",
        "MEMTRACE_MEMDB_LOOPBACK_PORT",
        "MEMTRACE_MEMDB_DB",
        "MEMTRACE_MEMDB_AUTH_TOKEN",
      ],
      "The store is a file of this machine that no server stands between.",
      "haypile index export",
      "haypile memories sync",
    ),
    variable.refuses(
      ["REDIS_URL", "VALKEY_URL"],
      "What happens is told by the daemon itself, as a stream over HTTP and as metrics; nothing is published elsewhere.",
      "haypile start --http",
    ),
    variable.works(
      ["MEMTRACE_TELEMETRY", "MEMTRACE_TELEMETRY_DISABLED", "MEMTRACE_NO_REMOTE_RECEIPT"],
      "There is no telemetry. Nothing needs to be set.",
    ),
    variable.works(
      "MEMTRACE_LICENSE_KEY",
      "There is no licence to check. Nothing needs to be set.",
    ),
    variable.takes(["MEMTRACE_GIT_REF_WATCH"], "watch.auto", {
      says: "commits and switched branches are noticed by the same watching as files",
      values: { on: true, off: false, "1": true, "0": false },
    }),
    variable.works(
      ["MEMTRACE_GIT_REF_WATCH_DEBOUNCE_MS"],
      "How long is waited goes by the changes themselves, so that a burst makes one run. Nothing needs to be set.",
      "watch.auto",
    ),
    variable.works(
      "MEMTRACE_NO_WATCH_RESTORE",
      "A project is watched when it is asked about, and no longer after a while: there is no list to bring back.",
      "watch.auto",
      "watch.idle",
    ),
    variable.refuses(
      [
        "MEMTRACE_PRECOMMIT",
        "MEMTRACE_PRECOMMIT_MODE",
        "MEMTRACE_PRECOMMIT_TIMEOUT_MS",
        "MEMTRACE_PRECOMMIT_MAX_RSS_MB",
        "MEMTRACE_PRECOMMIT_MAX_DIFF_BYTES",
        "MEMTRACE_PRECOMMIT_MAX_SYMBOLS",
        "MEMTRACE_PREPUSH",
      ],
      "No hook of git is installed: what a change touches is asked for by name, also in a hook of your own.",
      "haypile impact",
    ),
    variable.works(
      ["MEMTRACE_HOOK_MODE", "MEMTRACE_HOOK_DEBOUNCE_SECS", "MEMTRACE_HEALTH_URL"],
      "Hooks of clients are there only when they were asked for.",
      "haypile install --hooks",
      "haypile uninstall",
    ),
    variable.works(
      ["MEMTRACE_PURGE_DATA", "MEMTRACE_UNINSTALL_PURGE_DATA", "MEMTRACE_INSTALL_PARENT"],
      "Removing the package removes no data.",
      "haypile reset --all",
    ),
    variable.works(
      "MEMTRACE_NO_REPLAY",
      "Indexing replays no history: it is read from git when it is asked for.",
      "haypile history",
    ),
    variable.works(
      ["MEMTRACE_OWNER_ATTACH", "MEMTRACE_START_PHASE2"],
      "One daemon serves all, a command can do its work alone, and vectors fill in behind.",
      "haypile search --here",
      "index.fill-in",
    ),
    variable.works(
      "MEMTRACE_LOGS_DIR",
      "The log lies in the data folder, and is shown by a command.",
      "haypile logs",
    ),
    command.works("memtrace index PATH", "The same.", "haypile index"),
    command.works(
      ["--clear", "--fresh", "memtrace reset"],
      "Vectors stay in the cache, so that a new index is quick.",
      "haypile reset",
    ),
    command.works(
      "memtrace start",
      "One daemon for all projects; clients start it by themselves.",
      "haypile start",
    ),
    command.works("memtrace stop", "What clients have asked is answered first.", "haypile stop"),
    command.works(
      "memtrace status",
      "Of the index, of memory, or of the daemon.",
      "haypile status",
      "haypile stats",
    ),
    command.works(
      ["memtrace doctor", "--fix", "--repair-install"],
      "It looks at every part and every index, and says what to do.",
      "haypile doctor",
      "haypile install",
    ),
    command.works("memtrace mcp", "A small bridge into the one daemon.", "haypile mcp"),
    command.works(
      "memtrace install",
      "Tells clients of Haypile; npm brings new versions.",
      "haypile install",
    ),
    command.works(
      "memtrace warmup",
      "A model of packed weights compiles nothing, and what was asked most can be asked before anybody waits.",
      "cache.warm",
    ),
    command.works(
      ["memtrace embed list", "memtrace embed status", "memtrace embed set", "memtrace embed test"],
      "Models of this machine; one is tried by the doctor.",
      "haypile models list",
      "haypile config set",
      "haypile doctor",
    ),
    command.refuses(
      "memtrace embed set --remote",
      "Texts never leave this machine.",
      "model.folder",
      "haypile models add",
    ),
    command.works(
      "memtrace insight-card",
      "The files and definitions that matter most.",
      "haypile map",
    ),
    command.refuses(
      [
        "memtrace govern",
        "memtrace code-review",
        "memtrace pr",
        "memtrace install-hooks",
        "memtrace uninstall-hooks",
        "memtrace pre-commit",
        "memtrace install-rtk",
      ],
      "No reviews are written and nothing is sent to a host of code.",
      "haypile impact",
      "haypile diff",
      "haypile remember --anchor",
    ),
    command.works(
      ["--workspace", "--no-workspace"],
      "Several folders are searched together under a name of yours.",
      "haypile collections",
      "haypile search --across",
    ),
    command.works("--headless", "No browser is opened.", "haypile start"),
    command.works("memtrace version", "The same.", "haypile --version"),
    call.works("find_symbol", "The same, also misspelt.", "MCP find_symbol", "haypile symbol"),
    call.works(
      "find_code",
      "Words, meaning and names together.",
      "MCP find_code",
      "haypile search",
    ),
    call.works(
      "watch_directory",
      "What is asked about is watched by itself.",
      "watch.auto",
      "haypile watch",
    ),
    output.works(
      "Host profile: … score=5 tier=standard",
      "The banner of a run, and what the settings are.",
      "haypile index",
      "haypile config list",
    ),
    output.works(
      "embed: RSS sample batch_idx=… rss_mb=… limit_mb=…",
      "The same line is in the daemon's log.",
      "haypile logs",
      "haypile status --memory --watch",
    ),
    output.works(
      "ort: global thread pool capped — intra_op=… inter_op=…",
      "The same line is in the daemon's log; packed weights run without ONNX Runtime, and it says so.",
      "haypile logs",
      "haypile status --memory",
      "embed.intra-op-threads",
    ),
    output.works(
      "Value Ledger panel on port 3030",
      "Where the time of each question went, by stage.",
      "haypile open",
      "haypile search --times",
    ),
  ],
};
