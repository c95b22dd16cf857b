// Templates of dialect files: `v0:{timestamp}:{body}` and the like.
#include "plan.hpp"

namespace waxseal {
namespace {

constexpr std::string_view names[] = {"",       "id",     "timestamp", "body",     "url",
                                      "method", "header", "type",      "delivery", "signature"};

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// Whether `word` stands in the space-separated `list`.
bool stands_in(std::string_view list, std::string_view word) noexcept {
  while (!list.empty()) {
    const auto end = std::min(list.find(' '), list.size());
    if (list.substr(0, end) == word) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

std::string unknown_placeholder(std::string_view name, std::string_view allowed) {
  std::string sentence = "no placeholder {";
  sentence.append(name).append("}; allowed here: ").append(allowed);
  return sentence;
}

}  // namespace

std::string parse_template(std::string_view text, std::string_view allowed, text_template& into) {
  while (!text.empty()) {
    const auto open = std::min(text.find('{'), text.size());
    if (open > 0) into.push_back({piece::kind::literal, std::string(text.substr(0, open))});
    text.remove_prefix(open);
    if (text.empty()) break;
    const auto close = text.find('}');
    if (close == text.npos) return "a { without its }";
    std::string_view name = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
    std::string argument;
    if (const auto colon = name.find(':'); colon != name.npos) {
      for (const char c : name.substr(colon + 1)) argument += lower(c);
      name = name.substr(0, colon);
    }
    const bool is_header = name == "header";
    if (!stands_in(allowed, name) || is_header == argument.empty()) {
      return unknown_placeholder(name, allowed);
    }
    unsigned kind = 1;
    while (names[kind] != name) ++kind;
    into.push_back({static_cast<piece::kind>(kind), argument});
  }
  return {};
}

bool same_header(std::string_view lower_name, std::string_view any) noexcept {
  if (lower_name.size() != any.size()) return false;
  for (std::size_t i = 0; i < any.size(); ++i) {
    if (lower_name[i] != lower(any[i])) return false;
  }
  return true;
}

bool plan::covers(int header) const noexcept {
  if (header == absent) return false;
  for (const auto& piece : signed_string) {
    if (piece.what == piece::kind::id && id.header == header) return true;
    if (piece.what == piece::kind::timestamp && timestamp.header == header) return true;
    if (piece.what == piece::kind::header && piece.wanted == header) return true;
  }
  return false;
}

}  // namespace waxseal
