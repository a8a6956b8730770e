#include "word_rows.h"

#include "allocator.h"
#include "errors.h"

namespace haypile {

WordRows::~WordRows() { Free(); }

void WordRows::Free() {
  GiveCounted(rows_);
  rows_ = nullptr;
  size_ = 0;
  std::vector<int32_t>().swap(ids_);
  std::vector<float>().swap(scales_);
  std::unordered_map<int32_t, int32_t>().swap(seen_);
}

int8_t* WordRows::RoomFor(size_t bytes) {
  if (bytes > size_) {
    GiveCounted(rows_);
    rows_ = nullptr;
    size_ = 0;
    rows_ = static_cast<int8_t*>(TakeCounted(bytes));
    size_ = bytes;
  }
  return rows_;
}

void WordRows::Read(const MappedFile& file, const encoder::Weights& weights,
                    const encoder::Batch& batch) {
  if (weights_.layers.empty()) weights_ = weights;
  batch_ = batch;
  if (file.mappedPath().empty()) return;
  size_t tokens = 0;
  for (size_t i = 0; i < batch.count; ++i) tokens += batch.lengths[i];
  ids_.resize(tokens);
  scales_.clear();
  seen_.clear();
  std::vector<int32_t> words;
  for (size_t i = 0; i < tokens; ++i) {
    const auto [found, isNew] = seen_.emplace(batch.ids[i], static_cast<int32_t>(words.size()));
    if (isNew) words.push_back(batch.ids[i]);
    ids_[i] = found->second;
  }
  const size_t width = weights.shape.width;
  const auto begin = reinterpret_cast<const uint8_t*>(weights.wordRows) - file.data();
  int8_t* rows = RoomFor(words.size() * width);
  for (size_t i = 0; i < words.size(); ++i) {
    scales_.push_back(weights.wordScale[words[i]]);
    if (file.ReadAt(begin + words[i] * width, rows + i * width, width)) continue;
    throw Error(code::kModelDamaged, "The packed weights could not be read any more.");
  }
  weights_.wordRows = rows;
  weights_.wordScale = scales_.data();
  batch_.ids = ids_.data();
}

}  // namespace haypile
