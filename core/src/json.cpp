// The pull reader: a cursor over a padded copy of the text, and the pointer of where it stands.
#include "json.hpp"

#include <algorithm>

#include "encoding.hpp"

namespace waxseal {
namespace {

constexpr char padding[scan_padding] = {};

/// What a value is, for a sentence: short, so that an error stays one line.
std::string_view describe(std::string_view raw) {
  constexpr std::size_t most = 40;
  if (raw[0] == '{') return "an object";
  if (raw[0] == '[') return "an array";
  return raw.size() <= most ? raw : "a longer one";
}

}  // namespace

void append_pointer(std::string& pointer, std::string_view token) {
  pointer.append("/", 1);
  for (const char& c : token) {
    const std::string_view text = c == '~' ? "~0" : c == '/' ? "~1" : std::string_view(&c, 1);
    pointer.append(text.data(), text.size());
  }
}

int position(std::string_view word, std::string_view words) noexcept {
  for (int index = 0; !words.empty(); ++index) {
    const auto end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == word) return index;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return -1;
}

json_cursor::json_cursor(std::string_view text, std::string_view base)
    : json_cursor(text, base, own_error_) {}

json_cursor::json_cursor(std::string_view text, std::string_view base, std::string& error)
    : text_(text), padded_(join({text, {padding, sizeof padding}})),
      at_(reinterpret_cast<byte_ptr>(padded_.data())), path_(base), error_(error) {}

std::size_t json_cursor::offset() const {
  return static_cast<std::size_t>(at_ - reinterpret_cast<byte_ptr>(padded_.data()));
}

bool json_cursor::fail(std::initializer_list<std::string_view> parts) {
  if (failed()) return false;
  error_ = join({path_.empty() ? "(root)" : std::string_view(path_), ": "});
  for (const std::string_view part : parts) error_.append(part.data(), part.size());
  return false;
}

bool json_cursor::expected(std::string_view what) {
  if (failed()) return false;
  const byte_ptr at = at_;
  const std::string_view raw = skip();
  if (failed()) return false;
  at_ = at;
  return fail({"expected ", what, ", found ", describe(raw)});
}

/// The text is no JSON at the cursor.
bool json_cursor::broken() {
  return fail({notes_.fault == status::too_deep ? "nested too deeply" : "not valid JSON",
               " at or after byte ", decimal_text(offset())});
}

json_kind json_cursor::peek() {
  if (failed()) return json_kind::null;
  at_ = skip_space(at_);
  switch (*at_) {
    case '{': return json_kind::object;
    case '[': return json_kind::array;
    case '"': return json_kind::string;
    case 't':
    case 'f': return json_kind::boolean;
    case 'n': return json_kind::null;
    default:
      if (*at_ != '-' && (*at_ < '0' || *at_ > '9')) broken();
      return failed() ? json_kind::null : json_kind::number;
  }
}

bool json_cursor::is(json_kind kind, std::string_view name) {
  const json_kind here = peek();
  return !failed() && (here == kind || expected(name));
}

bool json_cursor::enter(json_kind kind, std::string_view name) {
  if (!is(kind, name)) return false;
  if (levels_.size() == max_depth) {
    notes_.fault = status::too_deep;
    return broken();
  }
  ++at_;
  levels_.push_back({0, static_cast<std::uint32_t>(path_.size()), keys_.size()});
  return true;
}

bool json_cursor::enter_object() { return enter(json_kind::object, "an object"); }
bool json_cursor::enter_array() { return enter(json_kind::array, "an array"); }

/// Steps over the comma to the next member or element; false at the end, which it consumes.
bool json_cursor::next(char closing) {
  if (failed()) return false;
  level& top = levels_.back();
  while (path_.size() > top.path) path_.pop_back();
  at_ = skip_space(at_);
  if (*at_ == static_cast<unsigned char>(closing)) {
    keys_.shrink(top.keys);
    levels_.shrink(levels_.size() - 1);
    ++at_;
    return false;
  }
  if (top.count++ > 0) {
    if (*at_ != ',') return broken();
    at_ = skip_space(at_ + 1);
  }
  return true;
}

/// What an accepted string without its quotes stands for. Decoded it is never longer than in the
/// text, so that one piece of memory is enough for all.
std::string_view json_cursor::decode(std::string_view raw) {
  if (raw.empty() || std::memchr(raw.data(), '\\', raw.size()) == nullptr) return raw;
  if (!decoded_) decoded_.reset(new char[text_.size()]);
  char* const into = decoded_.get() + decoded_size_;
  const std::size_t length = decode_text(raw, into);
  decoded_size_ += length;
  return {into, length};
}

std::string_view json_cursor::skip_compact() {
  const std::string_view raw = skip();
  if (!decoded_) decoded_.reset(new char[text_.size()]);
  char* const into = decoded_.get() + decoded_size_;
  std::size_t length = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (!in_string && static_cast<unsigned char>(raw[i]) <= ' ') continue;
    if (in_string && raw[i] == '\\') into[length++] = raw[i++];
    else if (raw[i] == '"') in_string = !in_string;
    into[length++] = raw[i];
  }
  decoded_size_ += length;
  return {into, length};
}

