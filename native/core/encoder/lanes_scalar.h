// Sixteen lanes in plain C++: what every other lanes_*.h must equal, and the code of CPUs that have none
// of them. Each of these headers is included once, inside the namespace of its path.
//
// What a lanes header gives:
//   F16, I16            sixteen floats, sixteen int32
//   kTileRows           rows of a register tile, at most 8
//   kShortBlocks        blocks of 16 columns that ShortSums may be asked for at once
//   kSignedBytes        PanelSums takes 128 off the activations and needs Linear::offsets
//   PanelSums           byte products of a tile of rows with a panel of weights
//   ShortSums           products of shorts, for attention
//   the functions below, alike in name and result

struct F16 {
  float v[16];
};
struct I16 {
  int32_t v[16];
};

template <class Out, class F>
inline Out Each(F f) {
  Out out;
  for (int i = 0; i < 16; ++i) out.v[i] = f(i);
  return out;
}

inline F16 Load(const float* p) { return Each<F16>([&](int i) { return p[i]; }); }
inline void Store(float* p, const F16& x) {
  for (int i = 0; i < 16; ++i) p[i] = x.v[i];
}
inline F16 Set(float x) { return Each<F16>([&](int) { return x; }); }
inline F16 Add(const F16& a, const F16& b) {
  return Each<F16>([&](int i) { return a.v[i] + b.v[i]; });
}
inline F16 Sub(const F16& a, const F16& b) {
  return Each<F16>([&](int i) { return a.v[i] - b.v[i]; });
}
inline F16 Mul(const F16& a, const F16& b) {
  return Each<F16>([&](int i) { return a.v[i] * b.v[i]; });
}
// a * b + c, rounded once.
inline F16 Fma(const F16& a, const F16& b, const F16& c) {
  return Each<F16>([&](int i) { return __builtin_fmaf(a.v[i], b.v[i], c.v[i]); });
}
inline F16 Max(const F16& a, const F16& b) {
  return Each<F16>([&](int i) { return a.v[i] > b.v[i] ? a.v[i] : b.v[i]; });
}
inline F16 Min(const F16& a, const F16& b) {
  return Each<F16>([&](int i) { return a.v[i] < b.v[i] ? a.v[i] : b.v[i]; });
}
inline I16 LoadInts(const int32_t* p) { return Each<I16>([&](int i) { return p[i]; }); }
inline F16 ToFloat(const I16& x) {
  return Each<F16>([&](int i) { return static_cast<float>(x.v[i]); });
}
inline F16 FromBytes(const int8_t* p) {
  return Each<F16>([&](int i) { return static_cast<float>(p[i]); });
}
// The nearest integer, of two the even one. |x| < 2^31.
inline I16 Round(const F16& x) {
  return Each<I16>([&](int i) { return static_cast<int32_t>(__builtin_lrintf(x.v[i])); });
}
// x * 2^n, where t is n + 1.5 * 2^23 and the result is a normal number.
inline F16 ScaleByPower(const F16& x, const F16& t) {
  return Each<F16>([&](int i) {
    uint32_t bits, power;
    std::memcpy(&bits, &x.v[i], 4);
    std::memcpy(&power, &t.v[i], 4);
    bits += power << 23;
    float out;
    std::memcpy(&out, &bits, 4);
    return out;
  });
}
inline int32_t Within(int32_t x, int32_t low, int32_t high) {
  return x < low ? low : x > high ? high : x;
}
// Clipped to 0 to 255.
inline void StoreBytes(uint8_t* p, const I16& x) {
  for (int i = 0; i < 16; ++i) p[i] = static_cast<uint8_t>(Within(x.v[i], 0, 255));
}
// Clipped to -limit to limit, at most 32767.
inline void StoreShorts(int16_t* p, const I16& x, int32_t limit) {
  for (int i = 0; i < 16; ++i) p[i] = static_cast<int16_t>(Within(x.v[i], -limit, limit));
}
// Lane i + lane i + 8, of these i + i + 4, of these i + i + 2, of these both.
inline float Sum(const F16& x) {
  float part[8];
  for (int i = 0; i < 8; ++i) part[i] = x.v[i] + x.v[i + 8];
  for (int i = 0; i < 4; ++i) part[i] += part[i + 4];
  for (int i = 0; i < 2; ++i) part[i] += part[i + 2];
  return part[0] + part[1];
}
inline float Largest(const F16& x) {
  float most = x.v[0];
  for (int i = 1; i < 16; ++i) most = x.v[i] > most ? x.v[i] : most;
  return most;
}

constexpr int kTileRows = 4;
constexpr int kShortBlocks = 1;
constexpr bool kSignedBytes = false;

// c[m][column] = over `steps` groups of four inputs, bytes of row m times weights of the column; with `add`
// this is added to what is there. a: rows `stride` bytes apart. steps: a multiple of 8. panel: [steps][48][4].
// c: rows of kPanel. The pointer before `add`: with kSignedBytes, 128 times the sum of each column's weights over
// all its inputs, for the call without `add`.
template <int MR>
inline void PanelSums(const uint8_t* a, size_t stride, size_t steps, const int8_t* panel,
                      const int32_t*, bool add, int32_t* c) {
  for (int m = 0; m < MR; ++m) {
    int32_t* sums = c + m * kPanel;
    for (size_t n = 0; !add && n < kPanel; ++n) sums[n] = 0;
    for (size_t k = 0; k < steps; ++k) {
      const uint8_t* four = a + m * stride + k * 4;
      const int8_t* w = panel + k * kPanel * 4;
      for (size_t n = 0; n < kPanel; ++n) {
        for (size_t i = 0; i < 4; ++i) sums[n] += int32_t{four[i]} * w[n * 4 + i];
      }
    }
  }
}

// sums[m][n] = over `steps` pairs, both shorts of row m times both shorts of column 16 n + lane.
// a: rows `stride` shorts apart. b: [steps][step], each int32 a pair of shorts of one column.
template <int MR, int NR>
inline void ShortSums(const int16_t* a, size_t stride, const int32_t* b, size_t step, size_t steps,
                      I16 (&sums)[MR][NR]) {
  for (int m = 0; m < MR; ++m) {
    for (int n = 0; n < NR; ++n) {
      I16 sum = {};
      for (size_t k = 0; k < steps; ++k) {
        const int32_t x0 = a[m * stride + 2 * k];
        const int32_t x1 = a[m * stride + 2 * k + 1];
        for (int i = 0; i < 16; ++i) {
          int16_t pair[2];
          std::memcpy(pair, b + k * step + n * 16 + i, 4);
          sum.v[i] += x0 * pair[0] + x1 * pair[1];
        }
      }
      sums[m][n] = sum;
    }
  }
}

// to[column * stride + row] = from[row][column], 16 rows of 16 int32.
inline void Transpose16(const int32_t* const from[16], int32_t* to, size_t stride) {
  for (int row = 0; row < 16; ++row) {
    for (int column = 0; column < 16; ++column) to[column * stride + row] = from[row][column];
  }
}

// to[i] = the pair a[i], b[i] of shorts; count a multiple of 16.
inline void Interleave(const int16_t* a, const int16_t* b, size_t count, int32_t* to) {
  for (size_t i = 0; i < count; ++i) {
    const int16_t pair[2] = {a[i], b[i]};
    std::memcpy(to + i, pair, 4);
  }
}
