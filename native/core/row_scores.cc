#include "row_scores.h"

#include <algorithm>
#include <cmath>

namespace haypile {
namespace {

// As in bm25().
constexpr double kSaturation = 1.2;
constexpr double kByLength = 0.75;
constexpr double kLeastRarity = 1e-6;

bool IsBetter(const ScoredRow& a, const ScoredRow& b) {
  return a.score > b.score || (a.score == b.score && a.row < b.row);
}

// The best of all that it was shown, the worst of them on top.
class Best {
 public:
  explicit Best(size_t limit) : limit_(limit) {}

  void See(uint32_t row, double score) {
    if (score <= 0) return;
    const ScoredRow seen{row, score};
    if (heap_.size() == limit_) {
      if (limit_ == 0 || !IsBetter(seen, heap_.front())) return;
      std::pop_heap(heap_.begin(), heap_.end(), IsBetter);
      heap_.back() = seen;
    } else {
      heap_.push_back(seen);
    }
    std::push_heap(heap_.begin(), heap_.end(), IsBetter);
  }

  std::vector<ScoredRow> Take() {
    std::sort_heap(heap_.begin(), heap_.end(), IsBetter);
    return std::move(heap_);
  }

 private:
  const size_t limit_;
  std::vector<ScoredRow> heap_;
};

}  // namespace

void RowScores::AddWord(const std::vector<WordRow>& holders) {
  const auto count = static_cast<double>(holders.size());
  double rarity = std::log((rows_ - count + 0.5) / (count + 0.5));
  // Not "at least": a word that half of the rows hold has next to nothing, and none has less.
  if (!(rarity > 0)) rarity = kLeastRarity;
  for (const WordRow& holder : holders) {
    const double length = kSaturation * (1 - kByLength + kByLength * holder.size / averageSize_);
    scores_.At(holder.row) +=
        rarity * ((holder.frequency * (kSaturation + 1)) / (holder.frequency + length));
  }
}

void RowScores::Add(uint32_t row, double score) { scores_.At(row) += score; }

std::vector<ScoredRow> RowScores::Best(size_t limit, const std::vector<uint32_t>* allowed) const {
  haypile::Best best(limit);
  if (allowed != nullptr) {
    for (const uint32_t row : *allowed) best.See(row, scores_.Find(row));
    return best.Take();
  }
  for (size_t page = 0; page < scores_.pages(); ++page) {
    const double* scores = scores_.Page(page);
    if (scores == nullptr) continue;
    const auto first = static_cast<uint32_t>(page * ByRow<double>::kRowsPerPage);
    for (uint32_t at = 0; at < ByRow<double>::kRowsPerPage; ++at) best.See(first + at, scores[at]);
  }
  return best.Take();
}

}  // namespace haypile
