#include "find.hpp"

#include <algorithm>

#include "schema.hpp"

namespace waxseal {
namespace {

byte_ptr bytes_of(std::string_view text) { return reinterpret_cast<byte_ptr>(text.data()); }

/// The value of the member `name` of the object at `p`.
lookup find_member(byte_ptr p, std::string_view name, std::string_view& raw) {
  lexical_notes notes;
  lookup answer = lookup::nothing;
  for (p = skip_space(p + 1); *p == '"'; p = skip_space(p)) {
    const byte_ptr after = skip_value(p, 0, notes);
    const byte_ptr value = skip_space(skip_space(after) + 1);
    const byte_ptr end = skip_value(value, 0, notes);
    if (stands_for(between(p + 1, after - 1), name)) {
      if (answer == lookup::found) return lookup::wrong;
      answer = lookup::found;
      raw = between(value, end);
    }
    p = skip_space(end);
    if (*p == ',') ++p;
  }
  return answer;
}

/// The item that `token` counts to in the array `text`.
lookup find_item(std::string_view text, std::string_view token, std::string_view& raw) {
  auto left = parse_integer(token, 6);
  if (!left) return lookup::nothing;
  std::string_view at;
  for_each_item(text, [&](std::string_view item) {
    at = item;
    return (*left)-- > 0;
  });
  if (*left >= 0) return lookup::nothing;
  raw = at;
  return lookup::found;
}

void append(std::string& into, char c) { into.append(&c, 1); }

/// One field of a form: where its key and value stand in the decoded text.
struct form_field {
  std::uint32_t key, value, end;
};

}  // namespace

bool is_json(std::string_view text) noexcept {
  lexical_notes notes;
  const byte_ptr after = skip_value(skip_space(bytes_of(text)), 0, notes);
  return after != nullptr && skip_space(after) == bytes_of(text) + text.size();
}

lookup find_json(std::string_view text, std::string_view pointer, std::string_view& raw) noexcept {
  const byte_ptr start = skip_space(bytes_of(text));
  raw = between(start, bytes_of(text) + text.size());
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const std::string_view token = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(token.size());
    char name[schema_set::max_name + 1 + 8];
    const int length = decode_token(token, name);
    if (length < 0 || length > static_cast<int>(schema_set::max_name)) return lookup::wrong;
    lookup step = lookup::nothing;
    if (raw.starts_with('{')) step = find_member(bytes_of(raw), {name, static_cast<std::size_t>(length)}, raw);
    else if (raw.starts_with('[')) step = find_item(raw, token, raw);
    if (step != lookup::found) return step;
  }
  return lookup::found;
}

lookup find_member(std::string_view object, std::string_view name, std::string_view& raw) noexcept {
  const byte_ptr start = skip_space(bytes_of(object));
  return *start == '{' ? find_member(start, name, raw) : lookup::nothing;
}

lookup append_scalar(std::string_view raw, std::string& into) {
  switch (raw.empty() ? '{' : raw[0]) {
    case '{':
    case '[': return lookup::wrong;
    case 'n': return lookup::nothing;
    case '"': {
      text_reader reader(raw.substr(1, raw.size() - 2));
      for (int byte; (byte = reader.next()) >= 0;) append(into, static_cast<char>(byte));
      return lookup::found;
    }
    default: {
      while (raw.back() <= ' ') raw.remove_suffix(1);
      into.append(raw);
      return lookup::found;
    }
  }
}

bool append_decoded(std::string_view text, std::string& into) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      append(into, text[i] == '+' ? ' ' : text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return false;
    const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return false;
    append(into, static_cast<char>(high << 4 | low));
    i += 2;
  }
  return true;
}

lookup append_pair(std::string_view pairs, std::string_view name, std::string& into) {
  lookup answer = lookup::nothing;
  std::string key;
  const bool whole = for_each_pair(pairs, [&](std::string_view raw_key, std::string_view value) {
    key.clear();
    if (!append_decoded(raw_key, key)) return false;
    if (key != name) return true;
    if (answer == lookup::found || !append_decoded(value, into)) return false;
    answer = lookup::found;
    return true;
  });
  return whole ? answer : lookup::wrong;
}

