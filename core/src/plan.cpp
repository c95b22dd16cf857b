// What a compiled dialect is asked by those who run it.
#include "plan.hpp"

namespace waxseal {

bool same_header(std::string_view lower_name, std::string_view any) noexcept {
  if (lower_name.size() != any.size()) return false;
  for (std::size_t i = 0; i < any.size(); ++i) {
    if (lower_name[i] != lower_case(any[i])) return false;
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
