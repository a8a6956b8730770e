// The optimised graph of a model with its weights already packed for this CPU's kernels, kept on
// disk. Loading it takes a few milliseconds and hardly any private memory: a copy of it is mapped that
// has no name any more, so that nobody can cut it short or write into it (live_copy.h).
// An entry is a folder <model hash>-<runtime version>-<cpu hash> holding the graph, its data and a
// manifest with sizes and XXH64 of both. Entries are never shipped: their layout belongs to one
// runtime version on one kind of CPU. Readers take no lock; builders hold a lock file (flock, freed
// by the system when its owner dies), build aside and rename.
#pragma once
#include <memory>
#include <string>

#include "live_copy.h"
#include "session.h"

namespace haypile {

struct CachedModel {
  std::string path;   // graph to load with optimisation off; "" = use the model file itself
  std::string entry;  // the folder it is of
  bool built = false;  // made by this call
  std::string note;   // why there is none, or why it was rebuilt; "" = nothing to say
  // Holds `path` until the session is made.
  std::unique_ptr<LiveCopy> copy;
};

// Finds or builds the entry for a model. Never throws for reasons of the cache: those end in an
// empty path and a note. Throws Error for a model that cannot be read at all.
CachedModel CachedModelFor(const OrtRuntime& runtime, const ModelRequest& request);

// Removes the entry that this graph is of.
void DropCachedModel(const CachedModel& model);

}  // namespace haypile
