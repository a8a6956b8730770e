// The tokeniser alone in a loop, without Node: what bench/tokenizer/tokenizer.ts calls "core".
//   loop VOCABULARY ADDED TEXTS SECONDS UNKNOWN CLASSIFY SEPARATE
// VOCABULARY: a token a line. ADDED: "id content" a line. TEXTS: each as 4 bytes of length (of this
// machine's order) and its UTF-8. Prints one line of JSON.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <sstream>

#include "core/wordpiece.h"

namespace {

std::string ReadFile(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "loop: %s cannot be read\n", path);
    std::exit(1);
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<haypile::AddedToken> ReadAdded(const char* path) {
  std::istringstream lines(ReadFile(path));
  std::vector<haypile::AddedToken> added;
  for (haypile::AddedToken token; lines >> token.id && lines.get() == ' ';) {
    std::getline(lines, token.content);
    added.push_back(token);
  }
  return added;
}

std::vector<std::string_view> CutTexts(const std::string& bytes) {
  std::vector<std::string_view> texts;
  for (size_t at = 0; at + 4 <= bytes.size();) {
    uint32_t length = 0;
    std::memcpy(&length, bytes.data() + at, 4);
    texts.push_back(std::string_view(bytes).substr(at + 4, length));
    at += 4 + length;
  }
  return texts;
}

double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

}  // namespace

int main(int count, char** values) {
  if (count != 8) {
    std::fprintf(stderr, "loop: VOCABULARY ADDED TEXTS SECONDS UNKNOWN CLASSIFY SEPARATE\n");
    return 2;
  }
  haypile::WordPieceSpec spec;
  spec.vocabulary = ReadFile(values[1]);
  spec.addedTokens = ReadAdded(values[2]);
  spec.unknownId = std::atoi(values[5]);
  spec.classifyId = std::atoi(values[6]);
  spec.separateId = std::atoi(values[7]);
  const double loadStart = CpuSeconds();
  const haypile::WordPiece wordPiece(spec);
  const double loadMs = (CpuSeconds() - loadStart) * 1000;

  const std::string bytes = ReadFile(values[3]);
  const std::vector<std::string_view> texts = CutTexts(bytes);
  haypile::WordPiece::Scratch scratch;
  std::vector<int32_t> ids;
  const auto pass = [&] {
    size_t tokens = 0;
    for (const std::string_view text : texts) {
      wordPiece.Encode(text, 0, scratch, ids);
      tokens += ids.size() - 2;
    }
    return tokens;
  };
  const size_t tokens = pass();
  const double wanted = std::atof(values[4]);
  const double start = CpuSeconds();
  size_t passes = 0;
  double spent = 0;
  while (passes == 0 || spent < wanted) {
    if (pass() != tokens) return 1;
    ++passes;
    spent = CpuSeconds() - start;
  }
  std::printf("{\"tokens\":%zu,\"passes\":%zu,\"cpuSeconds\":%f,\"loadMs\":%.1f,\"heldBytes\":%zu}\n",
              tokens, passes, spent, loadMs, wordPiece.MemoryBytes());
  return 0;
}
