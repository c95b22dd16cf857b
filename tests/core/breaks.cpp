#include "breaks.hpp"

#include <algorithm>

namespace test {
namespace {

using waxseal::encoding;

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}
std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}
std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + with.size())) text.replace(at, what.size(), with);
  return text;
}
std::string decoded(encoding how, const std::string& text) {
  std::string bytes(text.size(), '\0');
  const auto size = waxseal::decode(how, text, reinterpret_cast<unsigned char*>(bytes.data()), bytes.size());
  bytes.resize(size.value_or(0));
  return bytes;
}
bool is_json(const std::string& text) { return json::accept(text); }
bool is_form(const std::string& text) { return !is_json(text) && text.find('=') != text.npos && text.find(' ') == text.npos && text.find('\n') == text.npos; }
bool is_ascii(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}
bool is_utf8(const std::string& text) {
  try {
    (void)json(text).dump();
    return true;
  } catch (const json::exception&) {
    return false;
  }
}
std::string percent(const std::string& text, const char* digits = "0123456789ABCDEF") {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte)) out += c;
    else out += {'%', digits[byte >> 4], digits[byte & 15]};
  }
  return out;
}

/// The bytes of `text`, each taken for a Latin-1 character, in UTF-8.
std::string mojibake(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) out += c;
    else out += {static_cast<char>(0xc0 | byte >> 6), static_cast<char>(0x80 | (byte & 0x3f))};
  }
  return out;
}

/// UTF-8 text in Latin-1, or nothing where it has other characters.
std::string latin1(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) out += text[i];
    else if (byte == 0xc2 || byte == 0xc3) out += static_cast<char>((byte & 3) << 6 | (text[++i] & 0x3f));
    else return {};
  }
  return out;
}

std::string python_bytes(const std::string& text) {
  std::string out = "b'";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') out += "\\n";
    else if (c == '\r') out += "\\r";
    else if (c == '\t') out += "\\t";
    else if (c == '\\' || c == '\'') out += {'\\', c};
    else if (byte < 0x20 || byte >= 0x7f) { char hex[5]; std::snprintf(hex, sizeof hex, "\\x%02x", byte); out += hex; }
    else out += c;
  }
  return out + "'";
}

std::string in_chunks(const std::string& text) {
  const std::size_t half = text.size() / 2;
  std::string out;
  for (const auto& part : {text.substr(0, half), text.substr(half)}) {
    if (part.empty()) continue;
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", part.size());
    out += size + part + "\r\n";
  }
  return out + "0\r\n\r\n";
}

void sort_keys(const json& from, nlohmann::json& into) { into = nlohmann::json::parse(from.dump()); }

/// The place of one signature in its header: behind the dialect's prefix, up to what cannot be in it.
struct span_of_signature { std::string* value; std::size_t at, size; };
span_of_signature find_signature(webhook& hook) {
  std::string* const value = hook.header(hook.signature_header());
  if (!value) return {nullptr, 0, 0};
  const std::string form = hook.text_at("/signature/value").empty() ? "{sig}" : hook.text_at("/signature/value");
  const std::string before = form.substr(0, form.find("{sig}"));
  const auto start = value->rfind(before);
  if (start == value->npos) return {nullptr, 0, 0};
  const auto at = start + before.size();
  const auto end = value->find_first_of(", ;", at);
  return {value, at, (end == value->npos ? value->size() : end) - at};
}

bool is_hex_dialect(const webhook& hook) { return hook.text_at("/signature/encoding") == "hex"; }
bool is_base64_dialect(const webhook& hook) { return hook.text_at("/signature/encoding") == "base64"; }
bool is_hmac(const webhook& hook) { return hook.text_at("/signature/scheme").rfind("hmac", 0) == 0; }
bool is_text_secret(const webhook& hook) {
  const auto how = hook.text_at("/secret/decode");
  return (is_hmac(hook) || hook.text_at("/signature/scheme").starts_with("jwt")) && (how.empty() || how == "utf8");
}
bool is_base64_secret(const webhook& hook) { return is_hmac(hook) && hook.text_at("/secret/decode") == "base64"; }
std::string without_own_prefix(const webhook& hook) {
  const auto prefix = hook.text_at("/secret/prefix");
  const auto& secret = hook.secrets.front();
  return !prefix.empty() && secret.rfind(prefix, 0) == 0 ? secret.substr(prefix.size()) : secret;
}

