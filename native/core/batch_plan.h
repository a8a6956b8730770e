// Which texts run together. Texts are sorted by length, longest first, and a run is closed when its
// padded size would pass the budget: the budget decides both memory (activations grow with padded
// tokens) and speed (little padding). A text longer than the budget runs alone.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace haypile {

struct BatchRange {
  size_t begin;   // into BatchPlan::order
  size_t count;   // texts of this run
  size_t length;  // padded length of each, tokens
};

struct BatchPlan {
  std::vector<uint32_t> order;  // indexes of the texts, longest first; equal lengths keep their order
  std::vector<BatchRange> runs;
};

// lengths[i]: tokens of text i, at least 1. tokensPerRun: at least 1.
BatchPlan PlanBatches(const std::vector<uint32_t>& lengths, size_t tokensPerRun);

}  // namespace haypile
