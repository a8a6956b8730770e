# The target node-import-library: what Node-API's functions are called in node.exe, for the linker on Windows. A host
# program of another name (Electron) does not have them.
add_library(node-import-library INTERFACE)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "ARM64")
  set(NODE_MACHINE arm64)
else()
  set(NODE_MACHINE i386:x86-64)
endif()
foreach(name node_api js_native_api)
  set(library "${CMAKE_BINARY_DIR}/${name}.lib")
  set(names "${NODE_MODULES}/node-api-headers/def/${name}.def")
  if(NOT EXISTS "${library}")
    execute_process(
      COMMAND "${HAYPILE_ZIG}/zig-dlltool" -m ${NODE_MACHINE} -D node.exe -d "${names}" -l "${library}"
      COMMAND_ERROR_IS_FATAL ANY)
  endif()
  target_link_libraries(node-import-library INTERFACE "${library}")
endforeach()
