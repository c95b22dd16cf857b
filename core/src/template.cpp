// Reads the templates of dialect files, `v0:{timestamp}:{body}` and the like, and the headers they
// name. Called by loader.cpp.
#include <algorithm>

#include "json.hpp"
#include "plan.hpp"

namespace waxseal {
namespace {

constexpr std::string_view kinds = "literal id timestamp body url method header type delivery signature";

}  // namespace

std::string parse_template(std::string_view text, std::string_view allowed, text_template& into) {
  while (!text.empty()) {
    const auto open = std::min(text.find('{'), text.size());
    if (open > 0) into.push_back({piece::kind::literal, text.substr(0, open)});
    text.remove_prefix(open);
    if (text.empty()) break;
    const auto close = text.find('}');
    if (close == text.npos) return "a { without its }";
    std::string_view name = text.substr(1, close - 1), argument;
    text.remove_prefix(close + 1);
    if (const auto colon = name.find(':'); colon != name.npos) {
      argument = name.substr(colon + 1);
      name = name.substr(0, colon);
    }
    if (position(name, allowed) < 0 || (name == "header") == argument.empty()) {
      return join({"no placeholder {", name, "}; allowed here: ", allowed});
    }
    into.push_back({static_cast<piece::kind>(position(name, kinds)), argument});
  }
  return {};
}

int plan::want(std::string_view header) {
  unsigned at = 0;
  while (at < wanted_count && !same_header(wanted[at], header)) ++at;
  if (at == wanted_count && at <= max_wanted) {
    wanted[wanted_count++].append(header);
    for (char& c : wanted[at]) c = lower_case(c);
  }
  return static_cast<int>(at);
}

}  // namespace waxseal
