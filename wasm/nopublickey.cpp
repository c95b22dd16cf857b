// waxseal.wasm knows no public-key scheme: this stands where publickey.cpp would be linked, and so
// keeps it and all it calls out. A dialect that needs one is refused when its verifier is opened.
#include "publickey.hpp"

const waxseal::key_scheme* waxseal::find_scheme(public_scheme) noexcept { return nullptr; }
