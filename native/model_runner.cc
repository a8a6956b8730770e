#include "model_runner.h"

#include <algorithm>
#include <cmath>

#include "allocator.h"
#include "direct_model.h"
#include "errors.h"
#include "session.h"

namespace haypile {

std::unique_ptr<ModelRunner> LoadRunner(const ModelRequest& request) {
  KeepLargeBlocksApart();
  if (request.engine == Engine::kDirect) return DirectModel::Load(request);
  return Session::Load(request);
}

void CheckFinite(const float* results, size_t count, const ModelRequest& request) {
  const auto isNumber = [](float value) { return std::isfinite(value); };
  if (std::all_of(results, results + count, isNumber)) return;
  throw Error(code::kModelInvalid,
              "The model " + request.modelPath + " gave " +
                  (request.output == Output::kScore ? "a score" : "a vector") +
                  " that is no number. Its weights are damaged, or do not fit its number format; "
                  "use another file of it.");
}

}  // namespace haypile
