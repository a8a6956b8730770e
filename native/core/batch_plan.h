// Which texts run together: a run is closed when its size would pass the budget, which decides memory
// (activations grow with the tokens of a run). A text longer than the budget runs alone.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace haypile {

struct BatchRange {
  size_t begin;  // into BatchPlan::order
  size_t count;  // texts of this run
};

struct BatchPlan {
  std::vector<uint32_t> order;  // indexes of the texts
  std::vector<BatchRange> runs;
};

// For models that fill up short texts to the longest of a run: longest first, so that there is little to
// fill; equal lengths keep their order. A run has at most so many tokens with the filling.
// lengths[i]: tokens of text i, at least 1. tokensPerRun: at least 1.
BatchPlan PlanPadded(const std::vector<uint32_t>& lengths, size_t tokensPerRun);

// For models that fill up nothing: in the order of the texts, so that progress comes in order and runs
// are of nearly one size. A run has at most so many tokens.
BatchPlan PlanPacked(const std::vector<uint32_t>& lengths, size_t tokensPerRun);

}  // namespace haypile
