/* Memento: every variable, command and call of it, with what is here in its place. */
import { type ForeignSystem, rowsOf } from "./foreign-row.ts";

const setting = rowsOf("setting");
const variable = rowsOf("variable");
const command = rowsOf("command");
const call = rowsOf("call");

export const memento: ForeignSystem = {
  id: "memento",
  name: "Memento",
  says: "a store of memories over SQLite, in Python",
  rows: [
    variable.works(
      "MEMORY_DB_PATH",
      "All memories are in one file of the data folder, or in the one you name.",
      "HAYPILE_DATA_DIR",
      "haypile remember --db",
    ),
    variable.works(
      "MEMENTO_RUST",
      "The model always runs in native code, with the instructions that the CPU has.",
      "model.engine",
      "model.isa",
    ),
    variable.works(
      "MEMORY_ECHO",
      "What was stored is printed by the command that stores it.",
      "haypile remember --json",
    ),
    setting.knob("db_path"),
    setting.works(
      "storage.backup_enabled",
      "A snapshot a day is made by itself when memories change.",
      "snapshots.keep",
      "haypile snapshot create",
    ),
    command.works("memento remember TEXT", "The same.", "haypile remember"),
    command.works(
      "remember --tags",
      "The same, once for each tag or with commas.",
      "haypile remember --tag",
    ),
    command.works("remember --importance", "The same, 0 to 1.", "haypile remember --importance"),
    command.works("memento recall QUERY", "The same.", "haypile recall"),
    command.works("recall --limit", "The same.", "haypile recall --limit"),
    command.works("--format json", "Of every command.", "haypile recall --json"),
    command.works(
      "memento delete ID",
      "It can be brought back for a week.",
      "haypile forget",
      "haypile memories undelete",
    ),
    command.works("memento stats", "The same.", "haypile memories stats"),
    command.works("memento dashboard", "A page of this machine.", "haypile open"),
    call.works(
      "remember(text, collection, importance, source, session_id, tags)",
      "A collection or session is a namespace here.",
      "Memories.remember()",
      "haypile remember --namespace",
    ),
    call.works(
      "recall(query, topk)",
      "The same; a filter never costs results.",
      "Memories.recall()",
      "haypile recall --limit",
    ),
    call.works("recall(collection)", "A namespace.", "haypile recall --namespace"),
    call.works(
      "filters: tags",
      "Any, all or none of them.",
      "haypile recall --tag",
      "haypile recall --all-tags",
      "haypile recall --not-tag",
    ),
    call.works("filters: source", "The same.", "haypile recall --source"),
    call.works("filters: session_id", "A namespace, or a tag.", "haypile recall --namespace"),
    call.works("filters: text_like", "Words that a memory has.", "haypile recall --text"),
    call.works(
      "filters: since, before",
      "Days and times, or how long ago.",
      "haypile recall --since",
      "haypile recall --until",
    ),
    call.refuses(
      "filters: min_importance",
      "Importance is part of the score, and no filter.",
      "haypile recall --min-score",
    ),
    call.works(
      "recall(timeout_ms)",
      "It answers by words where meaning takes longer.",
      "haypile recall --deadline-ms",
    ),
    call.works(
      "asking for three times as many, and filtering",
      "Not needed: filters are set before the search, and k results come back where there are k.",
      "haypile recall --limit",
    ),
    call.works(
      "batch_recall(queries)",
      "Ask them side by side: the queue of the model puts them into common runs.",
      "Memories.recall()",
    ),
    call.works("get_recent(n)", "What was written last comes first.", "haypile memories list"),
    call.works("delete(id)", "The same.", "Memories.forget()"),
    call.works("stats()", "The same.", "Memories.stats()"),
    call.works(
      "backup()",
      "A copy that is proved by restoring it.",
      "haypile snapshot create",
      "haypile snapshot verify",
    ),
    call.works(
      "export_json()",
      "One memory a line, in and out.",
      "haypile memories export",
      "haypile memories import",
    ),
    call.works("embed(text), embed(texts)", "One text or many, into one array.", "loadEmbedder()"),
    call.works(
      "embed(use_cache=False)",
      "One call passes the caches by, and leaves nothing in them.",
      "haypile search --no-cache",
      "haypile recall --no-cache",
    ),
    call.works(
      "get_cache_stats()",
      "Hits, misses and bytes of every cache.",
      "engine.footprint()",
      "haypile status --memory",
    ),
    call.works(
      "clear_cache()",
      "The caches of a process go with it; the one on disk is deleted with all indexes.",
      "cache.total",
      "haypile reset --all",
    ),
    call.works(
      "disk cache of vectors",
      "Of code, outside the index. Vectors of memories are in no file but their own.",
      "cache.vectors",
    ),
    call.works("unload_model()", "A model that nothing uses is freed by itself.", "model.idle"),
    call.works(
      "get_embedding_dimension(), get_max_tokens()",
      "Both stand on the embedder.",
      "loadEmbedder()",
    ),
  ],
};
