// Tests of batch planning, hashing, pooling and control-group reading.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <random>
#include <set>
#include <utility>

#include "check.h"
#include "core/batch_plan.h"
#include "core/pooling.h"
#include "core/xxh64.h"
#include "host_info.h"

namespace fs = std::filesystem;
using namespace haypile;

namespace {

// Every text is in one run, and the runs lie one behind the other. Gives each run's tokens and longest text.
std::vector<std::pair<size_t, size_t>> RunsOf(const BatchPlan& plan,
                                              const std::vector<uint32_t>& lengths) {
  const std::set<uint32_t> seen(plan.order.begin(), plan.order.end());
  CHECK(seen.size() == lengths.size());
  std::vector<std::pair<size_t, size_t>> runs;
  size_t next = 0;
  for (const BatchRange& run : plan.runs) {
    CHECK(run.begin == next);
    CHECK(run.count >= 1);
    next += run.count;
    size_t tokens = 0;
    size_t longest = 0;
    for (size_t i = 0; i < run.count; ++i) {
      const size_t length = lengths[plan.order[run.begin + i]];
      tokens += length;
      longest = std::max(longest, length);
    }
    runs.emplace_back(tokens, longest);
  }
  CHECK(next == lengths.size());
  return runs;
}

void TestBatchPlan() {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const size_t budget = 1 + random() % 600;
    std::vector<uint32_t> lengths(random() % 300);
    for (uint32_t& length : lengths) length = 1 + random() % 256;

    const BatchPlan padded = PlanPadded(lengths, budget);
    const auto paddedRuns = RunsOf(padded, lengths);
    for (size_t i = 0; i < paddedRuns.size(); ++i) {
      const size_t count = padded.runs[i].count;
      CHECK(count == 1 || count * paddedRuns[i].second <= budget);
    }
    for (size_t i = 1; i < padded.order.size(); ++i) {
      CHECK(lengths[padded.order[i - 1]] >= lengths[padded.order[i]]);
    }

    const BatchPlan packed = PlanPacked(lengths, budget);
    const auto packedRuns = RunsOf(packed, lengths);
    for (size_t i = 0; i < packed.order.size(); ++i) CHECK(packed.order[i] == i);
    for (size_t i = 0; i < packedRuns.size(); ++i) {
      CHECK(packed.runs[i].count == 1 || packedRuns[i].first <= budget);
      // It was closed because the next text did not fit.
      const size_t after = packed.runs[i].begin + packed.runs[i].count;
      CHECK(after == lengths.size() || packedRuns[i].first + lengths[after] > budget);
    }
  }
  for (const auto plan : {PlanPadded, PlanPacked}) {
    CHECK(plan({}, 512).runs.empty());
    CHECK(plan({1000}, 512).runs.size() == 1);
    CHECK(plan({1, 1000, 1}, 512).runs.size() >= 2);
    CHECK(plan(std::vector<uint32_t>(10'000, 1), 320).runs.size() == 32);
  }
}

void TestHash() {
  // Known values of XXH64 with seed 0, from the reference implementation.
  CHECK(HexOf(HashBytes("", 0)) == "ef46db3751d8e999");
  CHECK(HexOf(HashBytes("a", 1)) == "d24ec4f1a98c6e5b");
  CHECK(HexOf(HashBytes("abc", 3)) == "44bc2cf5ad770999");
  const std::string fox = "The quick brown fox jumps over the lazy dog";
  CHECK(HexOf(HashBytes(fox.data(), fox.size())) == "0b242d361fda71bc");

  // However the bytes are cut, the hash is the same.
  std::mt19937 random(11);
  std::string bytes(5000, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  const uint64_t whole = HashBytes(bytes.data(), bytes.size());
  for (int round = 0; round < 100; ++round) {
    Xxh64 hash;
    for (size_t at = 0; at < bytes.size();) {
      const size_t part = std::min<size_t>(bytes.size() - at, random() % 100);
      hash.Add(bytes.data() + at, part);
      at += part;
    }
    CHECK(hash.Digest() == whole);
  }
  bytes[2500] ^= 1;
  CHECK(HashBytes(bytes.data(), bytes.size()) != whole);
}

void TestPooling() {
  // Two texts of three tokens, two dimensions; the second has one token.
  const float hidden[] = {3, 0, 0, 4, 9, 9, 0, 5, 7, 7, 7, 7};
  const int64_t mask[] = {1, 1, 0, 1, 0, 0};
  float out[4];
  PoolAndNormalise(Pooling::kMean, hidden, mask, 2, 3, 2, out);
  CHECK(std::abs(out[0] - 0.6f) < 1e-6f && std::abs(out[1] - 0.8f) < 1e-6f);
  CHECK(out[2] == 0 && out[3] == 1);
  PoolAndNormalise(Pooling::kCls, hidden, mask, 2, 3, 2, out);
  CHECK(out[0] == 1 && out[1] == 0 && out[2] == 0 && out[3] == 1);
  const float zeros[] = {0, 0};
  const int64_t one[] = {1};
  PoolAndNormalise(Pooling::kMean, zeros, one, 1, 1, 2, out);
  CHECK(out[0] == 0 && out[1] == 0);
}

void Write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

struct Machine {
  fs::path root = fs::temp_directory_path() / ("haypile-cgroup-" + std::to_string(std::random_device{}()));
  ~Machine() { fs::remove_all(root); }
  CgroupLimits Read() const { return ReadCgroup(root.string()); }
};

void TestCgroups() {
  {
    const Machine none;
    CHECK(none.Read().version == 0);
  }
  {
    const Machine container;  // version 2, the container sees its own group at the top
    Write(container.root / "proc/self/cgroup", "0::/\n");
    Write(container.root / "sys/fs/cgroup/memory.max", "536870912\n");
    Write(container.root / "sys/fs/cgroup/cpu.max", "150000 100000\n");
    const CgroupLimits limits = container.Read();
    CHECK(limits.version == 2);
    CHECK(limits.memoryLimitBytes == 536870912);
    CHECK(limits.cpuQuota == 1.5);
  }
  {
    const Machine nested;  // the smallest limit on the way up counts
    Write(nested.root / "proc/self/cgroup", "0::/user.slice/app.service\n");
    Write(nested.root / "sys/fs/cgroup/user.slice/memory.max", "1000000000\n");
    Write(nested.root / "sys/fs/cgroup/user.slice/cpu.max", "50000 100000\n");
    Write(nested.root / "sys/fs/cgroup/user.slice/app.service/memory.max", "max\n");
    Write(nested.root / "sys/fs/cgroup/user.slice/app.service/cpu.max", "max 100000\n");
    const CgroupLimits limits = nested.Read();
    CHECK(limits.memoryLimitBytes == 1000000000);
    CHECK(limits.cpuQuota == 0.5);
  }
  {
    const Machine old;  // version 1; the top has no limit
    Write(old.root / "proc/self/cgroup", "9:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n0::/\n");
    Write(old.root / "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    Write(old.root / "sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "268435456\n");
    Write(old.root / "sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us", "-1\n");
    Write(old.root / "sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us", "100000\n");
    const CgroupLimits limits = old.Read();
    CHECK(limits.version == 1);
    CHECK(limits.memoryLimitBytes == 268435456);
    CHECK(limits.cpuQuota == 0);
  }
  {
    const Machine odd;  // rubbish is no limit
    Write(odd.root / "proc/self/cgroup", "nonsense\n0::/a\n");
    Write(odd.root / "sys/fs/cgroup/a/memory.max", "lots\n");
    Write(odd.root / "sys/fs/cgroup/a/cpu.max", "");
    const CgroupLimits limits = odd.Read();
    CHECK(limits.version == 2 && limits.memoryLimitBytes == 0 && limits.cpuQuota == 0);
  }
}

void TestHost() {
  const HostInfo host = ReadHostInfo();
  CHECK(host.logicalCpus >= 1 && host.usableCpus >= 1);
  CHECK(host.totalMemoryBytes > (64u << 20));
  const MemoryUsage before = ReadMemoryUsage();
  CHECK(before.rssBytes > 0 && before.peakRssBytes >= before.rssBytes);
  std::vector<char> block(64 << 20);
  for (size_t i = 0; i < block.size(); i += 4096) block[i] = 1;
  CHECK(ReadMemoryUsage().rssBytes > before.rssBytes + (50u << 20));
  CHECK(block[4096] == 1);
}

}  // namespace

int main() {
  TestBatchPlan();
  TestHash();
  TestPooling();
  TestCgroups();
  TestHost();
  return haypile::check::Report();
}