using change = std::function<std::string(const std::string&)>;

break_way secret(std::string expected, change how) {
  return {expected, [how](webhook& hook) {
            hook.secrets.front() = how(hook.secrets.front());
            return !hook.secrets.front().empty();
          }};
}

/// A body that is handed on as `how` makes of it; an empty text: does not apply.
break_way body(std::string expected, change how) {
  return {expected, [how](webhook& hook) {
            if (hook.text_at("/signature/scheme") == "static-token") return false;
            const std::string broken = how(hook.body);
            if (broken.empty() || broken == hook.body) return false;
            hook.body = broken;
            return true;
          }};
}

change if_json(change how) {
  return [how](const std::string& text) { return is_json(text) && (text[0] == '{' || text[0] == '[') ? how(text) : std::string(); };
}

/// A JSON body with its white space as `reformat` writes it; not where only a line end at its end goes.
change if_spaced_otherwise(int indent) {
  return if_json([indent](const std::string& text) {
    const auto out = reformat(text, indent);
    return text.rfind(out, 0) == 0 ? std::string() : out;
  });
}

/// Renames the header that carries the signature.
break_way renamed(std::string expected, change how) {
  return {expected, [how](webhook& hook) {
            const auto wanted = hook.signature_header();
            for (auto& [name, value] : hook.headers) {
              if (lower(name) != lower(wanted)) continue;
              const auto other = how(name);
              if (other.empty()) return false;
              name = other;
              return true;
            }
            return false;
          }};
}

break_way signature_value(std::string expected, change how) {
  return {expected, [how](webhook& hook) {
            std::string* const value = hook.header(hook.signature_header());
            if (!value) return false;
            const auto other = how(*value);
            if (other.empty()) return false;
            *value = other;
            return true;
          }};
}

break_way signature_text(std::string expected, bool (*applies)(const webhook&), change how) {
  return {expected, [applies, how](webhook& hook) {
            if (!is_hmac(hook) || !applies(hook)) return false;
            const auto found = find_signature(hook);
            if (!found.value) return false;
            const auto text = found.value->substr(found.at, found.size);
            const auto other = how(text);
            if (other.empty() || other == text) return false;
            found.value->replace(found.at, found.size, other);
            return true;
          }};
}

bool has_window(const webhook& hook) {
  return hook.said.contains(json::json_pointer("/timestamp/tolerance")) && hook.how.timestamps == waxseal::options::window::of_dialect;
}

break_way clock(std::string expected, std::int64_t by) {
  return {expected, [by](webhook& hook) {
            if (!has_window(hook)) return false;
            const auto event = hook.verify();
            if (!event->timestamp) return false;
            hook.now = *event->timestamp + by;
            return true;
          }};
}

/// Rewrites the digits of the time wherever a header holds them.
break_way time_text(std::string expected, change how) {
  return {expected, [how](webhook& hook) {
            const auto unit = hook.text_at("/timestamp/unit");
            const auto event = hook.verify();
            if (!event->timestamp || (!unit.empty() && unit != "seconds")) return false;
            const auto digits = std::to_string(*event->timestamp);
            bool found = false;
            for (auto& [name, value] : hook.headers) {
              const auto at = value.find(digits);
              if (at == value.npos || (at > 0 && std::isalnum(static_cast<unsigned char>(value[at - 1])))) continue;
              value.replace(at, digits.size(), how(digits));
              found = true;
            }
            return found;
          }};
}

break_way address(std::string expected, std::function<bool(webhook&)> how) {
  return {expected, [how](webhook& hook) {
            const auto url = hook.url;
            if (url.find("://") == url.npos) return false;
            return how(hook) && hook.url != url;
          }};
}

}  // namespace

std::vector<waxseal::header> webhook::lines() const {
  std::vector<waxseal::header> out;
  for (const auto& [key, value] : headers) out.push_back({key, value});
  return out;
}

