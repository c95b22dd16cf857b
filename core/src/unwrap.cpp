#include "unwrap.hpp"

#include "lexer.hpp"
#include "loose.hpp"
#include "respell.hpp"

namespace waxseal {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

bool take(std::string_view text, std::string& into) {
  into.assign(text);
  return true;
}

bool drop_line_end(std::string_view body, std::string& into) {
  if (!body.ends_with('\n')) return false;
  body.remove_suffix(body.ends_with("\r\n") ? 2 : 1);
  return take(body, into);
}

bool drop_line_feed(std::string_view body, std::string& into) {  // and leaves the CR before it
  return body.ends_with("\r\n") && take(body.substr(0, body.size() - 1), into);
}

bool add_line_feed(std::string_view body, std::string& into) {
  into.assign(body).append("\n");
  return !body.empty();
}

bool add_line_end(std::string_view body, std::string& into) {
  into.assign(body).append("\r\n");
  return !body.empty();
}

bool trim(std::string_view body, std::string& into) {
  const std::string_view bare = trimmed(body);
  return !bare.empty() && take(bare, into);
}

bool drop_returns(std::string_view body, std::string& into) {
  if (body.find("\r\n") == body.npos) return false;
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (body.substr(i, 2) != "\r\n") into.push_back(body[i]);
  }
  return true;
}

bool add_returns(std::string_view body, std::string& into) {
  if (body.find('\n') == body.npos) return false;
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (body[i] == '\n' && (i == 0 || body[i - 1] != '\r')) into.push_back('\r');
    into.push_back(body[i]);
  }
  return true;
}

bool drop_mark(std::string_view body, std::string& into) {
  return body.starts_with(byte_order_mark) && take(body.substr(byte_order_mark.size()), into);
}

bool add_mark(std::string_view body, std::string& into) {
  into.assign(byte_order_mark).append(body);
  return !body.starts_with(byte_order_mark);
}

/// The characters that windows-1252 has at 0x80 to 0x9f; 0: none.
constexpr std::uint16_t windows[32] = {
    0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
    0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178};

/// The byte that `point` is in Latin-1 or windows-1252, or -1.
int single_byte(unsigned point) {
  if (point < 0x100) return static_cast<int>(point);
  for (int i = 0; i < 32; ++i) {
    if (windows[i] == point) return 0x80 + i;
  }
  return -1;
}

bool undo_mojibake(std::string_view body, std::string& into) {
  bool changed = false;
  std::string padded(body);
  padded.append(scan_padding, '\0');
  const auto* p = reinterpret_cast<byte_ptr>(padded.data());
  for (const byte_ptr end = p + body.size(); p < end;) {
    if (*p < 0x80) {
      into.push_back(static_cast<char>(*p++));
      continue;
    }
    const unsigned length = utf8_length(p);
    if (length != 2 && length != 3) return false;
    const unsigned point = length == 2 ? (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu)
                                       : (p[0] & 0xfu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
    const int byte = single_byte(point);
    if (byte < 0) return false;
    into.push_back(static_cast<char>(byte));
    p += length;
    changed = true;
  }
  return changed;
}

bool undo_latin1(std::string_view body, std::string& into) {
  bool changed = false;
  for (const char c : body) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      into.push_back(c);
      continue;
    }
    into.push_back(static_cast<char>(0xc0 | byte >> 6));
    into.push_back(static_cast<char>(0x80 | (byte & 0x3f)));
    changed = true;
  }
  return changed;
}

bool undo_encoding(encoding how, std::string_view body, std::string& into) {
  into = decoded(how, trimmed(body));
  return !into.empty();
}

bool undo_base64(std::string_view body, std::string& into) { return undo_encoding(encoding::base64, body, into); }
bool undo_base64url(std::string_view body, std::string& into) { return undo_encoding(encoding::base64url, body, into); }
bool undo_hex(std::string_view body, std::string& into) { return undo_encoding(encoding::hex, body, into); }

bool undo_json_string(std::string_view body, std::string& into) {
  if (body.size() < 2 || body.front() != '"' || body.back() != '"' || !is_json(body)) return false;
  const std::string_view raw = body.substr(1, body.size() - 2);
  into.resize(raw.size());
  into.resize(decode_text(raw, into.data()));
  return true;
}

bool undo_python_bytes(std::string_view body, std::string& into) {
  if (body.size() < 3 || body[0] != 'b' || (body[1] != '\'' && body[1] != '"') || body.back() != body[1]) return false;
  constexpr std::string_view letters = "nrt\\'\"", bytes = "\n\r\t\\'\"";
  for (std::size_t i = 2; i + 1 < body.size(); ++i) {
    const auto letter = body[i] == '\\' ? letters.find(body[i + 1]) : letters.npos;
    const int byte = body.substr(i, 2) == "\\x" ? hex_byte(body, i + 2) : -1;
    into.push_back(byte >= 0 ? static_cast<char>(byte) : letter != letters.npos ? bytes[letter] : body[i]);
    i += byte >= 0 ? 3 : letter != letters.npos ? 1 : 0;
  }
  return true;
}

