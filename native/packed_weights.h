// Files of packed weights: mapped, compared with their digest, and fitting what is asked of the model.
#pragma once
#include <memory>
#include <string>

#include "core/encoder/encoder.h"
#include "mapped_file.h"
#include "model_runner.h"

namespace haypile {

// A copy of the file, mapped. Its digest was taken while the copy was made, so that what was compared
// is what is mapped, and comparing touched no page of it.
class PackedWeights {
 public:
  // Throws Error HAYPILE_MODEL_MISSING, HAYPILE_MODEL_DAMAGED, HAYPILE_OUT_OF_MEMORY.
  PackedWeights(const std::string& path, const std::string& scratch);

  const encoder::Weights& weights() const { return weights_; }
  // Says which contents these are, header and all.
  uint64_t key() const { return key_; }
  const MappedFile& file() const { return file_; }

 private:
  MappedFile file_;
  encoder::Weights weights_;
  uint64_t key_;
};

// Of a file's first bytes, which hold its digest.
uint64_t KeyOfWeights(const uint8_t* header);

// Opens bytes that lie in memory. `sum`: XXH64 of what follows the header, where it is known; else all
// is read. Throws HAYPILE_MODEL_DAMAGED.
void OpenChecked(const std::string& path, const uint8_t* bytes, size_t size, const uint64_t* sum,
                 encoder::Weights* weights);

// Throws HAYPILE_MODEL_INVALID when weights of this shape do not give what is asked for.
void CheckShape(const encoder::Shape& shape, const ModelRequest& request);

// Throws HAYPILE_MODEL_INVALID when the model cannot run these texts: ids of another vocabulary.
void CheckBatch(const encoder::Weights& weights, const encoder::Batch& batch, const std::string& path);

// Why a model of packed weights does not run where it was asked to.
inline constexpr char kPackedOnCpu[] =
    "packed weights run on the CPU; for another provider name a model with an ONNX graph of its own";

// Weights whose stated sums (checksums.json) were compared on this machine: their digest is compared at
// each load, so these very bytes need no second comparison. False without a folder.
bool WereCompared(const std::string& cacheFolder, uint64_t key);
// Notes that; where the folder cannot be written, the next load compares again.
void NoteCompared(const std::string& cacheFolder, uint64_t key);

}  // namespace haypile
