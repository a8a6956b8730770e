/* agent-memory: every setting, variable and command of it, with what is here in its place. */
import { type ForeignSystem, rowsOf } from "./foreign-row.ts";

const setting = rowsOf("setting");
const variable = rowsOf("variable");
const command = rowsOf("command");
const output = rowsOf("output");

const level = {
  says: "error, warn, info or debug",
  values: { trace: "debug" },
} as const;
const noModel = "No language model writes summaries here, and nothing leaves this machine.";
const duplicates =
  "A text that says the same is found when it is stored: linked, merged or kept apart, as you say.";
const salience =
  "Importance is said with a memory, and part of its score beside age; what is pinned stays.";
const lifecycle =
  "Vectors and words go with their memory, when it expires, is forgotten or makes room; none is pruned while it is kept.";
const topics =
  "Memories are found by meaning, tags and namespaces; no clusters are worked out beside them.";
const segments =
  "A memory is what somebody asked to keep, not a stretch of a conversation: nothing is cut by time or length.";

export const agentMemory: ForeignSystem = {
  id: "agent-memory",
  name: "agent-memory",
  says: "a daemon for memories of agents, over RocksDB, with a guide to tune its storage",
  rows: [
    setting.knob("write_buffer_size_mb"),
    setting.knob("max_background_jobs"),
    setting.knob("max_write_buffer_number"),
    setting.knob("target_file_size_base_mb"),
    setting.knob("level_compaction_dynamic_level_bytes"),
    setting.knob("max_bytes_for_level_base_mb"),
    setting.knob("path"),
    setting.knob("block_cache_size_mb"),
    setting.knob("cache_index_and_filter_blocks"),
    setting.knob("bloom_filter_bits_per_key"),
    setting.knob("whole_key_filtering"),
    setting.knob("compression"),
    setting.knob("bottommost_compression"),
    setting.knob("wal_dir"),
    setting.knob("wal_size_limit_mb"),
    setting.knob("wal_ttl_seconds"),
    setting.works(
      "[storage.advanced]",
      "Its keys are read as those of [storage].",
      "storage.profile",
      "haypile config set",
    ),
    setting.works(
      "profiles Balanced, Low Memory, High Performance",
      "The same three.",
      "storage.profile",
    ),
    setting.works(
      "SSD, HDD and Raspberry Pi settings",
      "Found out by itself, or said.",
      "storage.disk",
    ),
    setting.works(
      ["db_path", "search_index_path", "vector_index_path"],
      "Where data lies is not said in a file; words and vectors are in the same file as the rows.",
      "HAYPILE_DATA_DIR",
      "haypile remember --db",
    ),
    setting.takes("grpc_port", "http.port", { says: "HTTP takes the place of gRPC" }),
    setting.takes("grpc_host", "http.host", { says: "HTTP takes the place of gRPC" }),
    setting.takes("log_level", "log.level", level),
    setting.works(
      ["multi_agent_mode", "agent_id"],
      "One store with namespaces, one a project unless you say another.",
      "haypile remember --namespace",
      "haypile memories adopt",
    ),
    setting.refuses(
      ["summarizer.provider", "summarizer.model", "summarizer.api_key", "summarizer.api_base_url"],
      noModel,
      "haypile memories merge",
    ),
    setting.works(
      ["novelty.enabled", "novelty.threshold", "novelty.timeout_ms", "novelty.min_text_length"],
      duplicates,
      "haypile remember --on-duplicate",
      "haypile memories duplicates",
    ),
    setting.works(
      [
        "teleport.ranking.salience.enabled",
        "teleport.ranking.salience.length_density_weight",
        "teleport.ranking.salience.kind_boost",
        "teleport.ranking.salience.pinned_boost",
      ],
      salience,
      "haypile remember --importance",
      "haypile remember --pin",
      "haypile recall --why",
    ),
    setting.works(
      [
        "teleport.ranking.usage_decay.enabled",
        "teleport.ranking.usage_decay.decay_factor",
        "teleport.ranking.usage_decay.flush_interval_secs",
        "teleport.ranking.usage_decay.prefetch_interval_secs",
        "teleport.ranking.usage_decay.cache_size",
      ],
      "The score of a memory falls with its age by its kind, and its part is shown.",
      "haypile recall --why",
      "cache.total",
    ),
    setting.works(
      ["vector", "bm25"].flatMap((index) => [
        `teleport.${index}.lifecycle.enabled`,
        `teleport.${index}.lifecycle.segment_retention_days`,
        `teleport.${index}.lifecycle.grip_retention_days`,
        `teleport.${index}.lifecycle.day_retention_days`,
        `teleport.${index}.lifecycle.week_retention_days`,
        `teleport.${index}.maintenance.prune_schedule`,
        `teleport.${index}.maintenance.optimize_after_prune`,
      ]),
      lifecycle,
      "memories.quota",
      "haypile remember --expires",
      "haypile memories collect",
    ),
    setting.works(
      "teleport.vector.maintenance.prune_batch_size",
      lifecycle,
      "haypile memories collect",
    ),
    setting.refuses(
      [
        "topics.enabled",
        "topics.extraction.min_cluster_size",
        "topics.extraction.similarity_threshold",
        "topics.extraction.schedule",
        "topics.extraction.batch_size",
        "topics.labeling.use_llm",
        "topics.labeling.fallback_to_keywords",
        "topics.labeling.max_label_length",
        "topics.labeling.top_keywords",
        "topics.importance.half_life_days",
        "topics.importance.recency_boost",
        "topics.relationships.similar_threshold",
        "topics.relationships.max_hierarchy_depth",
        "topics.relationships.enable_hierarchy",
        "topics.lifecycle.prune_after_days",
        "topics.lifecycle.prune_schedule",
        "topics.lifecycle.auto_resurrect",
      ],
      topics,
      "haypile recall --tag",
      "haypile recall --namespace",
    ),
    setting.refuses(
      [
        "toc.segmentation.time_threshold_ms",
        "toc.segmentation.token_threshold",
        "toc.segmentation.overlap_time_ms",
        "toc.segmentation.overlap_tokens",
        "toc.segmentation.max_tool_result_chars",
        "toc.min_events_per_segment",
      ],
      segments,
      "haypile remember",
      "haypile memories list",
    ),
    setting.refuses(
      ["scheduler.default_timezone", "scheduler.shutdown_timeout_secs"],
      "Upkeep is done when nobody waits, not by the clock, and ends with the daemon.",
      "haypile memories collect",
      "haypile stop",
    ),
    variable.works(
      "MEMORY_DB_PATH",
      "All memories are in one file of the data folder, or in the one you name.",
      "HAYPILE_DATA_DIR",
      "haypile remember --db",
    ),
    variable.takes(["MEMORY_PORT", "MEMORY_GRPC_PORT"], "http.port", {
      says: "HTTP takes the place of gRPC",
    }),
    variable.takes("MEMORY_LOG_LEVEL", "log.level", level),
    variable.works(
      "MEMORY_CONFIG",
      "A file per user and per project.",
      "HAYPILE_CONFIG_DIR",
      "haypile config path",
    ),
    variable.refuses(
      ["MEMORY_SUMMARIZER_PROVIDER", "MEMORY_SUMMARIZER_MODEL"],
      noModel,
      "haypile memories merge",
    ),
    variable.works("MEMORY_NOVELTY_ENABLED", duplicates, "haypile remember --on-duplicate"),
    variable.works(
      [
        "MEMORY_TELEPORT_RANKING_ENABLED",
        "MEMORY_TELEPORT_RANKING_SALIENCE_ENABLED",
        "MEMORY_TELEPORT_RANKING_USAGE_DECAY_ENABLED",
        "MEMORY_TELEPORT_RANKING_NOVELTY_ENABLED",
      ],
      salience,
      "haypile recall --why",
    ),
    command.works("memory-daemon start", "Clients start it by themselves.", "haypile start"),
    command.works("memory-daemon stop", "The same.", "haypile stop"),
    command.works("memory-daemon status", "The same.", "haypile status --daemon"),
    command.works(
      ["query root", "query node", "query browse", "query events", "query expand"],
      "By time, page by page, and with what stood beside.",
      "haypile memories list",
      "haypile recall --since",
      "haypile recall --neighbours",
    ),
    command.works("add", "The same.", "haypile remember"),
    command.works("search", "The same.", "haypile recall"),
    command.works("recall", "The same.", "haypile recall"),
    command.works(
      "admin stats",
      "Times of writes, logs of databases, what waits, memory.",
      "haypile stats",
      "haypile memories stats",
    ),
    command.works(
      "admin stats | grep write_latency",
      "By kind, with percentiles.",
      "haypile stats",
    ),
    command.works(
      "admin stats | grep flush_rate",
      "How often the log was moved into the database.",
      "haypile stats",
    ),
    command.works(
      ["admin stats | grep compaction", "admin stats | grep pending_compaction"],
      "What waits to be merged, and the size of each log.",
      "haypile stats",
    ),
    command.works("admin stats | grep memory", "By owner.", "haypile status --memory"),
    command.works("admin compact", "Of an index.", "haypile compact"),
    command.refuses("admin rebuild-toc", segments, "haypile memories list"),
    command.works(
      ["scheduler status", "scheduler pause"],
      "What is done by itself is shown with what waits.",
      "haypile stats",
    ),
    output.works(
      "Write stall detected",
      "How long writes took and waited, with the slowest kind.",
      "haypile stats",
      "alerts.write-p95",
    ),
  ],
};
