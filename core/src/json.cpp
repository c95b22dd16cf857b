// The pull reader: a cursor over a padded copy of the text, and the pointer of where it stands.
#include "json.hpp"

namespace waxseal {
namespace {

/// What stands at `p`, for a sentence: shortened, so that an error stays one line.
std::string describe(std::string_view raw) {
  constexpr std::size_t most = 40;
  if (raw.empty()) return "the end";
  if (raw[0] == '{') return "an object";
  if (raw[0] == '[') return "an array";
  if (raw.size() <= most) return std::string(raw);
  std::size_t cut = most;
  while (cut > 0 && (raw[cut] & 0xc0) == 0x80) --cut;
  std::string text(raw.data(), cut);
  return text + "…";
}

}  // namespace

void append_pointer(std::string& pointer, std::string_view token) {
  pointer += '/';
  for (const char c : token) {
    if (c == '~') pointer += "~0";
    else if (c == '/') pointer += "~1";
    else pointer += c;
  }
}

std::string decimal_text(std::uint64_t value) {
  char digits[20];
  char* p = digits + sizeof digits;
  do {
    *--p = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  return {p, static_cast<std::size_t>(digits + sizeof digits - p)};
}

json_cursor::json_cursor(std::string_view text, std::string base)
    : text_(text), padded_(text), path_(std::move(base)) {
  padded_.append(scan_padding, '\0');
  at_ = reinterpret_cast<byte_ptr>(padded_.data());
}

std::string json_cursor::pointer() const { return path_; }

bool json_cursor::fail(std::string_view message) {
  if (failed()) return false;
  error_ = path_.empty() ? std::string("(root)") : path_;
  error_ += ": ";
  error_ += message;
  return false;
}

bool json_cursor::adopt(std::string sentence) {
  if (!failed()) error_ = std::move(sentence);
  return false;
}

bool json_cursor::expected(std::string_view what) {
  if (failed()) return false;
  const byte_ptr at = at_;
  const std::string_view raw = skip();
  if (failed()) return false;
  at_ = at;
  std::string message = "expected ";
  message += what;
  message += ", found ";
  return fail(message + describe(raw));
}

/// The text is no JSON at the cursor.
bool json_cursor::broken() {
  const auto offset = static_cast<std::size_t>(at_ - reinterpret_cast<byte_ptr>(padded_.data()));
  std::string message = notes_.fault == status::too_deep ? "nested too deeply" : "not valid JSON";
  return fail(message + " at or after byte " + decimal_text(offset));
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

bool json_cursor::enter(bool object) {
  if (levels_.size() == max_depth) {
    notes_.fault = status::too_deep;
    return broken();
  }
  ++at_;
  levels_.push_back({object, true, 0, path_.size(), keys_.size()});
  return true;
}

bool json_cursor::enter_object() {
  const json_kind kind = peek();
  if (failed()) return false;
  return kind == json_kind::object ? enter(true) : expected("an object");
}

bool json_cursor::enter_array() {
  const json_kind kind = peek();
  if (failed()) return false;
  return kind == json_kind::array ? enter(false) : expected("an array");
}

void json_cursor::leave() {
  keys_.resize(levels_.back().keys);
  levels_.pop_back();
  ++at_;
}

/// Steps over the comma to the next member or element; false at the end, which it consumes.
bool json_cursor::next(char closing) {
  if (failed()) return false;
  level& top = levels_.back();
  path_.resize(top.path);
  at_ = skip_space(at_);
  if (*at_ == static_cast<unsigned char>(closing)) {
    leave();
    return false;
  }
  if (!top.first) {
    if (*at_ != ',') return broken();
    at_ = skip_space(at_ + 1);
  }
  return true;
}

bool json_cursor::member(std::string& key) {
  if (!next('}')) return false;
  level& top = levels_.back();
  top.first = false;
  const byte_ptr end = *at_ == '"' ? scan_string(at_ + 1, notes_) : nullptr;
  if (end == nullptr) return broken();
  const std::string_view raw(reinterpret_cast<const char*>(at_ + 1),
                             static_cast<std::size_t>(end - at_ - 2));
  key.resize(raw.size());
  key.resize(decode_text(raw, key.data()));
  at_ = skip_space(end);
  if (*at_ != ':') return broken();
  at_ = skip_space(at_ + 1);
  append_pointer(path_, key);
  for (std::size_t i = top.keys; i < keys_.size(); ++i) {
    if (keys_[i] == key) return fail("this key stands twice in its object");
  }
  keys_.push_back(key);
  return true;
}

bool json_cursor::element() {
  if (!next(']')) return false;
  level& top = levels_.back();
  top.index = top.first ? 0 : top.index + 1;
  top.first = false;
  append_pointer(path_, decimal_text(top.index));
  return true;
}

bool json_cursor::read_string(std::string& into) {
  const json_kind kind = peek();
  if (failed()) return false;
  if (kind != json_kind::string) return expected("a string");
  const std::string_view raw = skip();
  if (failed()) return false;
  into.resize(raw.size());
  into.resize(decode_text(std::string_view(raw.data() + 1, raw.size() - 2), into.data()));
  return true;
}

bool json_cursor::read_integer(std::int64_t& into) {
  const json_kind kind = peek();
  if (failed()) return false;
  if (kind != json_kind::number) return expected("an integer");
  const byte_ptr at = at_;
  const std::string_view raw = skip();
  if (failed()) return false;
  const bool negative = raw[0] == '-';
  std::int64_t value = 0;
  bool fits = raw.size() <= 18u + negative;
  for (std::size_t i = negative; fits && i < raw.size(); ++i) {
    if (raw[i] < '0' || raw[i] > '9') fits = false;
    else value = value * 10 + (raw[i] - '0');
  }
  if (!fits) {
    at_ = at;
    return expected("an integer of at most 18 digits, without fraction or exponent");
  }
  into = negative ? -value : value;
  return true;
}

bool json_cursor::read_boolean(bool& into) {
  const json_kind kind = peek();
  if (failed()) return false;
  if (kind != json_kind::boolean) return expected("true or false");
  into = *at_ == 't';
  return !skip().empty();
}

std::string_view json_cursor::skip() {
  if (failed()) return {};
  at_ = skip_space(at_);
  const auto start = static_cast<std::size_t>(at_ - reinterpret_cast<byte_ptr>(padded_.data()));
  const byte_ptr end = skip_value(at_, static_cast<unsigned>(levels_.size()), notes_);
  if (end == nullptr) {
    broken();
    return {};
  }
  const auto length = static_cast<std::size_t>(end - at_);
  at_ = end;
  return {text_.data() + start, length};  // not substr: its exception would need an import
}

bool json_cursor::finish() {
  if (failed()) return false;
  at_ = skip_space(at_);
  if (at_ == reinterpret_cast<byte_ptr>(padded_.data()) + text_.size()) return true;
  return fail("something stands behind the value");
}

}  // namespace waxseal
