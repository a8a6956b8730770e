// The BERT normaliser as one pass: clean the text, set ideographs apart, lower-case, decompose and
// drop accents. Code points go to a sink as they come; no normalised copy of the text is made.
// The steps are those of the library in its order, each seen one code point at a time. Two need
// more than that: a capital sigma looks around itself in the text, and marks that stay (spacing
// ones) wait in `pending` until their run ends, to be put in canonical order.
//
// A sink has
//   const char* TakeWordBytes(const char* at, const char* end): takes plain ASCII at once if it
//     wishes and returns where it stopped,
//   bool Put(char32_t): false stops the pass.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "unicode.h"
#include "utf8.h"

namespace haypile {

struct NormaliserScratch {
  std::vector<std::pair<uint8_t, char32_t>> pending;  // combining rank and mark
};

class TextNormaliser {
 public:
  struct Options {
    bool cleanText;
    bool handleChineseChars;
    bool stripAccents;
    bool lowercase;
  };

  explicit TextNormaliser(const Options& options);

  // What an ASCII byte becomes; kDroppedByte when it goes.
  static constexpr uint8_t kDroppedByte = 0xff;
  uint8_t Ascii(uint8_t byte) const { return ascii_[byte]; }

  template <class Sink>
  void Run(std::string_view text, NormaliserScratch& scratch, Sink& sink) const {
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    const char* at = begin;
    scratch.pending.clear();
    while (at != end) {
      if (scratch.pending.empty()) at = sink.TakeWordBytes(at, end);
      if (at == end) break;
      const auto byte = static_cast<uint8_t>(*at);
      if (byte < 0x80) {
        ++at;
        const uint8_t becomes = ascii_[byte];
        if (becomes == kDroppedByte) continue;
        if (!Pass(becomes, 0, scratch, sink)) return;
        continue;
      }
      const char* const start = at;
      const char32_t codePoint = ReadUtf8(at, end);
      if (!PutWide(codePoint, {begin, start, at, end}, scratch, sink)) return;
    }
    Flush(scratch, sink);
  }

  // The normalised text; stops early once it is longer than `limit` bytes.
  void Append(std::string_view text, size_t limit, NormaliserScratch& scratch,
              std::string& out) const;

 private:
  // Where a code point stands in its text.
  struct Place {
    const char* begin;
    const char* start;
    const char* behind;
    const char* end;
  };

  template <class Sink>
  bool PutWide(char32_t codePoint, const Place& place, NormaliserScratch& scratch,
               Sink& sink) const {
    const unicode::Properties* properties = &unicode::PropertiesOf(codePoint);
    if (options_.cleanText) {
      if ((properties->flags & unicode::kDropped) != 0) return true;
      if ((properties->flags & unicode::kSpace) != 0) return Pass(U' ', 0, scratch, sink);
    }
    const bool apart = options_.handleChineseChars && unicode::IsSeparateIdeograph(codePoint);
    if (apart && !Pass(U' ', 0, scratch, sink)) return false;
    if (options_.lowercase) {
      if (codePoint == unicode::kDottedCapitalI) {
        return Pass(U'i', 0, scratch, sink) && PutDecomposed(0x307, nullptr, scratch, sink);
      }
      const bool final = codePoint == unicode::kCapitalSigma && IsFinalSigma(place);
      const int32_t delta = properties->lowerDelta;
      if (final || delta != 0) {
        codePoint = final ? unicode::kFinalSigma
                          : static_cast<char32_t>(static_cast<int32_t>(codePoint) + delta);
        properties = nullptr;
      }
    }
    return PutDecomposed(codePoint, properties, scratch, sink) &&
           (!apart || Pass(U' ', 0, scratch, sink));
  }

  template <class Sink>
  bool PutDecomposed(char32_t codePoint, const unicode::Properties* properties,
                     NormaliserScratch& scratch, Sink& sink) const {
    if (!options_.stripAccents) return Pass(codePoint, 0, scratch, sink);
    if (properties == nullptr) properties = &unicode::PropertiesOf(codePoint);
    char32_t parts[4];
    const size_t count = unicode::Decompose(codePoint, *properties, parts);
    for (size_t i = 0; i < count; ++i) {
      const unicode::Properties& part =
          parts[i] == codePoint ? *properties : unicode::PropertiesOf(parts[i]);
      if ((part.flags & unicode::kMark) != 0) {
        // A mark that is a starter leaves the text too, but nothing is ordered across it.
        if (part.combiningRank == 0 && !Flush(scratch, sink)) return false;
        continue;
      }
      if (!Pass(parts[i], part.combiningRank, scratch, sink)) return false;
    }
    return true;
  }

  template <class Sink>
  bool Pass(char32_t codePoint, uint8_t rank, NormaliserScratch& scratch, Sink& sink) const {
    if (rank != 0) {
      scratch.pending.emplace_back(rank, codePoint);
      return true;
    }
    if (!scratch.pending.empty() && !Flush(scratch, sink)) return false;
    return sink.Put(codePoint);
  }

  template <class Sink>
  bool Flush(NormaliserScratch& scratch, Sink& sink) const {
    auto& pending = scratch.pending;
    std::stable_sort(pending.begin(), pending.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    bool more = true;
    for (size_t i = 0; more && i < pending.size(); ++i) more = sink.Put(pending[i].second);
    pending.clear();
    return more;
  }

  bool IsFinalSigma(const Place& place) const;
  int SigmaView(char32_t codePoint) const;

  Options options_;
  uint8_t ascii_[128];
};

}  // namespace haypile
