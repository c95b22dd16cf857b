// The closed table of causes that `explain` can name. Rows stand in causes.cpp.
#pragma once

#include <cstdint>

namespace waxseal {

/// Positions of the rows of the table, in the order in which findings of equal certainty are told.
enum class cause : std::uint8_t {
  // headers
  header_missing, header_underscores, header_cgi, header_x_dropped, header_x_added, header_remapped,
  header_empty, header_duplicated, header_joined, header_whitespace, header_quoted,
  header_of_other_dialect, header_contradiction, id_malformed,
  // time
  timestamp_missing, timestamp_milliseconds, timestamp_seconds, timestamp_malformed,
  clock_ahead, clock_behind, request_old,
  // signature
  signature_uppercase, signature_not_hex, signature_not_base64, signature_base64url,
  signature_without_prefix, signature_foreign_prefix, signature_truncated, signature_malformed,
  signature_missing, too_many_signatures,
  // secret
  secret_empty, secret_newline, secret_whitespace, secret_quoted, secret_without_prefix,
  secret_with_prefix, secret_is_base64, secret_is_hex, secret_decoded_base64, secret_decoded_hex,
  secret_as_text, secret_base64url, secret_case, secret_percent_encoded, secret_other_kind, secret_unfit, secret_old,
  settings_unfit,
  // body
  body_empty, body_compact, body_spaced, body_indented, body_whitespace, body_ascii_escaped,
  body_unescaped, body_slashes_escaped, body_slashes_unescaped, body_html_escaped,
  body_html_unescaped, body_sorted, body_reordered, body_newline_added, body_newline_removed,
  body_trimmed, body_crlf, body_lf, body_bom_added, body_bom_removed, body_mojibake, body_latin1,
  body_replaced, body_base64, body_hex, body_json_string, body_python_bytes, body_percent_encoded,
  body_chunked, body_with_headers, body_form_reencoded, body_form_as_json, body_object,
  body_compressed, body_decompressed, body_truncated, body_length, body_too_large, body_refused,
  // address
  url_missing, url_scheme, url_host, url_port, url_trailing_slash, url_query_order, url_query_missing,
  url_query_added, url_escapes, method_differs,
  dialect_other,
};

inline constexpr unsigned cause_count = static_cast<unsigned>(cause::dialect_other) + 1;

}  // namespace waxseal
