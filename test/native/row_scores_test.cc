// Scores of rows by BM25; test/integration/best-rows.test.ts compares them with those of SQLite.
#include "core/row_scores.h"

#include <cmath>

#include "check.h"

namespace {

using haypile::ByRow;
using haypile::RowScores;
using haypile::ScoredRow;

bool IsNear(double a, double b) { return std::abs(a - b) < 1e-12; }

void ValuesByRow() {
  ByRow<uint16_t> values;
  CHECK(values.bytes() == 0 && values.Find(7) == 0 && values.Page(0) == nullptr);
  values.At(9'000) = 3;
  CHECK(values.Find(9'000) == 3 && values.Find(9'001) == 0 && values.Find(haypile::kMostRows - 1) == 0);
  CHECK(values.Page(0) == nullptr && values.Page(2) != nullptr && values.pages() == 3);
  CHECK(values.bytes() >= 8'192 && values.bytes() < 8'192 + 100);
  values.At(haypile::kMostRows - 1) = 4;
  CHECK(values.Find(haypile::kMostRows - 1) == 4 && values.Find(9'000) == 3);
}

void ScoresOfWords() {
  // 10 rows of 4 words on average; by hand from the formula.
  RowScores scores(10, 4);
  scores.AddWord({{3, 4, 1}, {5, 8, 2}});
  const double rarity = std::log(8.5 / 2.5);
  const double third = rarity * 2.2 / (1 + 1.2);
  const double fifth = rarity * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 2));
  std::vector<ScoredRow> best = scores.Best(10, nullptr);
  CHECK(best.size() == 2 && best[0].row == 5 && best[1].row == 3);
  CHECK(IsNear(best[0].score, fifth) && IsNear(best[1].score, third));

  // A word in more than half of the rows is worth next to nothing, and a row's words add up.
  std::vector<haypile::WordRow> most;
  for (uint32_t row = 0; row < 9; ++row) most.push_back({row, 4, 1});
  scores.AddWord(most);
  scores.AddWord({});
  best = scores.Best(100, nullptr);
  CHECK(best.size() == 9 && best[0].row == 5 && best[2].row == 0 && best[8].row == 8);
  CHECK(IsNear(best[1].score, third + 1e-6) && IsNear(best[2].score, 1e-6));
}

void BestOfMany() {
  RowScores scores(10, 4);
  CHECK(scores.Best(5, nullptr).empty());
  for (uint32_t at = 0; at < 5'000; ++at) scores.Add(at * 7, (at * 37) % 100);
  // Of equal scores the lower number comes first; 50 rows have each score from 1 to 99, those of 0 are none.
  std::vector<ScoredRow> best = scores.Best(60, nullptr);
  CHECK(best.size() == 60 && best[0].score == 99 && best[49].score == 99 && best[50].score == 98);
  for (size_t at = 1; at < 50; ++at) CHECK(best[at - 1].row < best[at].row);
  CHECK(scores.Best(10'000, nullptr).size() == 4'950);
  CHECK(scores.Best(0, nullptr).empty());

  const std::vector<uint32_t> allowed{7, 14, 15, 4'000'000'000};
  best = scores.Best(60, &allowed);
  CHECK(best.size() == 2 && best[0].row == 14 && best[0].score == 74 && best[1].row == 7);
  const std::vector<uint32_t> none;
  CHECK(scores.Best(60, &none).empty());
}

}  // namespace

int main() {
  ValuesByRow();
  ScoresOfWords();
  BestOfMany();
  return haypile::check::Report();
}
