// What waxseal-full.wasm can do beside abi.cpp: compile a dialect file, and what a relay decides.
#include <string>

#include "abi.hpp"
#include "waxseal/address.hpp"

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

WAXSEAL_EXPORT(waxseal_check_destination) u32 waxseal_check_destination(u32 url, u32 rules) {
  last_made = {};
  last_error = no_such_texts;
  if (url > memory.capacity) return 0;
  destination found;
  const auto fault = check_destination({memory.start, url}, {.http = (rules & 1) != 0, .private_ = (rules & 2) != 0}, found);
  last_error = advice(fault);
  last_made = fault == destination_fault::ok ? found.host : name(fault);
  return fault == destination_fault::ok ? found.port : 0;
}
