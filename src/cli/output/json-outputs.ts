/*
 * What --json prints, by command: always one object (commands that go on print one a line). docs/json.md is made of
 * these types, and a test compares what commands really print with them. A field that is `undefined` is left out.
 */
import type { TrustedKey } from "../../config/file/trusted-keys.ts";
import type { ForeignVariable } from "../../config/foreign/foreign-variables.ts";
import type { OptionValue } from "../../config/options/option-row.ts";
import type { OptionName } from "../../config/options/options.ts";
import type { Project } from "../../config/places/projects.ts";
import type { AddedToken, ServeClient, ServedAt } from "../../daemon/serve/clients.ts";
import type { ActivityReport } from "../../engine/activity/report.ts";
import type { HostBench } from "../../engine/host-bench/host-bench.ts";
import type { CompactPlan, UndoneCompaction } from "../../engine/index/compact.ts";
import type { MoveResult } from "../../engine/memories/move/move.ts";
import type { RescueReport } from "../../engine/memories/rescue-memories.ts";
import type { ListedModel, VerifiedModel } from "../../engine/models/models.ts";
import type { QuantiseResult } from "../../engine/models/quantise/quantise.ts";
import type { SteppedDown } from "../../engine/schemas/down.ts";
import type { FileVersion } from "../../engine/schemas/file-versions.ts";
import type { Check } from "../../engine/types.ts";
import type { HostFacts } from "../../host/facts.ts";
import type { HostScore, Tier } from "../../host/score.ts";
import type { RememberedPage } from "../../mcp/backend/history-pages.ts";
import type { Stats } from "../../ports/answers/daemon/stats.ts";
import type {
  CalleesResult,
  OutlineResult,
  SymbolHit,
  UsesResult,
} from "../../ports/answers/definitions.ts";
import type { Footprint, FootprintReport } from "../../ports/answers/footprint-report.ts";
import type {
  EntryPoint,
  ImpactResult,
  MapResult,
  ReachResult,
  UnusedDefinition,
} from "../../ports/answers/graph.ts";
import type {
  DownloadResult,
  EngineStatus,
  IndexDetails,
  KnownIndex,
  ModelReport,
  ProviderUse,
  RemovedFile,
  WatchedProject,
} from "../../ports/answers/index-facts.ts";
import type { IndexResult } from "../../ports/answers/index-run.ts";
import type {
  ExportedIndex,
  ImportedIndex,
  PrunableIndex,
} from "../../ports/answers/index-upkeep.ts";
import type { FileStatus, LeftOutResult } from "../../ports/answers/left-out.ts";
import type {
  ForgetResult,
  ImportResult,
  MemoryStats,
  RemovedMemory,
} from "../../ports/answers/memory-reports.ts";
import type { MigrationProgress, MigrationResult } from "../../ports/answers/migration.ts";
import type { Plan } from "../../ports/answers/plan.ts";
import type { SearchResult, WhyResult } from "../../ports/answers/search.ts";
import type { FoldersSearchResult } from "../../ports/answers/search-folders.ts";
import type {
  AuditRow,
  ErasedBytes,
  GrantResult,
  RevokeResult,
  TeamInit,
  TeamMember,
} from "../../ports/answers/team.ts";
import type { AnsweredAt } from "../../ports/answers/time/answered-at.ts";
import type { AskResult } from "../../ports/answers/time/ask.ts";
import type { DiffResult } from "../../ports/answers/time/diff.ts";
import type {
  IndexSnapshot,
  IndexSnapshotsResult,
  RestoredIndexSnapshot,
  VerifiedIndexSnapshot,
} from "../../ports/answers/time/index-snapshots.ts";
import type {
  BroughtBack,
  PrunedSnapshots,
  RestoredSnapshot,
  Snapshot,
  SnapshotsResult,
  VerifiedSnapshot,
} from "../../ports/answers/time/snapshots.ts";
import type {
  DuplicatesResult,
  ForgetPreview,
  Memory,
  RecallResult,
  RememberResult,
  UnverifiedResult,
} from "../../ports/memories.ts";
import type { MemorySyncResult } from "../../ports/memory/sync-call.ts";
import type { StoreStats } from "../../ports/store.ts";
import type { Hello } from "../../wire/hello.ts";
import type { Health, HttpAddress, SignInLink } from "../../wire/words.ts";
import type { Installed } from "../clients/install.ts";
import type { FileChange } from "../clients/show-change.ts";
import type { ForeignSystemJson } from "./foreign-words.ts";
import type { SettingJson, SettingReach, SettingsInForceJson } from "./json-settings.ts";

