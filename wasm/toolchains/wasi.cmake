# CMake toolchain: WebAssembly by clang and wasi-libc, from a directory with the layout of a wasi-sdk.
# The directory is WASI_SDK_PREFIX (environment or cache), else build/wasi-sdk, which tools/setup
# makes out of Debian's packages.

if(NOT WASI_SDK_PREFIX)
  if(NOT "$ENV{WASI_SDK_PREFIX}" STREQUAL "")
    set(WASI_SDK_PREFIX $ENV{WASI_SDK_PREFIX})
  else()
    get_filename_component(WASI_SDK_PREFIX ${CMAKE_CURRENT_LIST_DIR}/../../build/wasi-sdk ABSOLUTE)
  endif()
endif()
set(WASI_SDK_PREFIX ${WASI_SDK_PREFIX} CACHE PATH "A directory with the layout of a wasi-sdk")
if(NOT EXISTS ${WASI_SDK_PREFIX}/bin/clang)
  message(FATAL_ERROR "No WASI toolchain in ${WASI_SDK_PREFIX}: run tools/setup start, or set WASI_SDK_PREFIX.")
endif()
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES WASI_SDK_PREFIX)

set(WASI TRUE)
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(CMAKE_SYSROOT ${WASI_SDK_PREFIX}/share/wasi-sysroot)

# Newer sysroots call the target wasm32-wasip1, Debian's calls it wasm32-wasi.
if(EXISTS ${CMAKE_SYSROOT}/lib/wasm32-wasip1)
  set(target wasm32-wasip1)
else()
  set(target wasm32-wasi)
endif()
set(CMAKE_C_COMPILER ${WASI_SDK_PREFIX}/bin/clang)
set(CMAKE_CXX_COMPILER ${WASI_SDK_PREFIX}/bin/clang++)
set(CMAKE_AR ${WASI_SDK_PREFIX}/bin/llvm-ar)
set(CMAKE_RANLIB ${WASI_SDK_PREFIX}/bin/llvm-ranlib)
set(CMAKE_C_COMPILER_TARGET ${target})
set(CMAKE_CXX_COMPILER_TARGET ${target})
# LLVM 22 calls wasm32-wasi deprecated; it is what the sysroot has.
set(CMAKE_C_FLAGS_INIT "-Wno-deprecated -fno-exceptions")
set(CMAKE_CXX_FLAGS_INIT "-Wno-deprecated -fno-exceptions")
# clang runs any wasm-opt that it finds on PATH, and Debian's comes with Emscripten: never.
set(CMAKE_EXE_LINKER_FLAGS_INIT "--no-wasm-opt")

set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
