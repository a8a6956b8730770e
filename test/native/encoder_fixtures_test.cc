// The encoders of test/fixtures/encoder, which scripts/models packed: each path gives the bits of the scalar one,
// and what the recipe's own simulation of the packed numbers gives, which was written apart from this code.
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "check.h"
#include "encoder_models.h"

using namespace haypile::encoder;
using namespace haypile::encoder::test;

namespace {

template <class T>
std::vector<T> Read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
  std::vector<T> out(bytes.size() / sizeof(T));
  std::memcpy(out.data(), bytes.data(), out.size() * sizeof(T));
  return out;
}

double Cosine(const float* a, const float* b, size_t count) {
  double product = 0, left = 0, right = 0;
  for (size_t i = 0; i < count; ++i) {
    product += static_cast<double>(a[i]) * b[i];
    left += static_cast<double>(a[i]) * a[i];
    right += static_cast<double>(b[i]) * b[i];
  }
  return product / std::sqrt(left * right);
}

void TestFixture(const std::filesystem::path& folder) {
  const FileBytesOf file(Read<uint8_t>(folder / "weights.bin"));
  CHECK(DigestFits(file.data(), file.size));
  Weights weights;
  CHECK(OpenWeights(file.data(), file.size, &weights).empty());
  const TestBatch batch = {Read<int32_t>(folder / "ids.i32"), Read<uint8_t>(folder / "types.u8"),
                           Read<uint32_t>(folder / "lengths.u32")};
  CHECK(WrongIn(weights, batch.View()).empty());
  const std::vector<float> got = Vectors(Path::kScalar, weights, batch);
  for (const Path path : SupportedPaths()) CHECK(SameBits(Vectors(path, weights, batch), got));

  const std::vector<float> packed = Read<float>(folder / "packed.f32");
  const std::vector<float> exact = Read<float>(folder / "fp32.f32");
  CHECK(!got.empty() && packed.size() == got.size() && exact.size() == got.size());
  const size_t each = weights.OutputWidth();
  double packedMost = 0, exactMost = 0, packedLeast = 1, exactLeast = 1;
  for (size_t i = 0; i < got.size(); ++i) {
    packedMost = std::max(packedMost, std::abs(static_cast<double>(got[i]) - packed[i]));
    exactMost = std::max(exactMost, std::abs(static_cast<double>(got[i]) - exact[i]));
  }
  for (size_t i = 0; i < got.size() && each > 2; i += each) {
    packedLeast = std::min(packedLeast, Cosine(&got[i], &packed[i], each));
    exactLeast = std::min(exactLeast, Cosine(&got[i], &exact[i], each));
  }
  std::printf("%s: from the simulation at most %.2g off, cosine %.6f; from fp32 %.2g, %.5f\n",
              folder.filename().u8string().c_str(), packedMost, packedLeast, exactMost, exactLeast);
  // The simulation has the library's functions where the encoder has polynomials.
  if (each > 2) {
    CHECK(packedLeast > .9998 && exactLeast > .995);
  } else {
    CHECK(packedMost < .04 && exactMost < .3);
  }
}

}  // namespace

int main(int argc, char** argv) {
  CHECK(argc == 2);
  size_t found = 0;
  for (const auto& it : std::filesystem::directory_iterator(argv[1])) {
    if (!std::filesystem::exists(it.path() / "weights.bin")) continue;
    TestFixture(it.path());
    ++found;
  }
  CHECK(found >= 3);
  return haypile::check::Report();
}
