// Failures inside the core: a stable code of src/base/errors.ts with a message. Plain C++, so that
// worker threads can throw and keep them; errors.cc turns them into JS errors on the JS thread.
#pragma once
#include <new>
#include <stdexcept>
#include <string>

namespace haypile {

namespace code {
inline constexpr char kClosed[] = "HAYPILE_CLOSED";
inline constexpr char kAborted[] = "HAYPILE_ABORTED";
inline constexpr char kUsage[] = "HAYPILE_USAGE";
inline constexpr char kModelInvalid[] = "HAYPILE_MODEL_INVALID";
inline constexpr char kModelDamaged[] = "HAYPILE_MODEL_DAMAGED";
inline constexpr char kModelMissing[] = "HAYPILE_MODEL_MISSING";
inline constexpr char kNativeMissing[] = "HAYPILE_NATIVE_MISSING";
inline constexpr char kRuntimeFailed[] = "HAYPILE_RUNTIME_FAILED";
inline constexpr char kOutOfMemory[] = "HAYPILE_OUT_OF_MEMORY";
inline constexpr char kIo[] = "HAYPILE_IO";
inline constexpr char kInternal[] = "HAYPILE_INTERNAL";
}  // namespace code

class Error : public std::runtime_error {
 public:
  Error(std::string code, const std::string& message)
      : std::runtime_error(message), code_(std::move(code)) {}
  const std::string& code() const { return code_; }

 private:
  std::string code_;
};

struct Failure {
  std::string code;
  std::string message;
};

// What is being caught, as a code and a message: for the last catch of a thread, which lets nothing through. Call it
// inside a catch block. `doing` goes on after "while".
inline Failure CaughtFailure(const std::string& doing) {
  try {
    throw;
  } catch (const Error& error) {
    return {error.code(), error.what()};
  } catch (const std::bad_alloc&) {
    return {code::kOutOfMemory, "Memory could not be had while " + doing + "."};
  } catch (const std::exception& error) {
    return {code::kInternal, "An error came while " + doing + ": " + error.what() + "."};
  } catch (...) {
    return {code::kInternal, "Something unknown went wrong while " + doing + "."};
  }
}

}  // namespace haypile
