// The end of the process that the bridge belongs to.
#pragma once

namespace haypile::bridge {

// A file that is readable once the process has ended, for poll(); -1: the system has none such for it. The caller
// closes it.
int OpenParentFile(int parent);

}  // namespace haypile::bridge
