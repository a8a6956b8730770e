/* 42Context: every setting, variable, command and call of it, with what is here in its place. */
import { type ForeignSystem, rowsOf } from "./foreign-row.ts";

const setting = rowsOf("setting");
const variable = rowsOf("variable");
const command = rowsOf("command");
const call = rowsOf("call");

const level = {
  says: "error, warn, info or debug",
  values: { trace: "debug", warning: "warn" },
} as const;

export const context42: ForeignSystem = {
  id: "42context",
  name: "42Context",
  says: "code search with a memory manager, over ChromaDB",
  rows: [
    variable.takes("MEMORY_PROFILE", "host.profile", {
      says: "the same three names, and balanced",
    }),
    variable.takes("MEMORY_MAX_HEAP_SIZE", "memory.heap", {
      says: "most of JavaScript's heap",
      unit: "MB",
    }),
    variable.works(
      "MEMORY_BATCH_SIZE",
      "A run is bounded in tokens here, padding included: texts times their tokens, so that 16 texts of 40 tokens are 640.",
      "embed.tokens-per-run",
    ),
    variable.works(
      "NODE_OPTIONS=--expose-gc",
      "No flag is needed: the core's memory is freed by itself, and JavaScript's heap is kept small.",
      "memory.max",
    ),
    setting.takes(["memoryThresholds.maxMemory", "performance.memoryLimit"], "memory.max", {
      says: "of all processes together",
      unit: "MB",
    }),
    setting.takes(["thresholds.maxHeapSizeMB", "maxHeapSize"], "memory.heap", {
      says: "most of JavaScript's heap",
      unit: "MB",
    }),
    setting.takes("memoryThresholds.warning", "memory.warning", {
      says: "where the first steps are taken",
      unit: "share",
    }),
    setting.takes("thresholds.warningThresholdMB", "memory.warning", {
      says: "where the first steps are taken",
      unit: "MB",
    }),
    setting.takes("memoryThresholds.critical", "memory.critical", {
      says: "where all steps are taken, and work waits",
      unit: "share",
    }),
    setting.takes(
      [
        "thresholds.emergencyThresholdMB",
        "thresholds.gcThresholdMB",
        "thresholds.batchSizeReductionMB",
      ],
      "memory.critical",
      {
        says: "where all steps are taken, and work waits",
        unit: "MB",
      },
    ),
    setting.refuses(
      [
        "gcConfig.interval",
        "garbageCollection.enabled",
        "garbageCollection.intervalMs",
        "garbageCollection.emergencyGCIntervalMs",
        "garbageCollection.maxConsecutiveGCs",
        "timeouts.gcTimeoutMs",
      ],
      "Collecting by the clock took 1.7 % off the peak of an index run for 23 to 34 % more CPU time: models, caches and pages lie outside JavaScript's heap. Above the warning mark JavaScript's heap can be collected, too.",
      "memory.cleanup",
      "model.idle",
    ),
    setting.works(
      [
        "batchProcessing.initialBatchSize",
        "batchProcessing.minBatchSize",
        "batchProcessing.maxBatchSize",
        "batchProcessing.reductionFactor",
        "performance.batchProcessingSize",
        "embedding.batchSize",
      ],
      "Batches follow the memory that is left, under a limit; a run is bounded in tokens.",
      "embed.tokens-per-run",
      "memory.max",
    ),
    setting.refuses(
      [
        "delays.betweenEmbeddingsMs",
        "delays.betweenFilesMs",
        "delays.afterBatchMs",
        "delays.gcCompletionMs",
      ],
      "Work waits where memory is short, and only as long: a fixed pause would cost time when there is plenty.",
      "memory.max",
    ),
    setting.works(
      ["timeouts.memoryPressureReductionMs", "timeouts.batchTimeoutMs"],
      "A wait for memory is bounded by itself, and a search has a deadline.",
      "search.deadline",
    ),
    setting.takes(["embedding.modelName"], "model.name", {
      says: "a model by its name",
      values: { "xenova/all-minilm-l6-v2": "all-minilm-l6-v2" },
    }),
    variable.takes("DEV_CONTEXT_EMBEDDING_MODEL", "model.name", {
      says: "a model by its name",
      values: { "xenova/all-minilm-l6-v2": "all-minilm-l6-v2" },
    }),
    variable.works(
      "DEV_CONTEXT_EMBEDDING_BATCH_SIZE",
      "A run is bounded in tokens here: texts times their tokens.",
      "embed.tokens-per-run",
    ),
    setting.refuses(
      ["embedding.maxRetries", "embedding.retryDelay"],
      "Embedding asks no server, so there is nothing to try again. Nothing needs to be set.",
    ),
    setting.refuses(
      [
        "vectorStore.type",
        "vectorStore.collectionName",
        "vectorStore.host",
        "vectorStore.port",
        "vectorStore.authToken",
        "vectorStore.maxVectorsPerFile",
      ],
      "The store is a file of this machine: no server has to run beside it.",
      "HAYPILE_DATA_DIR",
      "haypile index --db",
    ),
    variable.refuses(
      [
        "DEV_CONTEXT_VECTOR_STORE_TYPE",
        "DEV_CONTEXT_VECTOR_STORE_HOST",
        "DEV_CONTEXT_VECTOR_STORE_PORT",
        "DEV_CONTEXT_VECTOR_STORE_AUTH_TOKEN",
        "CHROMA_HOST",
        "CHROMA_PORT",
        "CHROMA_SERVER_AUTH_CREDENTIALS",
      ],
      "The store is a file of this machine: no server has to run beside it.",
      "HAYPILE_DATA_DIR",
      "haypile index --db",
    ),
    setting.works(
      "vectorStore.embeddingDimension",
      "The model says how many dimensions its vectors have.",
      "model.name",
      "haypile migrate-model",
    ),
    setting.works(
      ["vectorStore.similarityThreshold", "semanticSearch.minSimilarity"],
      "A relevance from 0 to 1 for every question, with a floor where nothing is near enough.",
      "haypile search --min-score",
    ),
    setting.takes("semanticSearch.maxResults", "search.limit"),
    setting.works("semanticSearch.defaultLanguage", "Of one search.", "haypile search --lang"),
    setting.works(
      ["semanticSearch.enableCaching", "semanticSearch.cacheSize"],
      "Caches are bounded in bytes, not in entries; 0 turns them off.",
      "cache.total",
    ),
    setting.takes(
      ["fileWatcher.maxFileSize", "parser.maxFileSize", "security.maxFileSize"],
      "index.max-file-size",
    ),
    variable.takes("DEV_CONTEXT_MAX_FILE_SIZE", "index.max-file-size"),
    setting.works(
      ["fileWatcher.ignored", "security.allowedFileExtensions"],
      "What git ignores is left out, and what a file of your own names.",
      "haypile left-out",
    ),
    setting.works(
      [
        "fileWatcher.persistent",
        "fileWatcher.ignoreInitial",
        "fileWatcher.usePolling",
        "fileWatcher.interval",
        "fileWatcher.awaitWriteFinish.stabilityThreshold",
        "fileWatcher.awaitWriteFinish.pollInterval",
      ],
      "The system tells of changes, and a burst of them makes one run; where it cannot, folders are looked through by themselves.",
      "watch.auto",
    ),
    setting.refuses(
      ["parser.chunkSize", "parser.chunkOverlap"],
      "Definitions are cut where their syntax allows it, and to what the model reads at once. Nothing needs to be set.",
    ),
    setting.works(
      ["parser.supportedLanguages", "parser.extractDocumentation", "parser.extractDependencies"],
      "Every language that is known is read, with its comments and imports. Nothing needs to be set.",
    ),
    setting.takes("logging.level", "log.level", level),
    variable.takes("DEV_CONTEXT_LOG_LEVEL", "log.level", level),
    setting.works(
      [
        "logging.enableConsole",
        "logging.enableFile",
        "logging.logFile",
        "logging.maxFileSize",
        "logging.maxFiles",
      ],
      "Commands write to stderr, the daemon into one file of its own that is begun anew when it is large.",
      "haypile logs",
      "log.level",
    ),
    variable.works(
      "DEV_CONTEXT_LOG_FILE",
      "Commands write to stderr, the daemon into one file of its own.",
      "haypile logs",
    ),
    setting.takes("performance.maxConcurrentOperations", "embed.workers"),
    variable.takes("DEV_CONTEXT_MAX_CONCURRENT_OPERATIONS", "embed.workers"),
    setting.refuses(
      "performance.cpuLimit",
      "Threads are what is bounded; a share of the CPU is for the system to give.",
      "embed.workers",
      "embed.intra-op-threads",
      "host.profile",
    ),
    setting.takes("performance.enableResourceMonitoring", "log.activity"),
    variable.takes("DEV_CONTEXT_MEMORY_LIMIT", "memory.max", {
      says: "of all processes together",
      unit: "MB",
    }),
    setting.works(
      ["security.enableSandbox", "security.enableContentFiltering"],
      "Parsing runs in a process of its own, every path passes one gate, and secrets are refused. Nothing needs to be set.",
    ),
    setting.works(
      ["codeStorage.persistToDisk", "codeStorage.storagePath", "codeStorage.maxMemorySize"],
      "An index is always a file, and its pages in memory are bounded.",
      "storage.page-cache",
      "HAYPILE_DATA_DIR",
    ),
    setting.works(
      "projectPath",
      "A folder is named where it is used.",
      "haypile index",
      "haypile search --path",
    ),
    variable.works(
      "DEV_CONTEXT_PROJECT_PATH",
      "A folder is named where it is used.",
      "haypile index",
      "haypile search --path",
    ),
    command.works("search QUERY", "The same.", "haypile search"),
    command.works("search --language", "The same.", "haypile search --lang"),
    command.works("search --type", "Kinds of definitions.", "haypile search --kind"),
    command.works("search --file", "Folders, files, or patterns.", "haypile search --in"),
    command.works("search --top-k", "The same.", "haypile search --limit"),
    command.works("search --min-similarity", "The same.", "haypile search --min-score"),
    command.works(
      "--format json|table|plain|tree",
      "Lines for people, or JSON.",
      "haypile search --json",
    ),
    command.works(
      "analyze [FILE] --depth",
      "Definitions of a file, and what uses what.",
      "haypile outline",
      "haypile impact",
    ),
    command.works(
      "index [PATH] --recursive --force",
      "Always with what is below; what has not changed is not read again.",
      "haypile index",
      "haypile reset",
    ),
    command.works("index-xrefs", "Uses are found by every index run.", "haypile references"),
    command.works(
      "start --project-path",
      "One folder, or what is asked about.",
      "haypile watch",
      "watch.auto",
    ),
    command.works("stats, status", "Of the index.", "haypile status"),
    command.works(
      "status --memory",
      "The same, and again every so often.",
      "haypile status --memory",
      "haypile status --watch",
    ),
    command.works(
      "clear --vectors --cache --all",
      "The same.",
      "haypile reset",
      "haypile reset --all",
    ),
    command.works("config list", "With where each comes from.", "haypile config list"),
    command.works(
      "config set KEY VALUE",
      "The same; their keys are taken where ours means the same.",
      "haypile config set",
    ),
    command.works(
      "config reset",
      "One file of yours; without it all are defaults.",
      "haypile config path",
    ),
    command.works(
      "server --transport stdio|http --port",
      "Both at the same time.",
      "haypile mcp",
      "haypile start --http",
    ),
    command.works(
      "debug test-connection, debug parse",
      "Every part is run once.",
      "haypile doctor",
    ),
    command.works("completion SHELL", "The same.", "haypile completion"),
    command.works("--debug", "As much as you want.", "log.level"),
    command.works(
      "--config FILE",
      "A file per user and per project.",
      "HAYPILE_CONFIG_DIR",
      "haypile config path",
    ),
    call.works("code_search", "The same.", "MCP find_code"),
    call.works(
      "context_analysis",
      "Definitions, and the map of what matters.",
      "MCP outline",
      "MCP repo_map",
    ),
    call.works("find_related_code", "By meaning.", "MCP find_code"),
    call.works(
      [
        "trace_method_calls",
        "build_inheritance_tree",
        "analyze_dependencies",
        "find_implementations",
      ],
      "Uses, steps of calls, and types.",
      "MCP references",
      "haypile hierarchy",
      "haypile impact",
    ),
    call.refuses(
      "generate_documentation",
      "No language model writes texts here; the one of your client does, with what it reads.",
      "MCP read",
      "haypile map",
    ),
    call.works(
      "checkMemoryPressure()",
      "The level, the share of the limit, and what was done about it.",
      "engine.memoryPressure()",
      "engine.footprint()",
    ),
    call.works(
      "waitForMemoryPressureReduction(ms)",
      "Resolves when memory is calm, or the time is over. Every call waits for room by itself before it begins.",
      "engine.untilCalm()",
    ),
    call.works(
      "forceGarbageCollection(), tensor.dispose()",
      "What a run took is freed when it ends.",
      "model.idle",
    ),
    call.works(
      "refreshing the model against leaks",
      "A session does not grow: 1,500 runs of all lengths ended below where they began, and a new session took as much again. A model that nothing uses is freed and loaded anew.",
      "model.idle",
    ),
    call.works(
      "prediction of memory, planned there",
      "A whole job is foretold for this machine, and each step of it under a limit.",
      "haypile plan",
    ),
    call.works(
      "pooling of several models, planned there",
      "The daemon keeps as many as there is room for; those unused longest go first.",
      "model.pool",
    ),
    call.works(
      "GPU memory management, planned there",
      "For CUDA, where a library of your own is installed: most memory, and how its arena grows.",
      "embed.gpu-memory",
      "embed.gpu-arena",
    ),
    call.works(
      "distributed memory across a cluster, planned there",
      "Memories and indexes lie on a PostgreSQL server that machines share (docs/team.md), with its replicas, or on several by namespace; clients of other machines are served with rights of their own (docs/team-server.md).",
      "store.url",
      "haypile move",
      "haypile serve",
    ),
  ],
};
