#include "waxseal/status.hpp"

namespace waxseal {

std::string_view name(status code) noexcept {
  constexpr const char* names[] = {
      "ok",           "missing_signature", "bad_signature",       "missing_timestamp",
      "bad_timestamp", "too_old",          "too_new",             "missing_id",
      "bad_id",       "duplicate_header",  "contradiction",       "too_many_signatures",
      "body_too_large", "bad_encoding",    "bad_utf8",            "bad_json",
      "too_deep",     "duplicate_key",     "schema",              "key_unavailable",
      "internal"};
  static_assert(sizeof names / sizeof *names == status_count);
  const auto index = static_cast<unsigned>(code);
  return index < status_count ? names[index] : std::string_view();
}

}  // namespace waxseal
