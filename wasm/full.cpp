// What waxseal-full.wasm can do beside abi.cpp: compile a dialect file.
#include <string>

#include "abi.hpp"

using namespace waxseal;
using namespace waxseal::abi;

WAXSEAL_EXPORT(waxseal_compile) u32 waxseal_compile(u32 json) {
  static std::string image;
  last_made = {};
  last_error = no_such_texts;
  if (json > memory.capacity) return static_cast<u32>(status::internal);
  const auto loaded = dialect::load({memory.start, json}, "dialect");
  if (!loaded) {
    explain(loaded.error());
    return static_cast<u32>(status::internal);
  }
  image = loaded->image();
  last_made = image;
  return static_cast<u32>(status::ok);
}
