// Pipes with names that Node made: their rights, from outside.
#pragma once
#include <string>

namespace haypile::windows {

enum class PipeOwner { kNobody, kOurs, kAnothers };

// Who made the pipe that answers at a name.
PipeOwner OwnerOfPipe(const std::string& name);

// Takes a pipe of this user's from all others. False: it could not be done.
bool ClosePipeToOthers(const std::string& name);

}  // namespace haypile::windows