waxseal::result<accepted> webhook::verify() const {
  const std::vector<std::string_view> views(secrets.begin(), secrets.end());
  std::vector<waxseal::setting> given;
  auto hook = waxseal::verifier::open(*from, views, with_settings(given));
  if (!hook) return waxseal::status::internal;
  const auto all = lines();
  const auto event = hook->verify({all, body, url, method}, now);
  if (!event) return event.error();
  return accepted{std::string(event->id), event->secret, event->timestamp};  // a copy: the event ends with its verifier
}

waxseal::options webhook::with_settings(std::vector<waxseal::setting>& into) const {
  waxseal::options all = how;
  for (const auto& [key, value] : settings) into.push_back({key, value});
  if (!into.empty()) all.settings = into;
  return all;
}

std::string* webhook::header(std::string_view wanted) {
  for (auto& [key, value] : headers) {
    if (lower(key) == lower(std::string(wanted))) return &value;
  }
  return nullptr;
}

std::string webhook::text_at(const char* pointer) const {
  const json::json_pointer place(pointer);
  return said.contains(place) && said.at(place).is_string() ? said.at(place).get<std::string>() : std::string();
}

void webhook::choose_way() {
  if (!said.at("signature").is_array()) return;
  for (const json& way : json(said["signature"])) {
    said["signature"] = way;
    const std::string* const value = header(signature_header());
    const auto form = text_at("/signature/value");
    const auto query = way.value(json::json_pointer("/when/query"), std::string());
    if (value && value->find(form.substr(0, form.find("{sig}"))) != value->npos && url.find(query) != url.npos) break;
  }
  for (const char* own : {"secret", "timestamp"}) {
    if (said["signature"].contains(own)) said[own] = said["signature"][own];
  }
}

std::string webhook::signature_header() const {
  const json::json_pointer place("/signature/header/0");  // of several the first
  return said.contains(place) ? said.at(place).get<std::string>() : text_at("/signature/header");
}

bool webhook::sign(std::string_view secret) {
  const std::string_view one[] = {secret};
  std::vector<waxseal::setting> given;
  auto hook = waxseal::verifier::open(*from, one, with_settings(given));
  if (!hook) return false;
  waxseal::message message{body};
  const std::string id = hint.empty() ? "msg_2a" : hint;
  message.id = id, message.timestamp = now, message.url = url, message.method = method;
  const auto made = hook->sign(message);
  if (!made) return false;
  for (const auto& each : *made) {
    if (std::string* const line = header(each.name)) *line = each.value;
    else headers.emplace_back(each.name, each.value);
  }
  return true;
}

std::string encoded(encoding how, const std::string& bytes) {
  std::string text;
  waxseal::encode(how, bytes, text);
  return text;
}

std::string ascii_escaped(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (size == 1) out += text[i];
    else {
      const auto dumped = nlohmann::json(text.substr(i, size)).dump(-1, ' ', true);
      out += dumped.substr(1, dumped.size() - 2);
    }
    i += size;
  }
  return out;
}

std::string reformat(const std::string& text, int indent) {
  std::string out;
  int depth = 0;
  bool quoted = false;
  const auto line = [&] {
    if (indent > 0) out += "\n" + std::string(static_cast<std::size_t>(depth * indent), ' ');
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      out += c;
      if (c == '\\') out += text[++i];
      else if (c == '"') quoted = false;
      continue;
    }
    if (std::isspace(static_cast<unsigned char>(c))) continue;
    const bool opens = c == '{' || c == '[', closes = c == '}' || c == ']';
    const bool was_open = !out.empty() && (out.back() == '{' || out.back() == '[');
    if (closes) {
      --depth;
      if (!was_open) line();
    } else if (was_open) {
      line();
    }
    out += c;
    if (opens) ++depth;
    if (c == '"') quoted = true;
    if (c == ',') indent > 0 ? line() : void(indent == 0 ? out += ' ' : out);
    if (c == ':' && indent >= 0) out += ' ';
  }
  return out;
}

