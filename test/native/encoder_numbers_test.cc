// The functions the encoder has in place of the library's: GELU, powers of two and the hyperbolic tangent.
#include <cmath>

#include "check.h"
#include "core/encoder/path.h"

namespace haypile::encoder {
namespace {

#include "core/encoder/lanes_scalar.h"

#include "core/encoder/body_rows.inc"

// Over a grid of 16 * count numbers from low to high: the largest difference between f's lanes and wanted.
template <class F, class G>
double Farthest(float low, float high, int count, F f, G wanted) {
  double farthest = 0;
  for (int i = 0; i < count; ++i) {
    float x[16], y[16];
    for (int lane = 0; lane < 16; ++lane) {
      const float part = static_cast<float>(i * 16 + lane) / static_cast<float>(count * 16 - 1);
      x[lane] = low + (high - low) * part;
    }
    Store(y, f(Load(x)));
    for (int lane = 0; lane < 16; ++lane) {
      const double off = std::abs(y[lane] - wanted(static_cast<double>(x[lane])));
      farthest = off > farthest || std::isnan(off) ? off : farthest;
    }
  }
  return farthest;
}

constexpr double kPi = 3.14159265358979323846;

double ByErf(double x) { return x * .5 * (1 + std::erf(x / std::sqrt(2.0))); }
double ByTanh(double x) {
  return x * .5 * (1 + std::tanh(std::sqrt(2 / kPi) * (x + .044715 * x * x * x)));
}
double AsShare(double x) { return 16383 * std::exp2(x); }

void TestGelu() {
  const auto erf = [](const F16& x) { return Gelu<false>(x); };
  const auto tanh = [](const F16& x) { return Gelu<true>(x); };
  CHECK(Farthest(-6, 6, 20000, erf, ByErf) < 2.1e-4);
  CHECK(Farthest(-6, 6, 20000, tanh, ByTanh) < 2.3e-4);
  // Outside it is 0 on the left and the number itself on the right, but for a rest that grows slowly.
  CHECK(Farthest(-100, -6, 1000, erf, ByErf) < 4e-3);
  CHECK(Farthest(6, 100, 1000, erf, ByErf) < 4e-3);
  CHECK(Farthest(-100, -6, 1000, tanh, ByTanh) < 4e-3);
  CHECK(Farthest(6, 100, 1000, tanh, ByTanh) < 4e-3);
  // Not the same function twice.
  CHECK(Farthest(-4, 4, 1000, erf, ByTanh) > 4e-4);
}

void TestShare() {
  const auto share = [](const F16& x) { return Share(x); };
  CHECK(Farthest(-31, 0, 20000, share, [](double x) { return AsShare(x < -30 ? -30 : x); }) < .1);
  // In parts of the number itself.
  CHECK(Farthest(-30, 0, 20000, [&](const F16& x) {
          F16 y = share(x);
          for (int i = 0; i < 16; ++i) y.v[i] = static_cast<float>(y.v[i] / AsShare(x.v[i]));
          return y;
        }, [](double) { return 1.0; }) < 5e-6);
  CHECK(Farthest(-1e4f, -31, 10, share, [](double) { return AsShare(-30); }) < 1e-9);
  CHECK(share(Set(-1e30f)).v[0] == share(Set(-30)).v[0]);
  // The largest score has the whole share, no less and no more.
  CHECK(Round(share(Set(0))).v[0] == 16383);
  CHECK(Round(share(Set(-0.0f))).v[0] == 16383);
}

void TestTangent() {
  float low = -12;
  for (int i = 0; i <= 240000; ++i, low = -12 + static_cast<float>(i) * 1e-4f) {
    const double wanted = std::tanh(static_cast<double>(low));
    const double off = std::abs(HyperbolicTangent(low) - wanted);
    if (off > 6.1e-8) CHECK(off <= 6.1e-8);
  }
  CHECK(HyperbolicTangent(0) == 0);
  for (const float x : {20.0f, 1e4f, 3e38f, INFINITY}) {
    CHECK(HyperbolicTangent(x) == 1);
    CHECK(HyperbolicTangent(-x) == -1);
  }
  for (const float x : {.1f, .9f, 3.0f}) CHECK(HyperbolicTangent(-x) == -HyperbolicTangent(x));
}

// Ties go to the even number, and what does not fit is clipped.
void TestRounding() {
  const float halves[16] = {.5f, 1.5f, 2.5f, -.5f, -1.5f, 254.5f, 255.5f, -300, 300, 1e6f, -1e6f, 127.5f, 128.5f,
                            0, -0.0f, 99.49f};
  const uint8_t bytes[16] = {0, 2, 2, 0, 0, 254, 255, 0, 255, 255, 0, 128, 128, 0, 0, 99};
  const int16_t shorts[16] = {0, 2, 2, 0, -2, 200, 200, -200, 200, 200, -200, 128, 128, 0, 0, 99};
  uint8_t asBytes[16];
  int16_t asShorts[16];
  StoreBytes(asBytes, Round(Load(halves)));
  StoreShorts(asShorts, Round(Load(halves)), 200);
  for (int i = 0; i < 16; ++i) CHECK(asBytes[i] == bytes[i] && asShorts[i] == shorts[i]);
  // Of 2^24 and 2^-24 sixteen times, added in pairs of eights: another order would give another float.
  float mixed[16];
  for (int i = 0; i < 16; ++i) mixed[i] = i == 0 ? 16777216.0f : i == 8 ? 1.0f : i == 4 ? 1.0f : 0;
  CHECK(Sum(Load(mixed)) == 16777216.0f);
  mixed[8] = 0, mixed[12] = 1;
  CHECK(Sum(Load(mixed)) == 16777218.0f);
  // One rounding: 1 - 2^-24 squared less 1 is not what two would give.
  CHECK(Fma(Set(1 + 0x1p-12f), Set(1 + 0x1p-12f), Set(-1)).v[3] == 0x1p-11f + 0x1p-24f);
}

}  // namespace
}  // namespace haypile::encoder

int main() {
  using namespace haypile::encoder;
  TestGelu();
  TestShare();
  TestTangent();
  TestRounding();
  return haypile::check::Report();
}
