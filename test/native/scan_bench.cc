// Times of the scan kernels and of the index, as lines of JSON. Run by bench/scan.ts; no test.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <vector>

#include "core/scan/binarise.h"
#include "core/scan/bit_index.h"
#include "core/scan/kernels.h"
#include "core/scan/rescore.h"

using namespace haypile;

namespace {

// Median and least of 15 runs, after one that warms up.
template <class Body>
void Time(const char* what, const char* isa, size_t rows, size_t bytes, Body body) {
  std::vector<double> times;
  for (int run = 0; run < 16; ++run) {
    const auto start = std::chrono::steady_clock::now();
    body();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    if (run > 0) times.push_back(took.count());
  }
  std::sort(times.begin(), times.end());
  const double median = times[times.size() / 2];
  std::printf("{\"what\":\"%s\",\"isa\":\"%s\",\"rows\":%zu,\"ms\":%.3f,\"leastMs\":%.3f,"
              "\"gbPerSecond\":%.2f}\n",
              what, isa, rows, median, times[0], static_cast<double>(bytes) / median / 1e6);
}

template <class T>
std::vector<T> Random(std::mt19937& random, size_t count) {
  std::vector<T> bytes(count);
  for (T& byte : bytes) byte = static_cast<T>(random());
  return bytes;
}

void TimeKernels(std::mt19937& random) {
  constexpr size_t most = 1'000'000;
  const auto bits = Random<uint8_t>(random, most * 48);
  const auto codes = Random<int8_t>(random, size_t{100'000} * 384);
  std::vector<uint16_t> distances(most);
  std::vector<int32_t> dots(100'000);
  for (const Isa isa : {Isa::kScalar, Isa::kAvx2, Isa::kAvx512, Isa::kNeon}) {
    if (!Supported(isa)) continue;
    const Kernels& kernels = KernelsOf(isa);
    for (const size_t rows : {size_t{100'000}, most}) {
      Time("Hamming, 384 bits", IsaName(isa), rows, rows * 48, [&] {
        kernels.hammingScan(bits.data(), bits.data(), rows, 48, distances.data());
      });
    }
    Time("int8 dot, 384 dimensions", IsaName(isa), 100'000, codes.size(), [&] {
      kernels.dotInt8(codes.data(), codes.data(), 100'000, 384, dots.data());
    });
  }
}

void TimeIndex(std::mt19937& random) {
  const char* const isa = IsaName(BestIsa());
  for (const size_t rows : {size_t{100'000}, size_t{1'000'000}}) {
    const auto bits = Random<uint8_t>(random, rows * 48);
    std::vector<uint32_t> ids(rows);
    for (size_t i = 0; i < rows; ++i) ids[i] = static_cast<uint32_t>(i);
    BitIndex index(384, {0, 0});
    index.Append(ids.data(), bits.data(), rows);
    const auto search = [&](const char* what, size_t r, const IdSet* allowed, size_t threads) {
      Time(what, isa, rows, rows * 48, [&] {
        if (index.Search(bits.data(), r, allowed, nullptr, threads).empty()) std::abort();
      });
    };
    search("search, r = 10", 10, nullptr, 1);
    search("search, r = 1000", 1000, nullptr, 1);
    search("search, r = 1000, 2 threads", 1000, nullptr, 2);
    IdSet tenth((rows + 63) / 64);
    for (size_t i = 0; i < tenth.size() / 10; ++i) tenth[i] = ~uint64_t{0};
    search("search, r = 1000, the first tenth allowed", 1000, &tenth, 1);
    IdSet half((rows + 63) / 64, 0x5555555555555555u);
    search("search, r = 1000, every second id allowed", 1000, &half, 1);
  }
  const size_t rows = 100'000;
  const auto codes = Random<int8_t>(random, rows * 384);
  const std::vector<float> mean(384, 0.01f);
  std::vector<uint8_t> out(48);
  Time("bits of int8 rows", "-", rows, codes.size(), [&] {
    for (size_t i = 0; i < rows; ++i) {
      BinariseInt8(codes.data() + i * 384, 0.01f, mean.data(), 384, out.data());
    }
  });
  const std::vector<float> scales(1000, 0.01f);
  const std::vector<uint32_t> ids(1000);
  Time("rescore, k = 10", isa, 1000, 1000 * 384, [&] {
    Rescore(codes.data(), 0.01f, reinterpret_cast<const uint8_t*>(codes.data()), scales.data(),
            ids.data(), 1000, 384, 10);
  });
}

}  // namespace

int main() {
  std::mt19937 random(1);
  TimeKernels(random);
  TimeIndex(random);
}
