// Files and folders that only this user may open, whatever the umask: the C++ side of src/base/files/private-files.ts.
#pragma once
#include <filesystem>
#include <string>
#include <system_error>

namespace haypile {

// Makes a folder and the missing ones above it, each 0700. Folders that are there stay as they are.
std::error_code MakePrivateFolders(const std::filesystem::path& folder);

// Makes a folder for this user only under a name that nobody can foretell: the prefix, the number of this process,
// and signs by chance. Empty: it cannot be made.
std::filesystem::path MakeUniqueFolder(const std::filesystem::path& parent, const std::string& prefix);

// Writes a file whole, 0600 from its first moment. False: it could not be written.
bool WritePrivateFile(const std::filesystem::path& path, const std::string& text);

// Takes the rights of others away from a file or folder of this user. Of another's it takes none.
void CloseToOthers(const std::filesystem::path& path);

// On a file system that nobody can write to, nobody can cut a file short either.
bool IsReadOnlyDisk(const std::filesystem::path& folder);

}  // namespace haypile
