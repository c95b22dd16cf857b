#!/bin/sh
# Prints what a .wasm weighs: raw, gzip, brotli. Run by the build after each link.
size() { wc -c | tr -d ' '; }
if command -v brotli > /dev/null; then
  brotli="$(brotli --best --stdout "$1" | size)"
else
  brotli="not installed"
fi
echo "$(basename "$1"): $(size < "$1") bytes, gzip $(gzip -9 --stdout "$1" | size), brotli $brotli"
