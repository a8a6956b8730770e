// Whose a thing is, and rights for this user only. The administrators and the system itself can have everything
// anyway: what is theirs is not a stranger's.
#pragma once
#include "windows/api.h"

namespace haypile::windows {

// Rights for this user and the system, and for nobody else; what is made in a folder inherits them.
class PrivateRights {
 public:
  PrivateRights();
  ~PrivateRights();
  PrivateRights(const PrivateRights&) = delete;
  PrivateRights& operator=(const PrivateRights&) = delete;

  // Null where they could not be made.
  SECURITY_ATTRIBUTES* get() { return attributes_.lpSecurityDescriptor == nullptr ? nullptr : &attributes_; }

 private:
  SECURITY_ATTRIBUTES attributes_{};
};

// Whether the owner of an object (a file, a pipe) is this user, the administrators or the system. The handle
// needs READ_CONTROL.
bool IsOurs(HANDLE object);

// Whether its access list lets anybody else do anything. True where that cannot be told.
bool IsOpenToOthers(HANDLE object);

enum class Kind { kFile, kFolder, kPipe };

// Sets rights for this user only; the handle needs WRITE_DAC. What is in a folder inherits them.
bool CloseToOthers(HANDLE object, Kind kind);

// The same of a file or folder by its path, when it is this user's and no link. False: it is another's, or the disk has
// no such lists.
bool ClosePath(const std::string& path);

struct Access {
  bool isKnown = false;
  bool isOurs = false;
  bool isOpenToOthers = false;
};
Access AccessOf(const std::string& path);

}  // namespace haypile::windows
