// Finds the dialects that the library carries. The shipped wasm leaves this file out: there the
// host hands the dialect in.
#include "waxseal/dialect.hpp"

namespace waxseal {

result<dialect, std::string> find_dialect(std::string_view name) {
  std::string known;
  for (const auto& each : embedded_dialects()) {
    if (each.name == name) return dialect::load(each.json, each.name);
    known.append(known.empty() ? "" : ", ").append(each.name);
  }
  return "no dialect \"" + std::string(name) + "\"; there are: " + known;
}

}  // namespace waxseal
