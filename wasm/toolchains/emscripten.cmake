# CMake toolchain: WebAssembly by Emscripten, Debian's or the one whose emcc is on PATH.
# Emscripten's own toolchain file does the work; it sets EMSCRIPTEN.

find_program(WAXSEAL_EMCC emcc REQUIRED NO_CMAKE_FIND_ROOT_PATH)
get_filename_component(emcc ${WAXSEAL_EMCC} REALPATH)
get_filename_component(emscripten_root ${emcc} DIRECTORY)
if(NOT EXISTS ${emscripten_root}/cmake/Modules/Platform/Emscripten.cmake)
  set(emscripten_root /usr/share/emscripten) # Debian's emcc is a small script in /usr/bin
endif()
include(${emscripten_root}/cmake/Modules/Platform/Emscripten.cmake)

# Debian's emcc finds its JavaScript packages only there (the preset says the same for the build).
set(ENV{NODE_PATH} /usr/share/nodejs)
