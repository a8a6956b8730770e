// The optimised graph of a model with its weights already packed for this CPU's kernels, kept on
// disk and mapped from there: loading it takes a few milliseconds and hardly any private memory.
// An entry is a folder <model hash>-<runtime version>-<cpu hash> holding the graph, its data and a
// manifest with sizes and XXH64 of both. Entries are never shipped: their layout belongs to one
// runtime version on one kind of CPU. Readers take no lock; builders hold a lock file (flock, freed
// by the system when its owner dies), build aside and rename.
#pragma once
#include <string>

#include "session.h"

namespace haypile {

struct CachedModel {
  std::string path;   // graph to load with optimisation off; "" = use the model file itself
  bool built = false;  // made by this call
  std::string note;   // why there is none, or why it was rebuilt; "" = nothing to say
};

// Finds or builds the entry for a model. Never throws for reasons of the cache: those end in an
// empty path and a note. Throws Error for a model that cannot be read at all.
CachedModel CachedModelFor(const OrtRuntime& runtime, const SessionRequest& request);

// Removes the entry that holds this graph.
void DropCachedModel(const std::string& graphPath);

}  // namespace haypile