/** Every option, and the machine that the defaults fit. */
export interface SettingsJson {
  host: HostFacts;
  score: HostScore;
  tier: Tier;
  /** By the option's name. */
  options: Record<string, SettingJson>;
  userFile: { path: string; exists: boolean };
  /** null: there is none. */
  projectFile: { path: string; isTrusted: boolean } | null;
  /** Options of an untrusted project file that were left out. */
  ignored: OptionName[];
}

export interface CollectionJson {
  name: string;
  /** Absolute. */
  folders: { folder: string; context?: string | undefined }[];
}

/** Lines of a file. */
export interface ReadJson {
  /** Relative to the indexed folder, with "/". */
  path: string;
  /** Line of the first of `lines`. */
  first: number;
  lines: string[];
  /** Lines of the whole file. */
  lineCount: number;
  /** The file has changed since it was indexed, and where its definitions are now is not known. */
  stale?: boolean | undefined;
  /** With --at. */
  at?: AnsweredAt | undefined;
}

export interface JsonOutputs {
  index: IndexResult & {
    database: string;
    index: StoreStats;
    memory: Footprint;
    /** How the model was loaded; left out when it was not. */
    model: ModelReport | undefined;
    provider: ProviderUse | undefined;
  };
  "index export": ExportedIndex;
  "index import": ImportedIndex & { database: string; index: StoreStats };
  /** A key by its fingerprint. */
  "index trust": { key: string; isTrusted: boolean };
  "index trust (list)": {
    /** Of the user. */
    own: string[];
    trusted: (TrustedKey & { key: string })[];
  };
  /** The fingerprint, and where the private key is. */
  "index key": { key: string; file: string };
  /** One object a line, as things happen. */
  watch:
    | { event: "ready"; root: string }
    | { event: "note"; text: string }
    | { event: "run"; report: IndexResult };
  search: SearchResult & { provider: ProviderUse | undefined };
  "search --in-all": FoldersSearchResult;
  why: WhyResult;
  /** at: with --at. */
  symbol: { name: string; hits: SymbolHit[]; at?: AnsweredAt | undefined };
  outline: OutlineResult;
  references: UsesResult;
  callers: UsesResult;
  callees: CalleesResult;
  implementations: UsesResult;
  "callers --depth": ReachResult;
  "callees --depth": ReachResult;
  /** Its relation is "subtypes". */
  "implementations --depth": ReachResult;
  hierarchy: { supertypes: ReachResult; subtypes: ReachResult };
  impact: ImpactResult;
  read: ReadJson;
  diff: DiffResult;
  history: RememberedPage;
  unused: { unused: UnusedDefinition[]; leftOut: number; definitions: number };
  "entry-points": { entryPoints: EntryPoint[]; leftOut: number; definitions: number };
  map: MapResult;
  /** With --watch one object a line: this first, then the memory alone. */
  status: EngineStatus & {
    /** With --index. */
    details: IndexDetails | undefined;
    /** With --memory. */
    memory: FootprintReport | undefined;
    /** With --memory, and not for a static model. */
    loadedModel: ModelReport | undefined;
    configuration: SettingsJson;
  };
  "left-out": LeftOutResult;
  "left-out <file>": { files: FileStatus[] };
  /** Each line after the first of status --memory --watch. */
  "status --watch": FootprintReport;
  "status --daemon": Omit<Health, "clients"> & {
    clients: Hello[];
    /** Projects whose index it keeps up to date by itself. */
    watched: WatchedProject[];
  };
  stats: Stats;
  analyze: ActivityReport;
  compact: CompactPlan & {
    /** It was put in place. */
    applied: boolean;
    /** The database now. */
    bytes: number;
  };
  migrate: {
    /** This Haypile. */
    program: string;
    files: FileVersion[];
  };
  /** Also with --dry-run. */
  "migrate --down": SteppedDown;
  "migrate-model": MigrationResult;
  /** One a line, before that of "migrate-model". */
  "migrate-model --progress": MigrationProgress;
  "compact --undo": UndoneCompaction;
  reset: { files: RemovedFile[] };
  "team init": TeamInit;
  "team grant": GrantResult;
  "team revoke": RevokeResult;
  "team members": { members: TeamMember[] };
  "team audit": {
    /** Newest first. */
    rows: AuditRow[];
    /** For --after; left out at the end. */
    next: number | undefined;
  };
  "team erase": ErasedBytes;
  "indexes list": { indexes: KnownIndex[] };
  "indexes prune": {
    found: PrunableIndex[];
    /** Those that stay, because their folder may only not be mounted. */
    spared: PrunableIndex[];
    removed: RemovedFile[];
    /** Those that could not be deleted, and why. */
    kept: { path: string; reason: string }[];
  };
  "collections list": { collections: CollectionJson[] };
  "collections add": CollectionJson;
  "collections remove": CollectionJson;
  "collections describe": { folder: string; context: string };
  remember: RememberResult;
  /** One result for each line, in order. */
  "remember --lines": { results: RememberResult[] };
  recall: RecallResult;
  ask: AskResult;
  forget: ForgetResult;
  /** Without ids and without --confirm: nothing was forgotten yet. */
  "forget (preview)": ForgetPreview;
  "memories list": {
    memories: Memory[];
    total: number;
    /** For --cursor; left out at the end. */
    nextCursor: string | undefined;
  };
  "memories import": ImportResult;
  "memories rescue": RescueReport;
  move: MoveResult;
  "memories adopt": Project;
  "memories stats": MemoryStats;
  "memories history": { id: string; history: { at: string; text: string; what: string }[] };
  "memories undelete": Memory;
  "memories undelete (at)": { restored: number };
  "memories merge": Memory;
  "memories unmerge": { memories: Memory[] };
  "memories duplicates": DuplicatesResult;
  "memories dismiss": { ids: string[] };
  "memories unverified": UnverifiedResult;
  "memories verify": Memory;
  "memories snapshot": Snapshot;
  "memories snapshots": SnapshotsResult;
  "memories snapshots (remove)": { removed: string };
  "memories snapshots (bring back)": BroughtBack;
  "memories sync": MemorySyncResult;
  "snapshot create": Snapshot;
  "snapshot create (index)": IndexSnapshot;
  "snapshot list": SnapshotsResult;
  "snapshot list (index)": IndexSnapshotsResult;
  "snapshot verify": { verified: VerifiedSnapshot[] };
  "snapshot verify (index)": { verified: VerifiedIndexSnapshot[] };
  "snapshot restore": RestoredSnapshot;
  "snapshot restore (index)": RestoredIndexSnapshot;
  "snapshot prune": PrunedSnapshots;
  "snapshot prune (ids)": { removed: string[] };
  "memories collect": { removed: RemovedMemory[]; erased: number };
  "memories removed": { removed: RemovedMemory[] };
  "models list": { models: ListedModel[] };
  "models add": DownloadResult;
  "models verify": { verified: VerifiedModel[] };
  "models quantise": QuantiseResult;
  "config list --daemon": SettingsInForceJson;
  "config list": SettingsJson & {
    /** Variables of other systems that are set, and that nothing of ours reads. */
    foreignVariables: ForeignVariable[];
  };
  "config get": SettingJson & { option: OptionName };
  "config get --daemon": SettingJson & { option: OptionName; waits: boolean; pid: number };
  "config set": {
    path: string;
    name: OptionName;
    option: OptionName;
    value: OptionValue;
    /** How it reaches the daemon that runs; left out where none does, and for a project's file. */
    daemon?: SettingReach | undefined;
  };
  "config path": {
    userFile: { path: string; exists: boolean };
    /** null: there is none. */
    projectFile: { path: string; isTrusted: boolean } | null;
    dataFolder: string;
    cacheFolder: string;
    trustFile: string;
  };
  "config from": { systems: ForeignSystemJson[] };
  "config init": { path: string };
  "config trust": { path: string; isTrusted: boolean };
  plan: Plan;
  doctor: { checks: Check[] };
  "doctor --bench": HostBench & {
    /** What was proposed was written into the file. */
    applied: boolean;
    file: string;
  };
  install: { clients: Installed[]; changes: FileChange[] };
  uninstall: { clients: Installed[]; changes: FileChange[] };
  start: Health & {
    /** null: it does not listen. */
    http: HttpAddress | null;
  };
  open: Omit<SignInLink, "file">;
  serve: ServedAt;
  "tokens add": AddedToken;
  "tokens list": { file: string; clients: ServeClient[] };
  "tokens revoke": { revoked: string; file: string };
  stop: {
    /** The process that ended; null: none ran. */
    stopped: number | null;
    /** With --force, and it did not answer. */
    byForce: boolean;
  };
}

export type JsonCommand = keyof JsonOutputs;
