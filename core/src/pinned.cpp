#include "pinned.hpp"

#include <algorithm>

namespace waxseal {
namespace {

constexpr std::string_view scheme = "https://";
constexpr std::string_view list_wanted = "a list of URLs without escapes is wanted";

enum class run : unsigned char { letters, digits, name, rest, unknown };
constexpr std::string_view runs[] = {"{letters}", "{digits}", "{name}", "{rest}"};

run run_at(std::string_view text) noexcept {
  unsigned which = 0;
  while (which < static_cast<unsigned>(run::unknown) && !text.starts_with(runs[which])) ++which;
  return static_cast<run>(which);
}

bool holds(run which, char c) noexcept {
  const bool small = c >= 'a' && c <= 'z', digit = c >= '0' && c <= '9';
  if (which == run::letters) return small;
  if (which == run::digits) return digit;
  if (which == run::name) return small || digit || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  return c > ' ' && c <= '~' && c != '\\';
}

/// Takes the next string off an array of strings without escapes. @return false where there is none
bool take_next(std::string_view& array, std::string_view& text) noexcept {
  const auto open = array.find('"');
  if (open == array.npos) return false;
  const auto close = array.find('"', open + 1);
  if (close == array.npos) return false;
  text = array.substr(open + 1, close - open - 1);
  array.remove_prefix(close + 1);
  return true;
}

std::string_view check_one(std::string_view text) noexcept {
  const std::string_view behind = text.substr(std::min(scheme.size(), text.size()));
  const std::string_view host = behind.substr(0, behind.find('/'));
  if (!text.starts_with(scheme) || host.empty() || host.size() == behind.size() || host.ends_with('}') || host.find('@') != host.npos) {
    return "a URL here is https://, a host that ends in literal text, and a path";
  }
  const char* const path = host.data() + host.size();
  while (!text.empty()) {
    if (text[0] != '{') {
      if (!holds(run::rest, text[0]) || text[0] == '}') return "a URL here holds visible characters";
      text.remove_prefix(1);
      continue;
    }
    const run which = run_at(text);
    const std::string_view next = which == run::unknown ? text : text.substr(runs[static_cast<unsigned>(which)].size());
    const bool ends = next.empty() && (which != run::rest || text.data() > path);
    const bool goes_on = !next.empty() && which < run::rest && next[0] != '{' && !holds(which, next[0]);
    text = next;
    if (!ends && !goes_on) return "of {letters} {digits} {name} each stands before what it cannot hold, and {rest} at the end";
  }
  return {};
}

bool matches(std::string_view pattern, std::string_view url) noexcept {
  while (!pattern.empty()) {
    if (pattern[0] != '{') {
      if (!url.starts_with(pattern[0])) return false;
      pattern.remove_prefix(1);
      url.remove_prefix(1);
      continue;
    }
    const run which = run_at(pattern);
    if (which == run::unknown) return false;
    std::size_t size = 0;
    while (size < url.size() && holds(which, url[size])) ++size;
    if (size == 0) return false;
    pattern.remove_prefix(runs[static_cast<unsigned>(which)].size());
    url.remove_prefix(size);
  }
  return url.empty();
}

}  // namespace

std::string_view check_pinned(std::string_view urls) noexcept {
  if (!urls.starts_with("[\"") || urls.find('\\') != urls.npos) return list_wanted;
  for (std::string_view rest = urls, text; rest != "]";) {
    if (!(rest.starts_with('[') || rest.starts_with(',')) || !rest.substr(1).starts_with('"') || !take_next(rest, text)) return list_wanted;
    if (const std::string_view problem = check_one(text); !problem.empty()) return problem;
  }
  return {};
}

bool is_pinned(std::string_view urls, std::string_view url) noexcept {
  if (url.size() > max_pinned_url) return false;
  for (std::string_view text; take_next(urls, text);) {
    if (matches(text, url)) return true;
  }
  return false;
}

}  // namespace waxseal
