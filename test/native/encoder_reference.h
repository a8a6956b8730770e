// What the encoder computes, written plainly in double over a TestModel: no lanes, no panels, no tiles and no
// code of the encoder. Only what is a whole number there is one here, and scores are floats, as there.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "encoder_models.h"

namespace haypile::encoder::test {

class Reference {
 public:
  explicit Reference(const TestModel& model) : m_(model), s_(model.shape) {}

  std::vector<double> Run(const TestBatch& batch) const {
    std::vector<double> out;
    size_t first = 0;
    for (const uint32_t length : batch.lengths) {
      const std::vector<double> text = Text(batch, first, length);
      out.insert(out.end(), text.begin(), text.end());
      first += length;
    }
    return out;
  }

  // How well each text after the first answers it, token by token.
  std::vector<double> Late(const TestBatch& batch, const std::vector<uint8_t>& worth) const {
    const size_t asked = batch.lengths[0];
    const std::vector<Row> question = Rows(batch, 0, asked);
    std::vector<double> out;
    size_t first = asked;
    for (size_t text = 1; text < batch.lengths.size(); first += batch.lengths[text], ++text) {
      const std::vector<Row> rows = Rows(batch, first, batch.lengths[text]);
      double sum = 0, all = 0;
      for (size_t q = 0; q < asked; ++q) {
        double best = -1;
        for (size_t t = 1; t + 1 < rows.size(); ++t) best = std::max(best, Cosine(question[q], rows[t]));
        const double weight = worth[static_cast<size_t>(batch.ids[q])];
        sum += weight * best;
        all += weight;
      }
      out.push_back(rows.size() > 2 && all > 0 ? sum / all : 0);
    }
    return out;
  }

 private:
  using Row = std::vector<double>;
  using Bytes = std::vector<int>;

  // The nearest whole number, of two the even one, within bounds.
  static int Whole(double x, int low, int high) {
    return static_cast<int>(std::clamp(std::nearbyint(x), static_cast<double>(low),
                                       static_cast<double>(high)));
  }

  static Bytes Normalise(Row& x, const TestNorm& norm, float epsilon) {
    double mean = 0, variance = 0;
    for (const double v : x) mean += v / static_cast<double>(x.size());
    for (const double v : x) variance += (v - mean) * (v - mean) / static_cast<double>(x.size());
    Bytes bytes;
    for (size_t i = 0; i < x.size(); ++i) {
      x[i] = (x[i] - mean) / std::sqrt(variance + epsilon) * norm.weight[i] + norm.bias[i];
      bytes.push_back(Whole(x[i] * norm.factor[i] + norm.zero, 0, 255));
    }
    return bytes;
  }

  static Row Apply(const TestLinear& linear, const Bytes& bytes) {
    Row out;
    for (size_t column = 0; column < linear.outputs; ++column) {
      int64_t sum = 0;
      for (size_t i = 0; i < linear.inputs; ++i) {
        sum += int64_t{bytes[i]} * linear.weights[column * linear.inputs + i];
      }
      out.push_back(static_cast<double>(sum) * linear.scale[column] + linear.bias[column]);
    }
    return out;
  }

  // The two polynomials of the encoder; encoder_numbers_test.cc compares them with what they stand for.
  static double Polynomial(const std::array<float, 7>& factors, size_t from, double x) {
    double y = 0;
    for (size_t i = from; i < factors.size(); ++i) y = y * x + factors[i];
    return y;
  }
  double Gelu(double x) const {
    static constexpr std::array<float, 7> kErf = {2.25882086e-08f, -1.58882722e-06f,
        4.77638896e-05f, -0.0008121875f, 0.00876369141f, -0.0645544156f, 0.397870272f};
    static constexpr std::array<float, 7> kTanh = {2.34688322e-08f, -1.64072242e-06f,
        4.89345039e-05f, -0.00082447438f, 0.00881870836f, -0.0645966902f, 0.397713512f};
    const double z = std::clamp(x, -4.0, 4.0);
    const auto& factors = s_.activation == Activation::kGelu ? kErf : kTanh;
    return x * (Polynomial(factors, 0, z * z) * z + .5);
  }
  static double PowerOfTwo(double x) {
    static constexpr std::array<float, 7> kFactors = {0, 0, 0.00957005098f, 0.0559178628f,
        0.240247458f, 0.693121791f, 0.999999285f};
    x = std::max(x, -30.0);
    const double whole = std::nearbyint(x);
    return std::ldexp(Polynomial(kFactors, 2, x - whole), static_cast<int>(whole));
  }