bool undo_percent(std::string_view body, std::string& into) {
  if (!body.starts_with('%')) return false;  // so does a JSON object or array
  return take(percent_decoded(body, true), into);
}

bool undo_chunks(std::string_view body, std::string& into) {
  for (;;) {
    std::size_t size = 0;
    const auto line = body.find("\r\n");
    if (line == body.npos || line == 0 || line > 8) return false;
    for (const char c : body.substr(0, line)) {
      if (hex_value(c) < 0) return false;
      size = size * 16 + static_cast<std::size_t>(hex_value(c));
    }
    body.remove_prefix(line + 2);
    if (size == 0) return !into.empty();
    if (size + 2 > body.size() || body.substr(size, 2) != "\r\n") return false;
    into.append(body.substr(0, size));
    body.remove_prefix(size + 2);
  }
}

bool undo_headers(std::string_view body, std::string& into) {
  for (const std::string_view gap : {"\r\n\r\n", "\n\n"}) {
    const auto end = body.find(gap);
    const auto colon = body.substr(0, end).find(": ");
    if (end != body.npos && colon != body.npos && body.front() > ' ' && body.front() != '{') {
      return take(body.substr(end + gap.size()), into);
    }
  }
  return false;
}

constexpr wrapping wrappings[] = {
    {cause::body_newline_added, true, drop_line_end},
    {cause::body_newline_removed, true, add_line_feed},
    {cause::body_base64, true, undo_base64},
    {cause::body_base64, false, undo_base64url},
    {cause::body_json_string, true, undo_json_string},
    {cause::body_bom_added, true, drop_mark},
    {cause::body_crlf, true, drop_returns},
    {cause::body_lf, true, add_returns},
    {cause::body_mojibake, true, undo_mojibake},
    {cause::body_latin1, false, undo_latin1},
    {cause::body_newline_added, false, drop_line_feed},
    {cause::body_newline_removed, false, add_line_end},
    {cause::body_trimmed, false, trim},
    {cause::body_bom_removed, false, add_mark},
    {cause::body_python_bytes, false, undo_python_bytes},
    {cause::body_percent_encoded, false, undo_percent},
    {cause::body_chunked, false, undo_chunks},
    {cause::body_with_headers, false, undo_headers},
    {cause::body_hex, false, undo_hex},
};

/// Appends `text` as a form's key or value: `style % 3` tells which characters stand as they are,
/// `style / 3 % 2` how a blank is written, `style / 6` the case of hex digits.
void write_form(std::string_view text, unsigned style, std::string& into) {
  constexpr std::string_view kept[] = {"-_.", "-_.~", "-_.!~*'()"};
  const std::string_view digits = style / 6 == 0 ? "0123456789ABCDEF" : "0123456789abcdef";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool word = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
    if (word || kept[style % 3].find(c) != std::string_view::npos) {
      into.push_back(c);
    } else if (c == ' ' && style / 3 % 2 == 0) {
      into.push_back('+');
    } else {
      into.push_back('%');
      into.push_back(digits[byte >> 4]);
      into.push_back(digits[byte & 15]);
    }
  }
}

}  // namespace

const wrapping* wrapping_at(unsigned index) noexcept {
  return index < sizeof wrappings / sizeof *wrappings ? &wrappings[index] : nullptr;
}

bool looks_like_form(std::string_view body) noexcept {
  const auto equals = body.find('=');
  return equals != body.npos && equals > 0 && body.find_first_of("{\"<\n ") > equals;
}

bool respell_form(std::string_view body, unsigned style, std::string& into) {
  for (std::size_t at = 0; at < body.size();) {
    const auto end = body.find_first_of("&=", at);
    const std::string text = percent_decoded(body.substr(at, end == body.npos ? end : end - at), true);
    write_form(text, style, into);
    if (end == body.npos) break;
    into.push_back(body[end]);
    at = end + 1;
  }
  return true;
}

bool form_of_json(std::string_view body, unsigned style, std::string& into) {
  std::string padded;
  respell(body, {json_style::space::compact, json_style::as_they_are}, padded);
  padded.append(scan_padding, '\0');
  const auto* p = reinterpret_cast<byte_ptr>(padded.data());
  lexical_notes notes;
  std::string text;
  if (*p != '{' || p[1] != '"') return false;
  for (bool value = false; *p != '}'; value = !value) {
    const byte_ptr start = ++p;
    const byte_ptr end = *p == '"' ? scan_string(p + 1, notes) : skip_value(p, 0, notes);
    if (*start == '{' || *start == '[') return false;
    const bool quoted = *start == '"';
    text_reader reader({reinterpret_cast<const char*>(start) + quoted, static_cast<std::size_t>(end - start) - 2 * quoted});
    text.clear();
    for (int byte; (byte = reader.next()) >= 0;) text.push_back(static_cast<char>(byte));
    if (value) {
      into.push_back('=');
    } else if (!into.empty()) {
      into.push_back('&');
    }
    write_form(text, style, into);
    p = end;
  }
  return true;
}

}  // namespace waxseal
