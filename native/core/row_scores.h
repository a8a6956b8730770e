// Rows of a word index: how long each is, and their scores by BM25, summed word by word; by number of the row.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace haypile {

// Rows of higher numbers are not taken: what is kept by number would grow without end.
constexpr uint32_t kMostRows = 1u << 28;

// One value a row; those that nobody wrote are 0 and take no room, page by page.
template <class Value>
class ByRow {
 public:
  static constexpr uint32_t kRowsPerPage = 4'096;

  // `row` is below kMostRows.
  Value& At(uint32_t row) {
    const size_t page = row / kRowsPerPage;
    if (page >= pages_.size()) pages_.resize(page + 1);
    if (!pages_[page]) {
      pages_[page] = std::make_unique<Value[]>(kRowsPerPage);
      ++count_;
    }
    return pages_[page][row % kRowsPerPage];
  }

  Value Find(uint32_t row) const {
    const Value* page = Page(row / kRowsPerPage);
    return page == nullptr ? Value{} : page[row % kRowsPerPage];
  }

  // Null: all of it is 0.
  const Value* Page(size_t page) const { return page < pages_.size() ? pages_[page].get() : nullptr; }
  size_t pages() const { return pages_.size(); }

  size_t bytes() const {
    return count_ * kRowsPerPage * sizeof(Value) + pages_.capacity() * sizeof(pages_[0]);
  }

  void Clear() {
    std::vector<std::unique_ptr<Value[]>>().swap(pages_);
    count_ = 0;
  }

 private:
  std::vector<std::unique_ptr<Value[]>> pages_;
  size_t count_ = 0;
};

// Words of a row that holds the word asked for, and how often it does, each place by the weight of its field.
struct WordRow {
  uint32_t row;
  uint32_t size;
  double frequency;
};

struct ScoredRow {
  uint32_t row;
  double score;
};

// The numbers are those of FTS5's bm25(), to the bit where the logarithm is the same.
class RowScores {
 public:
  // @param averageSize words of a row
  RowScores(double rows, double averageSize) : rows_(rows), averageSize_(averageSize) {}

  // All rows that hold a word; a word that more rows hold is worth less.
  void AddWord(const std::vector<WordRow>& holders);

  // What a row has beside its words.
  void Add(uint32_t row, double score);

  // Best first: the highest score, then the lowest row; rows without a score are none.
  // @param allowed null: all
  std::vector<ScoredRow> Best(size_t limit, const std::vector<uint32_t>* allowed) const;

 private:
  const double rows_;
  const double averageSize_;
  ByRow<double> scores_;
};

}  // namespace haypile
