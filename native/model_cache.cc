#include "model_cache.h"

#include <unistd.h>

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
#include "host_info.h"
#include "private_files.h"

namespace haypile {
namespace {

namespace fs = std::filesystem;

constexpr char kGraphName[] = "model.onnx";
constexpr char kDataName[] = "model.data";
constexpr char kManifestName[] = "manifest";
constexpr char kManifestHead[] = "haypile-model-cache 1";
constexpr int kLockTimeoutMs = 30'000;
constexpr std::chrono::hours kUnusedAfter(24 * 30);
constexpr std::chrono::hours kOtherRuntimeAfter(24);
constexpr std::chrono::hours kAbandonedAfter(1);

struct FileSum {
  uint64_t bytes = 0;
  uint64_t hash = 0;
};

// Reads through a buffer, not a map: the pages then count as page cache, not as our memory.
std::optional<FileSum> SumOf(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::vector<char> buffer(256 * 1024);
  Xxh64 hash;
  FileSum sum;
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) ||
         file.gcount() > 0) {
    hash.Add(buffer.data(), static_cast<size_t>(file.gcount()));
    sum.bytes += static_cast<uint64_t>(file.gcount());
  }
  if (file.bad()) return std::nullopt;
  sum.hash = hash.Digest();
  return sum;
}

std::string ManifestLine(const char* name, const FileSum& sum) {
  return std::string(name) + " " + std::to_string(sum.bytes) + " " + HexOf(sum.hash);
}

// What the entry's files say now, to be compared with the manifest; "" when one is missing.
std::string ManifestOf(const fs::path& entry) {
  const auto graph = SumOf(entry / kGraphName);
  const auto data = SumOf(entry / kDataName);
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

enum class EntryState { kMissing, kDamaged, kGood };

EntryState StateOf(const fs::path& entry) {
  std::error_code ignored;
  if (!fs::exists(entry, ignored)) return EntryState::kMissing;
  const std::string written = ReadSmallFile(entry / kManifestName);
  return !written.empty() && written == ManifestOf(entry) ? EntryState::kGood
                                                          : EntryState::kDamaged;
}

// The weights of a model may lie in a second file beside it.
std::string ModelHash(const std::string& modelPath) {
  const auto sum = SumOf(modelPath);
  if (!sum) throw Error(code::kIo, "The model file " + modelPath + " could not be read.");
  uint64_t hash = sum->hash;
  for (const char* ending : {"_data", ".data"}) {
    if (const auto data = SumOf(modelPath + ending)) {
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

void WriteOptimised(const OrtRuntime& runtime, const SessionRequest& request,
                    const fs::path& folder) {
  const OrtApi& api = runtime.api();
  OrtOwned<OrtSessionOptions> options = MakeSessionOptions(runtime, request.settings, false);
  const auto entry = [&](const char* key, const char* value) {
    runtime.Check(api.AddSessionConfigEntry(options.get(), key, value), code::kRuntimeFailed, key);
  };
  entry("session.optimized_model_external_initializers_file_name", kDataName);
  entry("session.optimized_model_external_initializers_min_size_in_bytes", "1024");
  entry("session.save_external_prepacked_constant_initializers", "1");
  const std::string target = (folder / kGraphName).string();
  runtime.Check(api.SetOptimizedModelFilePath(options.get(), target.c_str()), code::kRuntimeFailed,
                "The path of the optimised graph was refused");
  OrtSession* session = nullptr;
  runtime.Check(api.CreateSession(runtime.env(), request.modelPath.c_str(), options.get(), &session),
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
    const std::string name = found.path().filename().string();
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

CachedModel BuildEntry(const OrtRuntime& runtime, const SessionRequest& request,
                       const fs::path& cache, const std::string& key, const std::string& why) {
  std::error_code failed;
  const fs::path building =
      cache / ("building-" + std::to_string(getpid()) + "-" +
               std::to_string(std::chrono::steady_clock::now().time_since_epoch().count()));
  failed = MakePrivateFolders(building);
  if (failed) return {"", false, "the cache folder cannot be written: " + failed.message()};
  try {
    WriteOptimised(runtime, request, building);
    TrimMalloc();
    const std::string manifest = ManifestOf(building);
    if (manifest.empty() || !WritePrivateFile(building / kManifestName, manifest)) {
      throw Error(code::kIo, "the entry could not be written");
    }
    fs::remove_all(cache / key);
    fs::rename(building, cache / key);
  } catch (const Error& error) {
    fs::remove_all(building, failed);
    if (error.code() == code::kModelDamaged) throw;
    return {"", false, error.what()};
  } catch (const fs::filesystem_error& error) {
    fs::remove_all(building, failed);
    return {"", false, error.code().message()};
  }
  DropStale(cache, key, runtime.version());
  return {(cache / key / kGraphName).string(), true, why};
}

}  // namespace

CachedModel CachedModelFor(const OrtRuntime& runtime, const SessionRequest& request) {
  const fs::path cache = request.cacheFolder;
  std::error_code failed;
  const std::string key = ModelHash(request.modelPath) + "-" + runtime.version() + "-" + CpuKey();
  const fs::path entry = cache / key;
  const auto good = [&] {
    fs::last_write_time(entry, fs::file_time_type::clock::now(), failed);
    CloseEntry(entry);
    return CachedModel{(entry / kGraphName).string(), false, ""};
  };

  EntryState state = StateOf(entry);
  if (state == EntryState::kGood) return good();
  if (request.cacheOnly) return {"", false, "no entry"};

  failed = MakePrivateFolders(cache);
  if (failed) return {"", false, "the cache folder cannot be made: " + failed.message()};
  const FileLock lock((cache / (key + ".lock")).string(), kLockTimeoutMs);
  if (!lock.held()) return {"", false, "the cache folder cannot be locked"};
  state = StateOf(entry);  // another process may have built it while we waited
  if (state == EntryState::kGood) return good();
  return BuildEntry(runtime, request, cache, key,
                    state == EntryState::kDamaged ? "the entry was damaged and was rebuilt" : "");
}

void DropCachedModel(const std::string& graphPath) {
  std::error_code ignored;
  fs::remove_all(fs::path(graphPath).parent_path(), ignored);
}

}  // namespace haypile
