// The words of a run, read from the file of packed weights instead of its mapping. Of a mapped table whole
// neighbourhoods of pages become resident with each row, and soon all of it: half of a small model.
#pragma once
#include <unordered_map>
#include <vector>

#include "core/encoder/encoder.h"
#include "mapped_file.h"

namespace haypile {

// Of one worker; used again by its next run.
class WordRows {
 public:
  ~WordRows();
  WordRows() = default;
  WordRows(const WordRows&) = delete;
  WordRows& operator=(const WordRows&) = delete;

  // The batch with ids of the rows that were read, and the weights with these rows in the place of all. Both
  // are good until the next call; `batch` must have nothing wrong. A file that was read into memory is used
  // as it is. Throws Error HAYPILE_MODEL_DAMAGED, std::bad_alloc.
  void Read(const MappedFile& file, const encoder::Weights& weights, const encoder::Batch& batch);
  const encoder::Weights& weights() const { return weights_; }
  const encoder::Batch& batch() const { return batch_; }

  // Gives the memory back.
  void Free();

 private:
  int8_t* RoomFor(size_t bytes);

  encoder::Weights weights_;
  encoder::Batch batch_{};
  std::vector<int32_t> ids_;
  std::vector<float> scales_;
  std::unordered_map<int32_t, int32_t> seen_;  // the row of an id
  int8_t* rows_ = nullptr;
  size_t size_ = 0;
};

}  // namespace haypile
