# Zig as CMake's compiler; included by the file of a platform, which says HAYPILE_ZIG_TARGET, CMAKE_SYSTEM_NAME and
# CMAKE_SYSTEM_PROCESSOR first. scripts/lib/zig.sh puts it there.
set(HAYPILE_ZIG "${CMAKE_CURRENT_LIST_DIR}/../../.tools/zig/bin")
set(CMAKE_C_COMPILER "${HAYPILE_ZIG}/zig-cc")
set(CMAKE_CXX_COMPILER "${HAYPILE_ZIG}/zig-c++")
set(CMAKE_AR "${HAYPILE_ZIG}/zig-ar" CACHE FILEPATH "")
set(CMAKE_RANLIB "${HAYPILE_ZIG}/zig-ranlib" CACHE FILEPATH "")
set(CMAKE_RC_COMPILER "${HAYPILE_ZIG}/zig-rc" CACHE FILEPATH "")
# Not CMAKE_<LANG>_COMPILER_TARGET: CMake would write it as "--target=", which zig does not take.
set(CMAKE_C_FLAGS_INIT "-target ${HAYPILE_ZIG_TARGET} ${HAYPILE_ZIG_INCLUDES}")
set(CMAKE_CXX_FLAGS_INIT "-target ${HAYPILE_ZIG_TARGET}")
# CMake asks the compiler who it is with a program that it links, for which zig would compile its C++ library: a minute,
# and another one than the release build links. Compiled alone it says as much.
set(CMAKE_C_COMPILER_ID_FLAGS_ALWAYS -c)
set(CMAKE_CXX_COMPILER_ID_FLAGS_ALWAYS -c)
# Nothing of this machine's own may be found.
set(CMAKE_FIND_ROOT_PATH "${CMAKE_CURRENT_LIST_DIR}/nothing")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
