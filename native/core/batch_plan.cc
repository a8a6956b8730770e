#include "core/batch_plan.h"

#include <algorithm>
#include <numeric>

namespace haypile {

BatchPlan PlanPadded(const std::vector<uint32_t>& lengths, size_t tokensPerRun) {
  BatchPlan plan;
  plan.order.resize(lengths.size());
  std::iota(plan.order.begin(), plan.order.end(), 0u);
  std::stable_sort(plan.order.begin(), plan.order.end(),
                   [&](uint32_t a, uint32_t b) { return lengths[a] > lengths[b]; });
  size_t begin = 0;
  while (begin < plan.order.size()) {
    const size_t length = lengths[plan.order[begin]];
    const size_t fits = std::max<size_t>(1, tokensPerRun / length);
    const size_t count = std::min(fits, plan.order.size() - begin);
    plan.runs.push_back({begin, count});
    begin += count;
  }
  return plan;
}

BatchPlan PlanPacked(const std::vector<uint32_t>& lengths, size_t tokensPerRun) {
  BatchPlan plan;
  plan.order.resize(lengths.size());
  std::iota(plan.order.begin(), plan.order.end(), 0u);
  size_t tokens = 0;
  for (size_t i = 0; i < lengths.size(); ++i) {
    if (plan.runs.empty() || tokens + lengths[i] > tokensPerRun) {
      plan.runs.push_back({i, 0});
      tokens = 0;
    }
    ++plan.runs.back().count;
    tokens += lengths[i];
  }
  return plan;
}

}  // namespace haypile