std::string_view query_of(std::string_view url) noexcept {
  url = url.substr(0, url.find('#'));
  const auto mark = url.find('?');
  return mark == url.npos ? std::string_view() : url.substr(mark + 1);
}

bool append_sorted_form(std::string_view form, std::string& into) {
  std::string text;
  list<form_field> fields;
  const bool whole = for_each_pair(form, [&](std::string_view key, std::string_view value) {
    if (fields.size() == max_form_fields) return false;
    form_field field{};
    field.key = static_cast<std::uint32_t>(text.size());
    if (!append_decoded(key, text)) return false;
    field.value = static_cast<std::uint32_t>(text.size());
    if (!append_decoded(value, text)) return false;
    field.end = static_cast<std::uint32_t>(text.size());
    fields.push_back(field);
    return true;
  });
  if (!whole) return false;
  const auto key_of = [&](const form_field& f) { return std::string_view(text).substr(f.key, f.value - f.key); };
  const auto value_of = [&](const form_field& f) { return std::string_view(text).substr(f.value, f.end - f.value); };
  const auto order = [&](const form_field& a, const form_field& b) {
    const int keys = key_of(a).compare(key_of(b));
    return keys != 0 ? keys : value_of(a).compare(value_of(b));
  };
  for (std::uint32_t gap = fields.size() / 2; gap > 0; gap /= 2) {  // Shell's sort
    for (std::uint32_t i = gap; i < fields.size(); ++i) {
      for (std::uint32_t k = i; k >= gap && order(fields[k - gap], fields[k]) > 0; k -= gap) {
        std::swap(fields[k - gap], fields[k]);
      }
    }
  }
  for (std::uint32_t i = 0; i < fields.size(); ++i) {
    if (i > 0 && order(fields[i - 1], fields[i]) == 0) continue;
    into.append(key_of(fields[i])).append(value_of(fields[i]));
  }
  return true;
}

namespace {

/// The characters that a URL is signed with in place of their escapes, as `decoded` says.
constexpr std::string_view unescaped = ":/?@!$'()*,;";

void append_unescaped(std::string_view url, std::string& into) {
  for (std::size_t i = 0; i < url.size(); ++i) {
    if (url[i] == '%' && i + 2 < url.size()) {
      const int high = hex_value(url[i + 1]), low = hex_value(url[i + 2]);
      if (high >= 0 && low >= 0 && unescaped.find(static_cast<char>(high << 4 | low)) != unescaped.npos) {
        append(into, static_cast<char>(high << 4 | low));
        i += 2;
        continue;
      }
    }
    append(into, url[i]);
  }
}

/// With its port taken off, or with the usual port of its scheme where it names none.
void append_other_port(std::string_view url, std::string& into) {
  const auto scheme = url.find("://");
  if (scheme == url.npos) return void(into.append(url));
  const auto end = std::min(url.find_first_of("/?#", scheme + 3), url.size());
  const std::string_view host = url.substr(0, end);
  const auto at = host.rfind('@');  // behind a user and a password
  const auto colon = host.find_last_of(":]");
  const bool has_port = colon > (at == host.npos ? scheme : at) && colon != host.npos && host[colon] == ':';
  into.append(has_port ? host.substr(0, colon) : host);
  if (!has_port) into.append(url.starts_with("https:") ? ":443" : ":80");
  into.append(url.substr(end));
}

}  // namespace

void append_url(url_form how, unsigned variant, std::string_view url, std::string& into) {
  if (how == url_form::decoded) append_unescaped(url, into);
  else if (variant == 1) append_other_port(url, into);
  else into.append(url);
}

std::uint32_t crc32(std::string_view bytes) noexcept {
  std::uint32_t table[16];  // of a half-byte each
  for (std::uint32_t i = 0; i < 16; ++i) {
    table[i] = i;
    for (int bit = 0; bit < 4; ++bit) table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320u : 0);
  }
  std::uint32_t crc = ~0u;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    crc = crc >> 4 ^ table[crc & 15];
    crc = crc >> 4 ^ table[crc & 15];
  }
  return ~crc;
}

}  // namespace waxseal