const std::vector<break_way>& break_ways() {
  static const std::vector<break_way> ways = {
      // ---- headers
      {"header_missing", [](webhook& hook) {
         const auto wanted = lower(hook.signature_header());
         return std::erase_if(hook.headers, [&](const auto& line) { return lower(line.first) == wanted; }) > 0;
       }},
      renamed("header_underscores", [](const std::string& name) { return name.find('-') == name.npos ? "" : replaced(name, "-", "_"); }),
      renamed("header_cgi", [](const std::string& name) { return "HTTP_" + upper(replaced(name, "-", "_")); }),
      renamed("header_x_dropped", [](const std::string& name) { return lower(name).rfind("x-", 0) == 0 ? name.substr(2) : ""; }),
      renamed("header_x_added", [](const std::string& name) { return lower(name).rfind("x-", 0) == 0 ? "" : "X-" + name; }),
      renamed("header_remapped", [](const std::string& name) { return "x-amzn-Remapped-" + name; }),
      {"header_empty", [](webhook& hook) {
         std::string* const value = hook.header(hook.signature_header());
         if (value) value->clear();
         return value != nullptr;
       }},
      {"header_duplicated", [](webhook& hook) {
         std::string* const value = hook.header(hook.signature_header());
         if (value) hook.headers.emplace_back(lower(hook.signature_header()), std::string(*value));
         return value != nullptr;
       }},
      signature_value("header_joined", [](const std::string& value) { return value + ", " + value; }),
      signature_value("header_whitespace", [](const std::string& value) { return " " + value + " "; }),
      signature_value("header_quoted", [](const std::string& value) { return '"' + value + '"'; }),
      {"header_contradiction", [](webhook& hook) {
         const auto header = hook.text_at("/event/type/header");
         std::string* const value = hook.header(header);
         if (!value || hook.text_at("/event/type/pointer").empty()) return false;
         *value += "x";
         return hook.verify().error() == waxseal::status::contradiction;
       }},
      {"id_malformed", [](webhook& hook) {
         std::string* const value = hook.header(hook.text_at("/event/id/header"));
         if (value) *value += ".x";
         return value && hook.verify().error() == waxseal::status::bad_id;
       }},
      // ---- time
      {"timestamp_missing", [](webhook& hook) {
         const auto wanted = lower(hook.text_at("/timestamp/header"));
         std::erase_if(hook.headers, [&](const auto& line) { return lower(line.first) == wanted; });
         return hook.verify().error() == waxseal::status::missing_timestamp;
       }},
      time_text("timestamp_milliseconds", [](const std::string& digits) { return digits + "000"; }),
      time_text("timestamp_malformed", [](const std::string& digits) { return digits + ".5"; }),
      clock("clock_ahead", 3700),
      clock("clock_behind", -3700),
      clock("request_old", 40 * 86400),
      {"timestamp_seconds", [](webhook& hook) {
         std::string* const value = hook.header(hook.text_at("/timestamp/header"));
         if (hook.text_at("/timestamp/unit") != "milliseconds" || !has_window(hook) || !value) return false;
         value->resize(value->size() - 3);
         return true;
       }},
      // ---- signature
      signature_text("signature_uppercase", is_hex_dialect, upper),
      signature_text("signature_not_hex", is_hex_dialect, [](const std::string& text) { return encoded(encoding::base64, decoded(encoding::hex, text)); }),
      signature_text("signature_not_base64", is_base64_dialect, [](const std::string& text) { return encoded(encoding::hex, decoded(encoding::base64, text)); }),
      signature_text("signature_base64url", is_base64_dialect, [](const std::string& text) { return encoded(encoding::base64url, decoded(encoding::base64, text)); }),
      signature_text("signature_truncated", [](const webhook&) { return true; }, [](const std::string& text) { return text.substr(0, text.size() - 9); }),
      {"signature_without_prefix", [](webhook& hook) {
         const auto form = hook.text_at("/signature/value");
         const auto found = find_signature(hook);
         if (form.find("{sig}") == 0 || form.empty() || !found.value || hook.said.contains(json::json_pointer("/signature/list/fields"))) return false;
         *found.value = found.value->substr(found.at, found.size);
         return true;
       }},
      {"signature_foreign_prefix", [](webhook& hook) {
         const auto form = hook.text_at("/signature/value");
         std::string* const value = hook.header(hook.signature_header());
         if (!(form.empty() || form == "{sig}") || !value) return false;
         *value = (is_hmac(hook) ? "sha256=" : "Bearer ") + *value;
         return true;
       }},
      {"signature_malformed", [](webhook& hook) {
         std::string* const value = hook.header(hook.signature_header());
         if (value) *value = "!";
         return value && is_hmac(hook);
       }},
      {"too_many_signatures", [](webhook& hook) {
         const auto separator = hook.text_at("/signature/list/separator");
         const auto found = find_signature(hook);
         if (separator.empty() || !found.value) return false;
         const auto form = hook.text_at("/signature/value");
         const auto one = form.substr(0, form.find("{sig}")) + found.value->substr(found.at, found.size);
         for (int i = 0; i < 9; ++i) *found.value += separator + one;
         return true;
       }},
      // ---- secret
      secret("secret_newline", [](const std::string& text) { return text + "\n"; }),
      secret("secret_newline", [](const std::string& text) { return text + "\r\n"; }),
      secret("secret_newline", [](const std::string& text) { return text + "\\n"; }),
      secret("secret_whitespace", [](const std::string& text) { return " " + text; }),
      secret("secret_whitespace", [](const std::string& text) { return text + "\t"; }),
      secret("secret_whitespace", [](const std::string& text) { return "\xef\xbb\xbf" + text; }),
      secret("secret_quoted", [](const std::string& text) { return '"' + text + '"'; }),
      secret("secret_quoted", [](const std::string& text) { return "'" + text + "'"; }),
      secret("secret_empty", [](const std::string&) { return " "; }),
      {"secret_without_prefix", [](webhook& hook) {
         auto& text = hook.secrets.front();
         if (!is_text_secret(hook) || text.rfind("whsec_", 0) != 0) return false;
         text.erase(0, 6);
         return true;
       }},
      {"secret_with_prefix", [](webhook& hook) {
         if (!is_text_secret(hook) || !hook.text_at("/secret/prefix").empty()) return false;
         hook.secrets.front() = "whsec_" + hook.secrets.front();
         return true;
       }},
      {"secret_is_base64", [](webhook& hook) {
         hook.secrets.front() = encoded(encoding::base64, hook.secrets.front());
         return is_text_secret(hook);
       }},
      {"secret_is_hex", [](webhook& hook) {
         hook.secrets.front() = encoded(encoding::hex, hook.secrets.front());
         return is_text_secret(hook);
       }},
      {"secret_decoded_base64", [](webhook& hook) {
         hook.secrets.front() = decoded(encoding::base64, without_own_prefix(hook));
         return (is_text_secret(hook) || is_base64_secret(hook)) && !hook.secrets.front().empty();
       }},
      {"secret_decoded_hex", [](webhook& hook) {
         hook.secrets.front() = decoded(encoding::hex, without_own_prefix(hook));
         return is_hmac(hook) && !is_base64_secret(hook) && !hook.secrets.front().empty();
       }},
      {"secret_as_text", [](webhook& hook) {
         if (!is_base64_secret(hook)) return false;
         return hook.sign(hook.text_at("/secret/prefix") + encoded(encoding::base64, without_own_prefix(hook)));
       }},
      {"secret_base64url", [](webhook& hook) {
         if (!is_base64_secret(hook)) return false;
         hook.secrets.front() = hook.text_at("/secret/prefix") + encoded(encoding::base64url, decoded(encoding::base64, without_own_prefix(hook)));
         return true;
       }},
      {"secret_case", [](webhook& hook) {
         auto& text = hook.secrets.front();
         if (text != lower(text)) return false;
         text = upper(text);
         return true;
       }},
      {"secret_percent_encoded", [](webhook& hook) {
         auto& text = hook.secrets.front();
         const auto coded = percent(text);
         if (coded == text) return false;
         text = coded;
         return true;
       }},
      {"secret_other_kind", [](webhook& hook) {
         if (hook.text_at("/secret/prefix") == "whpk_" || !is_hmac(hook)) return false;
         hook.secrets.front() = "whpk_" + encoded(encoding::base64, "a public key of thirty-two bytes");
         return true;
       }},
      {"secret_unfit", [](webhook& hook) {
         hook.secrets.front() = "no such encoding!";
         return is_base64_secret(hook);
       }},
      // ---- body
      body("body_empty", [](const std::string&) { return std::string(); }),
      body("body_compact", if_spaced_otherwise(-1)),
      body("body_spaced", if_spaced_otherwise(0)),
      body("body_indented", if_spaced_otherwise(2)),
      body("body_indented", if_spaced_otherwise(4)),
      body("body_ascii_escaped", if_json([](const std::string& text) { return is_utf8(text) ? ascii_escaped(text) : ""; })),
      body("body_unescaped", if_json([](const std::string& text) {
        const auto out = reformat(text, -1) == text ? json::parse(text).dump() : std::string();
        return out.size() < text.size() && !is_ascii(out) ? out : std::string();
      })),
      body("body_slashes_escaped", if_json([](const std::string& text) { return replaced(replaced(text, "\\/", "/"), "/", "\\/"); })),
      body("body_slashes_unescaped", if_json([](const std::string& text) { return replaced(text, "\\/", "/"); })),
      body("body_html_escaped", if_json([](const std::string& text) { return replaced(replaced(replaced(text, "<", "\\u003c"), ">", "\\u003e"), "&", "\\u0026"); })),
      body("body_html_unescaped", if_json([](const std::string& text) { return replaced(replaced(replaced(text, "\\u003c", "<"), "\\u003e", ">"), "\\u0026", "&"); })),
      body("body_sorted", if_json([](const std::string& text) {
        nlohmann::json sorted;
        sort_keys(json::parse(text), sorted);
        return reformat(text, -1) == text && json::parse(text).dump() == text ? sorted.dump() : std::string();
      })),
      body("body_newline_added", [](const std::string& text) { return text + "\n"; }),
      body("body_newline_added", [](const std::string& text) { return text + "\r\n"; }),
      body("body_newline_removed", [](const std::string& text) { return text.ends_with('\n') ? text.substr(0, text.size() - 1) : ""; }),
      body("body_trimmed", [](const std::string& text) { return text.ends_with('\n') ? "" : "  " + text + "  "; }),
      body("body_crlf", [](const std::string& text) { return text.find('\r') == text.npos && text.find('\n') + 1 < text.size() ? replaced(text, "\n", "\r\n") : ""; }),
      body("body_lf", [](const std::string& text) { return replaced(text, "\r\n", "\n"); }),
      body("body_bom_added", [](const std::string& text) { return "\xef\xbb\xbf" + text; }),
      body("body_bom_removed", [](const std::string& text) { return text.rfind("\xef\xbb\xbf", 0) == 0 ? text.substr(3) : ""; }),
      body("body_mojibake", [](const std::string& text) { return is_utf8(text) ? mojibake(text) : ""; }),
      body("body_latin1", latin1),
      body("body_replaced", [](const std::string& text) {
        std::string out;
        bool lost = false;
        if (text.find("\xef\xbf\xbd") != text.npos || is_ascii(text)) return std::string();
        for (const char c : text) {
          if (static_cast<unsigned char>(c) < 0x80) out += c;
          else if (!lost) out += "\xef\xbf\xbd", lost = true;
        }
        return out;
      }),
      body("body_base64", [](const std::string& text) { return encoded(encoding::base64, text); }),
      body("body_hex", [](const std::string& text) { return encoded(encoding::hex, text); }),
      body("body_json_string", [](const std::string& text) { return is_utf8(text) ? json(text).dump() : ""; }),
      body("body_python_bytes", python_bytes),
      body("body_percent_encoded", if_json([](const std::string& text) { return percent(text); })),
      body("body_chunked", [](const std::string& text) { return text.empty() ? text : in_chunks(text); }),
      body("body_with_headers", [](const std::string& text) { return "POST / HTTP/1.1\r\nHost: a.example\r\n\r\n" + text; }),
      body("body_form_reencoded", [](const std::string& text) { return is_form(text) ? replaced(text, "+", "%20") : ""; }),
      body("body_form_reencoded", [](const std::string& text) {
        std::string out = is_form(text) ? text : "";
        for (std::size_t i = 0; i + 2 < out.size(); ++i) {
          if (out[i] == '%') out[i + 1] = static_cast<char>(std::tolower(out[i + 1])), out[i + 2] = static_cast<char>(std::tolower(out[i + 2]));
        }
        return out;
      }),
      body("body_object", if_json([](const std::string&) { return "[object Object]"; })),
      body("body_compressed", [](const std::string&) { return std::string("\x1f\x8b\x08\0\0\0\0\0", 8); }),
      {"body_decompressed", [](webhook& hook) {
         const auto text = hook.body;
         hook.body = std::string("\x1f\x8b\x08\0\0\0\0\0", 8);
         if (!is_hmac(hook) || !hook.sign(hook.secrets.front())) return false;
         hook.body = text;
         hook.headers.emplace_back("Content-Encoding", "gzip");
         return true;
       }},
      body("body_truncated", if_json([](const std::string& text) { return text.substr(0, text.size() * 3 / 5); })),
      {"body_length", [](webhook& hook) {
         const auto at = hook.body.rfind('"');
         if (at == hook.body.npos || !is_json(hook.body) || hook.text_at("/signature/scheme") == "static-token") return false;
         hook.headers.emplace_back("Content-Length", std::to_string(hook.body.size()));
         hook.body.insert(at, "!");
         return is_json(hook.body);
       }},
      {"body_too_large", [](webhook& hook) {
         hook.how.max_body = hook.body.size() - 1;
         return hook.body.size() > 1;
       }},
      // ---- address
      {"url_missing", [](webhook& hook) { hook.url.clear(); return true; }},
      address("url_scheme", [](webhook& hook) {
        hook.url = hook.url.rfind("https", 0) == 0 ? "http" + hook.url.substr(5) : "https" + hook.url.substr(4);
        return true;
      }),
      address("url_host", [](webhook& hook) {
        const auto start = hook.url.find("://") + 3, end = std::min(hook.url.find('/', start), hook.url.size());
        hook.headers.emplace_back("X-Forwarded-Host", hook.url.substr(start, end - start));
        hook.url.replace(start, end - start, "10.0.0.7:3000");
        return true;
      }),
      address("url_port", [](webhook& hook) {
        const auto start = hook.url.find("://") + 3, end = std::min(hook.url.find('/', start), hook.url.size());
        if (hook.url.substr(start, end - start).find(':') != hook.url.npos) return false;
        hook.url.insert(end, ":3000");
        return true;
      }),
      address("url_trailing_slash", [](webhook& hook) {
        const auto end = std::min(hook.url.find('?'), hook.url.size());
        hook.url[end - 1] == '/' ? hook.url.erase(end - 1, 1) : hook.url.insert(end, "/");
        return true;
      }),
      address("url_query_order", [](webhook& hook) {
        const auto query = hook.url.find('?'), next = hook.url.find('&');
        if (query == hook.url.npos || next == hook.url.npos) return false;
        hook.url = hook.url.substr(0, query + 1) + hook.url.substr(next + 1) + '&' + hook.url.substr(query + 1, next - query - 1);
        return true;
      }),
      address("url_query_missing", [](webhook& hook) {
        const auto query = hook.url.find('?');
        if (query == hook.url.npos) return false;
        hook.headers.emplace_back("X-Original-URL", hook.url.substr(hook.url.find('/', 8)));
        hook.url.resize(query);
        return true;
      }),
      address("url_query_added", [](webhook& hook) {
        if (hook.url.find('?') != hook.url.npos) return false;
        hook.url += "?utm=1";
        return true;
      }),
      {"method_differs", [](webhook& hook) {
         hook.method = hook.method == "PUT" ? "POST" : "PUT";
         return true;
       }},
  };
  return ways;
}

}  // namespace test
