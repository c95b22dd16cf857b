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

bool settings::covers(int header) const noexcept {
  if (header == absent) return false;
  for (const auto& piece : signed_string) {
    if (piece.what == piece::kind::id && id.header == header) return true;
    if (piece.what == piece::kind::timestamp && timestamp.header == header) return true;
    if (piece.what == piece::kind::header && piece.wanted == header) return true;
    if (piece.what == piece::kind::header_values) {
      for (const auto& each : nameable) {
        if (each.index == header) return true;
      }
    }
  }
  return false;
}

bool settings::covers(const place& where) const noexcept {
  if (!where.claim.empty()) return true;
  if (!where.query.empty()) return false;
  if (!where.pointer && where.field.empty()) return covers(where.header);
  if (covers_body) return true;
  for (const auto& piece : signed_string) {
    if (piece.what == piece::kind::json && where.pointer && where.pointer->ends_with(piece.text) &&
        (items ? where.pointer->starts_with(*items) : where.pointer->size() == piece.text.size())) {
      return true;
    }
  }
  return false;
}

}  // namespace waxseal
