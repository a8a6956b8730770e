#include "model_cache.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <vector>

#include "allocator.h"
#include "core/xxh64.h"
#include "file_lock.h"
#include "file_path.h"
#include "host_info.h"
#include "private_files.h"
#include "runtime_library.h"

namespace haypile {
namespace {

namespace fs = std::filesystem;

constexpr char kGraphName[] = "model.onnx";
constexpr char kDataName[] = "model.data";
constexpr char kManifestName[] = "manifest";
constexpr char kManifestHead[] = "haypile-model-cache 1";
constexpr char kNoCopy[] = "the entry could not be copied: is the disk of the cache folder full?";
// Longer than any build takes, also beside other work: who holds the lock and dies frees it.
constexpr int kLockTimeoutMs = 300'000;
constexpr std::chrono::hours kUnusedAfter(24 * 30);
constexpr std::chrono::hours kOtherRuntimeAfter(24);
constexpr std::chrono::hours kAbandonedAfter(1);

std::string ManifestLine(const char* name, const FileSum& sum) {
  return std::string(name) + " " + std::to_string(sum.bytes) + " " + HexOf(sum.hash);
}

// What the entry's files say now, to be compared with the manifest; "" when one is missing. With `copy`
// each is copied while it is read, so that what was compared is what will be mapped.
std::string ManifestOf(const fs::path& entry, LiveCopy* copy) {
  const auto read = [&](const char* name) {
    return copy == nullptr ? SumOf(entry / name) : copy->Add(entry / name, name);
  };
  const auto graph = read(kGraphName);
  const auto data = read(kDataName);
  if (!graph || !data) return "";
  return std::string(kManifestHead) + "\n" + ManifestLine(kGraphName, *graph) + "\n" +
         ManifestLine(kDataName, *data) + "\n";
}

std::string ReadSmallFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

enum class EntryState { kMissing, kDamaged, kUncopied, kGood };

EntryState StateOf(const fs::path& entry, LiveCopy* copy) {
  const std::string written = ReadSmallFile(entry / kManifestName);
  return !written.empty() && written == ManifestOf(entry, copy) ? EntryState::kGood
                                                                : EntryState::kDamaged;
}

// The weights of a model may lie in a second file beside it.
std::string ModelHash(const std::string& modelPath) {
  const auto sum = SumOf(FilePath(modelPath));
  if (!sum) throw Error(code::kIo, "The model file " + modelPath + " could not be read.");
  uint64_t hash = sum->hash;
  for (const char* ending : {"_data", ".data"}) {
    if (const auto data = SumOf(FilePath(modelPath + ending))) {
      const uint64_t both[] = {hash, data->hash};
      hash = HashBytes(both, sizeof both);
    }
  }
  return HexOf(hash);
}

std::string CpuKey() {
  const HostInfo host = ReadHostInfo();
  std::string text = host.architecture + "|" + host.cpuModel;
  for (const std::string& feature : host.cpuFeatures) text += "|" + feature;
  return HexOf(HashBytes(text.data(), text.size())).substr(0, 8);
}

void CloseEntry(const fs::path& entry) {
  for (const char* name : {kGraphName, kDataName, kManifestName}) CloseToOthers(entry / name);
  CloseToOthers(entry);
}

void WriteOptimised(const OrtRuntime& runtime, const ModelRequest& request,
                    const fs::path& folder) {
  const OrtApi& api = runtime.api();
  OrtOwned<OrtSessionOptions> options = MakeSessionOptions(runtime, request.settings, false);
  const auto entry = [&](const char* key, const char* value) {
    runtime.Check(api.AddSessionConfigEntry(options.get(), key, value), code::kRuntimeFailed, key);
  };
  entry("session.optimized_model_external_initializers_file_name", kDataName);
  entry("session.optimized_model_external_initializers_min_size_in_bytes", "1024");
  entry("session.save_external_prepacked_constant_initializers", "1");
  const auto target = RuntimePath(PathText(folder / kGraphName));
  runtime.Check(api.SetOptimizedModelFilePath(options.get(), target.c_str()), code::kRuntimeFailed,
                "The path of the optimised graph was refused");
  OrtSession* session = nullptr;
  runtime.Check(api.CreateSession(runtime.env(), RuntimePath(request.modelPath).c_str(), options.get(), &session),
                code::kModelDamaged, "The model file " + request.modelPath + " could not be loaded");
  api.ReleaseSession(session);
  // A model without large weights writes no data file; the entry always has one.
  if (!fs::exists(folder / kDataName)) WritePrivateFile(folder / kDataName, "");
  // The runtime's own files follow the umask; the folder has kept others out meanwhile.
  CloseEntry(folder);
}

// Old entries go when a new one is made: of another runtime version when nobody used them for a day
// (two versions of Haypile may share a machine), others after 30 days, half-built ones after an hour.
void DropStale(const fs::path& cache, const std::string& keep, const std::string& version) {
  std::error_code ignored;
  const auto now = fs::file_time_type::clock::now();
  for (const fs::directory_entry& found : fs::directory_iterator(cache, ignored)) {
    const std::string name = PathText(found.path().filename());
    if (name == keep || !found.is_directory(ignored)) continue;
    const bool building = name.rfind("building-", 0) == 0;
    if (!building && std::count(name.begin(), name.end(), '-') != 2) continue;  // not ours
    const bool otherRuntime = name.find("-" + version + "-") == std::string::npos;
    const auto limit = building ? kAbandonedAfter
                                : (otherRuntime ? kOtherRuntimeAfter : kUnusedAfter);
    if (now - fs::last_write_time(found.path(), ignored) > limit) {
      fs::remove_all(found.path(), ignored);
    }
  }
}

// Makes the entry; "" when it is there, else why not.
std::string BuildEntry(const OrtRuntime& runtime, const ModelRequest& request,
                       const fs::path& cache, const std::string& key) {
  std::error_code failed;
  const fs::path building =
      cache / ("building-" + std::to_string(ProcessNumber()) + "-" +
               std::to_string(std::chrono::steady_clock::now().time_since_epoch().count()));
  failed = MakePrivateFolders(building);
  if (failed) return "the cache folder cannot be written: " + failed.message();
  try {
    WriteOptimised(runtime, request, building);
    TrimMalloc();
    const std::string manifest = ManifestOf(building, nullptr);
    if (manifest.empty() || !WritePrivateFile(building / kManifestName, manifest)) {
      throw Error(code::kIo, "the entry could not be written");
    }
    fs::remove_all(cache / key);
    fs::rename(building, cache / key);
  } catch (const Error& error) {
    fs::remove_all(building, failed);
    if (error.code() == code::kModelDamaged) throw;
    return error.what();
  } catch (const fs::filesystem_error& error) {
    fs::remove_all(building, failed);
    return error.code().message();
  }
  DropStale(cache, key, runtime.version());
  return "";
}

// The entry as it is to be opened: a copy of it, compared with its manifest while it was made.
std::optional<CachedModel> Take(const fs::path& cache, const fs::path& entry, EntryState& state) {
  std::error_code ignored;
  state = EntryState::kMissing;
  if (!fs::exists(entry, ignored)) return std::nullopt;
  CachedModel model;
  model.entry = PathText(entry);
  if (IsReadOnlyDisk(cache)) {
    state = StateOf(entry, nullptr);
    model.path = PathText(entry / kGraphName);
  } else {
    auto copy = std::make_unique<LiveCopy>(cache);
    if (!copy->made()) {
      // Not even a folder can be made: what is there is not mapped, since it might be cut short.
      state = EntryState::kUncopied;
      return std::nullopt;
    }
    state = StateOf(entry, copy.get());
    // A full disk cuts the copy short, and says nothing of the entry.
    if (state == EntryState::kDamaged && StateOf(entry, nullptr) == EntryState::kGood) {
      state = EntryState::kUncopied;
    }
    model.path = PathText(copy->folder() / kGraphName);
    model.copy = std::move(copy);
  }
  if (state != EntryState::kGood) return std::nullopt;
  CloseEntry(entry);
  fs::last_write_time(entry, fs::file_time_type::clock::now(), ignored);
  return model;
}

CachedModel Without(const std::string& note) {
  CachedModel none;
  none.note = note;
  return none;
}

}  // namespace

CachedModel CachedModelFor(const OrtRuntime& runtime, const ModelRequest& request) {
  const fs::path cache = FilePath(request.cacheFolder);
  std::error_code failed;
  const std::string key = ModelHash(request.modelPath) + "-" + runtime.version() + "-" + CpuKey();
  const fs::path entry = cache / key;
  LiveCopy::DropAbandoned(cache);

  EntryState state = EntryState::kMissing;
  if (auto found = Take(cache, entry, state)) return std::move(*found);
  if (state == EntryState::kUncopied) return Without(kNoCopy);
  if (request.cacheOnly) return Without("no entry");

  failed = MakePrivateFolders(cache);
  if (failed) return Without("the cache folder cannot be made: " + failed.message());
  const FileLock lock(PathText(cache / (key + ".lock")), kLockTimeoutMs);
  if (!lock.held()) return Without("the cache folder cannot be locked");
  // Another process may have built it while we waited.
  if (auto found = Take(cache, entry, state)) return std::move(*found);
  const std::string why =
      state == EntryState::kDamaged ? "the entry was damaged and was rebuilt" : "";
  const std::string failure = BuildEntry(runtime, request, cache, key);
  if (!failure.empty()) return Without(failure);
  auto built = Take(cache, entry, state);
  if (!built) return Without(kNoCopy);
  built->built = true;
  built->note = why;
  return std::move(*built);
}

void DropCachedModel(const CachedModel& model) {
  std::error_code ignored;
  fs::remove_all(FilePath(model.entry), ignored);
}

}  // namespace haypile
