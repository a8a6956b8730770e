/* CodeSage: every variable and call of it, with what is here in its place. */
import { type ForeignSystem, rowsOf } from "./foreign-row.ts";

const variable = rowsOf("variable");
const call = rowsOf("call");

const isOn = { true: true, false: false, "1": true, "0": false } as const;

export const codesage: ForeignSystem = {
  id: "codesage",
  name: "CodeSage",
  says: "an MCP server that minds its memory, over FAISS, in Python",
  rows: [
    variable.takes(["CODESAGE_MEMORY_LIMIT", "CODESAGE_MAX_MEMORY_MB"], "memory.max", {
      says: "one limit of all processes together",
    }),
    variable.works(
      "CODESAGE_ENABLE_MEMORY_MONITORING",
      "Memory is looked at all the time under a limit, and what was done is noted.",
      "log.activity",
      "haypile analyze",
    ),
    variable.takes("CODESAGE_MEMORY_CHECK_INTERVAL", "memory.check-interval", {
      says: "how often memory is looked at",
      unit: "s",
    }),
    variable.takes(["CODESAGE_MEMORY_THRESHOLD_HIGH"], "memory.critical", {
      says: "where all steps are taken",
      unit: "share",
    }),
    variable.takes(["CODESAGE_MEMORY_THRESHOLD_LOW"], "memory.warning", {
      says: "where the first steps are taken",
      unit: "share",
    }),
    variable.takes("CODESAGE_MEMORY_TARGET_PERCENT", "memory.target", {
      says: "where steps are taken back",
      unit: "%",
    }),
    variable.takes("CODESAGE_AGGRESSIVE_MEMORY_CLEANUP", "memory.cleanup", {
      says: "how soon is cleaned up",
      values: { true: "aggressive", false: "gentle", "1": "aggressive", "0": "gentle" },
    }),
    variable.works(
      ["CODESAGE_ADAPTIVE_MEMORY_ENABLED", "CODESAGE_ADAPTIVE_ADJUSTMENT_INTERVAL"],
      "Batches, caches and models always follow the memory that is left under a limit.",
      "memory.max",
    ),
    variable.takes("CODESAGE_MODEL_CACHE_TTL_MINUTES", "model.idle", {
      says: "a model that nothing used for so long is freed",
      unit: "min",
    }),
    variable.takes("CODESAGE_ENABLE_MODEL_QUANTIZATION", "model.quantisation", {
      says: "the number format that is wanted",
      values: { true: "int8", false: "fp32", "1": "int8", "0": "fp32" },
    }),
    variable.works(
      "CODESAGE_ENABLE_MEMORY_MAPPED_INDEXES",
      "Weights are mapped and shared by processes always; the index file is where a size is said, and never in the daemon: it was not faster (docs/decisions/0208).",
      "storage.mmap",
    ),
    variable.works(
      ["CODESAGE_EMBEDDING_CACHE_SIZE", "CODESAGE_SEARCH_CACHE_SIZE", "CODESAGE_CACHE_POOL_SIZE"],
      "Caches share one budget in bytes, of which each keeps a tenth whatever the others hold: numbers of entries say nothing of memory.",
      "cache.total",
    ),
    variable.takes("CODESAGE_INDEX_POOL_SIZE", "index.open", {
      says: "indexes that the daemon holds open",
    }),
    variable.refuses(
      "CODESAGE_FILE_CACHE_SIZE",
      "Texts of files are not kept: over unchanged files a search reads none, and the system has what was read lately.",
      "cache.total",
    ),
    variable.refuses(
      "CODESAGE_EMBEDDING_POOL_SIZE",
      "Memory set aside beforehand would be taken from what works now: a run's memory is planned for its limit and freed behind it.",
      "memory.max",
      "embed.workers",
    ),
    variable.refuses(
      ["CODESAGE_SIMILARITY_THRESHOLD", "CODESAGE_SEARCH_CACHE_SIMILARITY_THRESHOLD"],
      "A cached ranking answers a question of the same words in the same order and a near vector; less would answer another question.",
      "haypile search --no-cache",
    ),
    variable.works(
      "CODESAGE_SEARCH_CACHE_ENABLED",
      "One budget for all caches of results; 0 turns them off.",
      "cache.total",
      "haypile search --no-cache",
    ),
    variable.takes("CODESAGE_CACHE_PERSISTENCE_ENABLED", "cache.vectors", {
      says: "vectors of code outlive the process and the index",
      values: isOn,
    }),
    variable.takes(["CODESAGE_CACHE_WARMING_ENABLED", "CODESAGE_PREFETCH_ENABLED"], "cache.warm", {
      says: "what was asked most is asked again before anybody waits for it",
      values: isOn,
    }),
    variable.works(
      "CODESAGE_MAX_PREFETCH_FILES",
      "At most 64 questions are asked again, and only while the caches are less than three quarters full.",
      "cache.warm",
    ),
    variable.works(
      "CODESAGE_ADAPTIVE_CACHE_ENABLED",
      "What stays in the caches follows what is asked, always, and memory as well. Nothing needs to be set.",
      "cache.total",
    ),
    variable.refuses(
      "CODESAGE_CACHE_COMPRESSION",
      "Vectors hardly become smaller by lz4 or any other codec, and would be unpacked by every search that finds them.",
      "cache.total",
      "storage.compression",
    ),
    variable.takes("CODESAGE_MAX_FILE_SIZE_MB", "index.max-file-size"),
    variable.takes("CODESAGE_PARALLEL_WORKERS", "embed.workers"),
    variable.works(
      ["CODESAGE_BATCH_SIZE", "CODESAGE_SEARCH_BATCH_SIZE"],
      "A run is bounded in tokens here: texts times their tokens.",
      "embed.tokens-per-run",
    ),
    variable.works(
      "CODESAGE_INDEX_COMPRESSION",
      "Texts are packed by an option, vectors by a command that measures what it loses first.",
      "storage.compression",
      "haypile compact --target",
    ),
    variable.works(
      ["CODESAGE_INDEX_COMPRESSION_TYPE", "CODESAGE_TARGET_MEMORY_MB"],
      "The command takes the least lossy way to a size, or the ways you name.",
      "haypile compact --target",
      "haypile compact --vectors",
    ),
    variable.refuses(
      ["CODESAGE_INDEX_TYPE", "CODESAGE_FAISS_NLIST_AUTO"],
      "There are no inverted lists (IVF) to choose: a large index is scanned by one bit a value, and the best are compared exactly, which loses less and needs no training.",
      "storage.bits-from",
      "storage.bits-budget",
    ),
    variable.refuses(
      "CODESAGE_COMPRESSION_LEVEL",
      "Texts are packed once and read often, so the level is a high one, beyond which they hardly become smaller; and no codec is chosen by itself, since the one that packs best is no slower to read.",
      "storage.compression",
    ),
    variable.works(
      ["CODESAGE_NUMA_AWARE", "CODESAGE_NUMA_NODE"],
      "Threads of the model are bound to the node you name.",
      "haypile index --numa-node",
    ),
    variable.works(
      "CODESAGE_THREAD_AFFINITY",
      "Each thread of the model gets a CPU of its own.",
      "haypile index --pin",
    ),
    variable.refuses(
      [
        "GROQ_API_KEY",
        "OPENROUTER_API_KEY",
        "GOOGLE_API_KEY",
        "COHERE_API_KEY",
        "CODESAGE_DEFAULT_LLM_MODEL",
        "CODESAGE_SUMMARIZATION_MODEL",
        "CODESAGE_MAX_TOKENS",
        "CODESAGE_TEMPERATURE",
        "CODESAGE_TOP_P",
        "CODESAGE_LLM_TIMEOUT",
        "CODESAGE_LLM_MAX_RETRIES",
        "CODESAGE_LLM_RETRY_DELAY",
        "CODESAGE_LLM_RESPONSE_FORMAT",
        "CODESAGE_LLM_STRIP_WHITESPACE",
      ],
      "No language model is asked, and nothing leaves this machine. Remove it, unless another program reads it.",
    ),
    variable.takes("CODESAGE_EMBEDDING_MODEL", "model.name"),
    variable.works(
      ["CODESAGE_INDEX_DIR", "CODESAGE_INDEX_FILE", "CODESAGE_FAISS_INDEX_FILE"],
      "One file a folder, none of them in your projects.",
      "HAYPILE_DATA_DIR",
      "haypile index --db",
    ),
    variable.works(
      [
        "CODESAGE_INCREMENTAL_INDEXING_ENABLED",
        "CODESAGE_DEPENDENCY_TRACKING_ENABLED",
        "CODESAGE_DEPENDENCY_INVALIDATION_DEPTH",
      ],
      "Only what changed is read again, and uses are looked up when they are asked for. Nothing needs to be set.",
      "haypile index",
    ),
    variable.works(
      ["CODESAGE_RESPECT_GITIGNORE", "CODESAGE_INCLUDE_PATTERNS", "CODESAGE_EXCLUDE_PATTERNS"],
      "What git ignores is left out, and what a file of your own names.",
      "haypile left-out",
    ),
    variable.refuses(
      ["CODESAGE_CHUNK_SIZE", "CODESAGE_CHUNK_OVERLAP", "CODESAGE_MAX_CHUNKS_PER_FILE"],
      "Definitions are cut where their syntax allows it, and to what the model reads at once. Nothing needs to be set.",
    ),
    variable.takes("CODESAGE_DEFAULT_TOP_K", "search.limit"),
    variable.works("CODESAGE_MAX_TOP_K", "Up to a thousand hits.", "haypile search --limit"),
    variable.works(
      ["CODESAGE_SEMANTIC_SEARCH_ENABLED", "CODESAGE_TEXT_SEARCH_ENABLED"],
      "Words, meaning and names always search together; without vectors, words and names.",
      "index.fill-in",
    ),
    variable.works(
      [
        "CODESAGE_SEMANTIC_SIMILARITY_THRESHOLD",
        "CODESAGE_TEXT_SIMILARITY_THRESHOLD",
        "CODESAGE_HYBRID_SEARCH_WEIGHT",
      ],
      "Evidence is added up on one scale from 0 to 1, with a floor.",
      "haypile search --min-score",
    ),
    variable.takes("CODESAGE_SEARCH_TIMEOUT", "search.deadline", {
      says: "time for the whole answer",
      unit: "s",
    }),
    variable.takes("CODESAGE_LOG_LEVEL", "log.level", {
      says: "what is written to stderr",
      values: { warning: "warn", critical: "error", error: "error", info: "info", debug: "debug" },
    }),
    variable.works(
      [
        "CODESAGE_LOG_FORMAT",
        "CODESAGE_LOG_FILE",
        "CODESAGE_LOG_MAX_SIZE",
        "CODESAGE_LOG_BACKUP_COUNT",
      ],
      "Commands write to stderr, the daemon into one file of its own.",
      "haypile logs",
    ),
    variable.works(
      [
        "CODESAGE_PERFORMANCE_LOGGING_ENABLED",
        "CODESAGE_PERFORMANCE_MONITORING_ENABLED",
        "CODESAGE_SLOW_QUERY_THRESHOLD",
      ],
      "The time of each question is kept by stage, and counts and times of the work are noted.",
      "log.activity",
      "haypile analyze",
      "haypile search --times",
    ),
    variable.works(
      [
        "CODESAGE_HEALTH_CHECK_ENABLED",
        "CODESAGE_HEALTH_CHECK_INTERVAL",
        "CODESAGE_METRICS_PORT",
        "CODESAGE_METRICS_COLLECTION_INTERVAL",
      ],
      "Health and metrics are served at the one port, and worked out when they are asked for.",
      "http.port",
      "haypile stats",
    ),
    variable.works(
      ["CODESAGE_API_KEY_REQUIRED", "CODESAGE_API_KEY", "CODESAGE_ALLOWED_ORIGINS"],
      "HTTP clients show the token of the data folder; pages of other origins are turned away.",
      "http.token",
    ),
    variable.works(
      ["CODESAGE_ENCRYPT_SENSITIVE_DATA", "CODESAGE_MASK_API_KEYS_IN_LOGS"],
      "Secrets are refused before they are kept, files are readable by their owner alone, and no text is logged. Nothing needs to be set.",
    ),
    call.works(
      "get_memory_stats()",
      "What each owner has, what the limit is, and how much is unaccounted for.",
      "engine.footprint()",
      "haypile status --memory",
    ),
    call.works(
      "_calculate_memory_efficiency_score()",
      "The same, with its formula.",
      "haypile status --memory",
    ),
    call.works(
      ["analyze_memory_patterns()", "analyze_cache_efficiency()"],
      "What was done lately, and the cheapest improvement.",
      "haypile analyze",
    ),
    call.works("adapt_cache_sizes()", "By itself, always.", "cache.total"),
    call.works("compress_index(target_memory_mb)", "The same.", "haypile compact --target"),
    call.works("load_faiss_index(memory_mapped=True)", "Where a size is said.", "storage.mmap"),
    call.works(
      "checking at 80 % each day",
      "The daemon tells of it, by a program or an address of yours.",
      "alerts.rss",
      "alerts.command",
    ),
    call.works(
      "validate_config(), check_config_health()",
      "Every option is checked when it is read; unknown ones are errors.",
      "haypile config list",
    ),
  ],
};