  // Mixed bytes of all rows of a text.
  std::vector<Bytes> Attend(const TestLayer& layer, const std::vector<Bytes>& bytes) const {
    const size_t by = s_.headWidth;
    const int most = by == 32 ? 8191 : 5792;
    std::vector<Bytes> joined, mixed(bytes.size(), Bytes(s_.width));
    for (const Bytes& row : bytes) {
      joined.emplace_back();
      const Row numbers = Apply(layer.joined, row);
      for (size_t i = 0; i < numbers.size(); ++i) {
        const int limit = i % (3 * by) / by == 2 ? 1023 : most;
        joined.back().push_back(Whole(numbers[i], -limit, limit));
      }
    }
    for (size_t head = 0; head < s_.heads; ++head) {
      const size_t query = head * 3 * by, key = query + by, value = key + by;
      for (size_t row = 0; row < bytes.size(); ++row) {
        Row scores;
        for (const Bytes& other : joined) {
          int64_t sum = 0;
          for (size_t i = 0; i < by; ++i) sum += int64_t{joined[row][query + i]} * other[key + i];
          scores.push_back(static_cast<float>(sum) * layer.scoreScale[head]);
        }
        const double top = *std::max_element(scores.begin(), scores.end());
        double total = 0;
        Row mix(by);
        for (size_t other = 0; other < bytes.size(); ++other) {
          const double share = 16383 * PowerOfTwo(scores[other] - top);
          total += share;
          for (size_t i = 0; i < by; ++i) mix[i] += std::nearbyint(share) * joined[other][value + i];
        }
        // The encoder counts each token that only fills up a register as 2^-30.
        total += 16383 * std::ldexp(1.0, -30) * static_cast<double>((16 - bytes.size() % 16) % 16);
        for (size_t i = 0; i < by; ++i) {
          mixed[row][head * by + i] =
              Whole(mix[i] * layer.mixedScale[head] / total + layer.mixedZero, 0, 255);
        }
      }
    }
    return mixed;
  }

  Row Text(const TestBatch& batch, size_t first, size_t length) const {
    return Ends(Rows(batch, first, length));
  }

  std::vector<Row> Rows(const TestBatch& batch, size_t first, size_t length) const {
    const size_t width = s_.width;
    std::vector<Row> x(length, Row(width));
    std::vector<Bytes> bytes(length);
    for (size_t row = 0; row < length; ++row) {
      const auto id = static_cast<size_t>(batch.ids[first + row]);
      const size_t type = batch.types.empty() ? 0 : batch.types[first + row];
      for (size_t i = 0; i < width; ++i) {
        x[row][i] = static_cast<double>(m_.wordRows[id * width + i]) * m_.wordScale[id] +
                    m_.positions[row * width + i];
        if (!m_.types.empty()) x[row][i] += m_.types[type * width + i];
      }
      bytes[row] = Normalise(x[row], m_.norm, s_.epsilon);
    }
    for (const TestLayer& layer : m_.layers) {
      const std::vector<Bytes> mixed = Attend(layer, bytes);
      for (size_t row = 0; row < length; ++row) {
        AddTo(x[row], Apply(layer.output, mixed[row]));
        const Row up = Apply(layer.up, Normalise(x[row], layer.afterAttention, s_.epsilon));
        Bytes hidden;
        for (size_t i = 0; i < up.size(); ++i) {
          hidden.push_back(Whole(Gelu(up[i]) * layer.innerFactor[i] + layer.innerZero, 0, 255));
        }
        AddTo(x[row], Apply(layer.down, hidden));
        bytes[row] = Normalise(x[row], layer.afterInner, s_.epsilon);
      }
    }
    return x;
  }

  static double Cosine(const Row& a, const Row& b) {
    double both = 0, ownA = 0, ownB = 0;
    for (size_t i = 0; i < a.size(); ++i) {
      both += a[i] * b[i];
      ownA += a[i] * a[i];
      ownB += b[i] * b[i];
    }
    return both / std::sqrt(ownA * ownB);
  }

  static void AddTo(Row& x, const Row& more) {
    for (size_t i = 0; i < x.size(); ++i) x[i] += more[i];
  }
  static double Dot(const float* weights, const Row& x) {
    double sum = 0;
    for (size_t i = 0; i < x.size(); ++i) sum += weights[i] * x[i];
    return sum;
  }

  // From the rows of a text to its numbers.
  Row Ends(const std::vector<Row>& x) const {
    Row out = x[0];
    if (s_.head == Head::kVector) {
      for (size_t row = 1; s_.pooled == Pooled::kMean && row < x.size(); ++row) AddTo(out, x[row]);
      double squares = 0;
      for (const double v : out) squares += v * v;
      for (double& v : out) v /= std::sqrt(squares);
      return out;
    }
    if (s_.head == Head::kPooler) {
      for (size_t i = 0; i < s_.width; ++i) {
        out[i] = std::tanh(Dot(m_.pooler.data() + i * s_.width, x[0]) + m_.poolerBias[i]);
      }
    }
    Row labels;
    for (size_t i = 0; i < s_.labels; ++i) {
      labels.push_back(Dot(m_.classifier.data() + i * s_.width, out) + m_.classifierBias[i]);
    }
    return labels;
  }

  const TestModel& m_;
  const Shape& s_;
};

}  // namespace haypile::encoder::test