bool json_cursor::member(std::string_view& key) {
  if (!next('}')) return false;
  const std::size_t start = offset() + 1;
  const byte_ptr end = *at_ == '"' ? skip_value(at_, 0, notes_) : nullptr;
  if (end == nullptr) return broken();
  const std::string_view raw(text_.data() + start, static_cast<std::size_t>(end - at_ - 2));
  key = decode(raw);
  at_ = skip_space(end);
  if (*at_ != ':') return broken();
  at_ = skip_space(at_ + 1);
  append_pointer(path_, key);
  for (std::uint32_t i = levels_.back().keys; i < keys_.size(); ++i) {
    if (keys_[i] == key) return fail("this key stands twice in its object");
  }
  keys_.push_back(key);
  return true;
}

bool json_cursor::element() {
  if (!next(']')) return false;
  append_pointer(path_, decimal_text(levels_.back().count - 1));
  return true;
}

bool json_cursor::read_string(std::string_view& into) {
  if (!is(json_kind::string, "a string")) return false;
  const std::string_view raw = skip();
  if (failed()) return false;
  into = decode({raw.data() + 1, raw.size() - 2});
  return true;
}

int json_cursor::read_word(std::string_view words) {
  std::string_view word;
  if (!read_string(word)) return -1;
  const int index = position(word, words);
  if (index < 0) fail({"\"", word, "\" is not one of: ", words});
  return index;
}

bool json_cursor::read_integer(std::int64_t& into) {
  if (!is(json_kind::number, "an integer")) return false;
  const byte_ptr at = at_;
  const std::string_view raw = skip();
  if (failed()) return false;
  const bool negative = raw[0] == '-';
  const auto value = parse_integer({raw.data() + negative, raw.size() - negative}, 18);
  if (!value) {
    at_ = at;
    return expected("an integer of at most 18 digits");
  }
  into = negative ? -*value : *value;
  return true;
}

bool json_cursor::read_boolean(bool& into) {
  if (!is(json_kind::boolean, "true or false")) return false;
  into = *at_ == 't';
  return !skip().empty();
}

std::string_view json_cursor::skip() {
  if (failed()) return {};
  at_ = skip_space(at_);
  const char* const start = text_.data() + offset();
  const byte_ptr end = skip_value(at_, levels_.size(), notes_);
  if (end == nullptr) {
    broken();
    return {};
  }
  const auto length = static_cast<std::size_t>(end - at_);
  at_ = end;
  return {start, length};
}

bool json_cursor::finish() {
  if (failed()) return false;
  at_ = skip_space(at_);
  return offset() == text_.size() || fail("something stands behind the value");
}

}  // namespace waxseal
