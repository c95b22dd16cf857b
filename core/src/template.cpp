// Reads the templates of dialect files, `v0:{timestamp}:{body}` and the like, and the headers they
// name. Called by loader.cpp.
#include <algorithm>

#include "json.hpp"
#include "plan.hpp"

namespace waxseal {
namespace {

constexpr std::string_view kinds =
    "literal id timestamp body url method header type delivery signature "
    "form field crc32 sha256 setting json header_names header_values";

/// Those that have an argument behind a colon.
bool takes_argument(std::string_view name) {
  return name == "header" || name == "setting" || name == "json" || name == "field";
}

}  // namespace

std::string parse_template(std::string_view text, std::string_view allowed, text_template& into) {
  const bool groups = position("json", allowed) >= 0;
  bool open_group = false;
  while (!text.empty()) {
    const auto open = std::min(text.find_first_of(groups ? "{[]" : "{"), text.size());
    if (open > 0) into.push_back({piece::kind::literal, text.substr(0, open)});
    text.remove_prefix(open);
    if (text.empty()) break;
    if (text[0] != '{') {
      if ((text[0] == '[') == open_group) return "a [ and its ] stand around a part, and not in one another";
      open_group = !open_group;
      into.push_back({open_group ? piece::kind::open : piece::kind::close, {}});
      text.remove_prefix(1);
      continue;
    }
    const auto close = text.find('}');
    if (close == text.npos) return "a { without its }";
    std::string_view name = text.substr(1, close - 1), argument;
    text.remove_prefix(close + 1);
    if (const auto colon = name.find(':'); colon != name.npos) {
      argument = name.substr(colon + 1);
      name = name.substr(0, colon);
    }
    if (position(name, allowed) < 0 || takes_argument(name) == argument.empty()) {
      return join({"no placeholder {", name, "}; allowed here: ", allowed});
    }
    piece next{static_cast<piece::kind>(position(name, kinds)), argument};
    if (next.what == piece::kind::json) {
      next.optional = argument.ends_with('?');
      if (next.optional) next.text.remove_suffix(1);
      if (!next.text.starts_with('/')) return "{json:POINTER} holds a JSON Pointer, which begins with /";
    }
    into.push_back(next);
  }
  return open_group ? "a [ without its ]" : "";
}

bool goes_through_array(std::string_view pointer) noexcept {
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const auto token = pointer.substr(0, pointer.find('/'));
    if (!token.empty() && token.find_first_not_of("0123456789") == token.npos) return true;
    pointer.remove_prefix(token.size());
  }
  return false;
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

int plan::want_setting(std::string_view wanted_name) {
  std::uint32_t at = 0;
  while (at < setting_names.size() && setting_names[at] != wanted_name) ++at;
  if (at == setting_names.size()) setting_names.push_back(wanted_name);
  return static_cast<int>(at);
}

}  // namespace waxseal
