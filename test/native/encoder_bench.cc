// encoder_bench WEIGHTS LENGTHS [rounds]: tokens per CPU-second of each path that this CPU has, beside what
// its byte products can reach at most (GOP/s, a product and its sum are two). LENGTHS: mixed, long, short, or a
// number of tokens. With LENGTHS "peak" only the latter is measured. Prints JSON lines.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "core/encoder/encoder.h"
#include "encoder_peak.h"

namespace {

using namespace haypile::encoder;

double CpuSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Lengths as texts of a kind have them: functions of 20 to 256 tokens, chunks of 256, questions of 6 to 14.
std::vector<uint32_t> LengthsOf(const std::string& kind) {
  std::vector<uint32_t> lengths;
  uint64_t state = 1;
  const auto next = [&](uint32_t low, uint32_t high) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return low + static_cast<uint32_t>(state >> 33) % (high - low + 1);
  };
  const size_t count = kind == "short" ? 400 : 80;
  for (size_t i = 0; i < count; ++i) {
    if (kind == "mixed") {
      const uint32_t a = next(20, 256);
      lengths.push_back(std::min(a, next(20, 256)));
    } else if (kind == "short") {
      lengths.push_back(next(6, 14));
    } else {
      lengths.push_back(kind == "long" ? 256 : static_cast<uint32_t>(std::stoul(kind)));
    }
  }
  return lengths;
}

// The most operations a second of a path, of some tries that each take a few milliseconds.
double PeakOf(Path path) {
  constexpr size_t kRounds = 200'000;
  constexpr int kTries = 15;
  double most = 0;
  for (int i = 0; i < kTries; ++i) {
    const double from = CpuSeconds();
    const size_t products = PeakProducts(path, kRounds);
    most = std::max(most, 2.0 * static_cast<double>(products) / (CpuSeconds() - from));
  }
  return most;
}

// Operations of the linear layers for a token.
double OperationsOf(const Shape& shape) {
  return 2.0 * shape.layers * (4.0 * shape.width * shape.width + 2.0 * shape.width * shape.inner);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 64;
  const int file = open(argv[1], O_RDONLY);
  struct stat info = {};
  if (file < 0 || fstat(file, &info) != 0) return 66;
  const size_t size = static_cast<size_t>(info.st_size);
  const auto* bytes =
      static_cast<const uint8_t*>(mmap(nullptr, size, PROT_READ, MAP_SHARED, file, 0));
  Weights weights;
  const std::string wrong = OpenWeights(bytes, size, &weights);
  if (!wrong.empty()) {
    std::fprintf(stderr, "%s %s\n", argv[1], wrong.c_str());
    return 65;
  }
  const std::vector<Path> paths = SupportedPaths();
  if (std::string(argv[2]) == "peak") {
    for (const Path path : paths) {
      std::printf("{\"path\":\"%s\",\"peakGops\":%.1f}\n", NameOf(path), PeakOf(path) / 1e9);
    }
    return 0;
  }
  const std::vector<uint32_t> lengths = LengthsOf(argv[2]);
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 5;
  constexpr size_t kTokensPerRun = 320;
  struct One {
    size_t first, count, token;
  };
  std::vector<One> runs;
  std::vector<int32_t> ids;
  size_t sum = kTokensPerRun;
  for (size_t i = 0; i < lengths.size(); ++i) {
    if (sum + lengths[i] > kTokensPerRun) {
      runs.push_back({i, 0, ids.size()});
      sum = 0;
    }
    sum += lengths[i];
    ++runs.back().count;
    for (uint32_t t = 0; t < lengths[i]; ++t) {
      ids.push_back(static_cast<int32_t>((i * 7919 + t * 104729) % weights.shape.words));
    }
  }
  std::vector<float> out(lengths.size() * weights.OutputWidth());
  std::vector<std::vector<double>> least(paths.size(), std::vector<double>(runs.size(), 1e9));
  for (int round = 0; round < rounds; ++round) {
    for (size_t p = 0; p < paths.size(); ++p) {
      if (paths[p] == Path::kScalar && paths.size() > 1) continue;
      for (size_t r = 0; r < runs.size(); ++r) {
        const Batch batch = {ids.data() + runs[r].token, nullptr, lengths.data() + runs[r].first,
                             runs[r].count};
        std::vector<uint8_t> space(SpaceFor(weights, batch));
        const double from = CpuSeconds();
        Encode(paths[p], weights, batch, space.data(),
               out.data() + runs[r].first * weights.OutputWidth(), nullptr);
        least[p][r] = std::min(least[p][r], CpuSeconds() - from);
      }
    }
  }
  for (size_t p = 0; p < paths.size(); ++p) {
    if (paths[p] == Path::kScalar && paths.size() > 1) continue;
    double seconds = 0;
    for (const double it : least[p]) seconds += it;
    const double perSecond = static_cast<double>(ids.size()) / seconds;
    const double gops = perSecond * OperationsOf(weights.shape) / 1e9;
    const double peak = PeakOf(paths[p]) / 1e9;
    std::printf(
        "{\"path\":\"%s\",\"lengths\":\"%s\",\"tokens\":%zu,\"tokensPerCpuSecond\":%.0f,"
        "\"gops\":%.1f,\"peakGops\":%.1f,\"share\":%.3f}\n",
        NameOf(paths[p]), argv[2], ids.size(), perSecond, gops, peak, gops / peak);
  }
  return 0;
}
