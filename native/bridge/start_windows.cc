#include <fcntl.h>
#include <io.h>
#include <stdio.h>

#include "bridge/main.h"
#include "windows/api.h"

// After windows.h, which it builds on.
#include <shellapi.h>

// The words in UTF-8, whatever the code page: the C library's would be in that.
int main() {
  // A line feed is a line feed.
  for (FILE* stream : {stdin, stdout, stderr}) _setmode(_fileno(stream), _O_BINARY);
  int count = 0;
  wchar_t** wide = CommandLineToArgvW(GetCommandLineW(), &count);
  std::vector<std::string> words;
  for (int i = 1; i < count; ++i) words.push_back(haypile::windows::Narrow(wide[i]));
  LocalFree(wide);
  const int code = haypile::bridge::Main(words);
  fflush(nullptr);
  // Threads that wait for a stream for ever are not waited for.
  TerminateProcess(GetCurrentProcess(), static_cast<UINT>(code));
  return code;
}
