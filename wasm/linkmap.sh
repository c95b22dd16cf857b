#!/bin/sh
# linkmap.sh MAP COMMAND…: runs the link command and keeps what it prints, the link map, in MAP.
# Called by wasm/CMakeLists.txt for Emscripten's link.
map=$1
shift
exec "$@" > "$map"
