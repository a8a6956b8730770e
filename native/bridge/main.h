#pragma once
#include <string>
#include <vector>

namespace haypile::bridge {

// What the program does; `words` without its own name, in UTF-8. Returns the exit code.
int Main(const std::vector<std::string>& words);

}  // namespace haypile::bridge
