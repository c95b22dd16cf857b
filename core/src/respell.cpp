#include "respell.hpp"

#include <algorithm>

#include "lexer.hpp"

namespace waxseal {
namespace {

using space = json_style::space;

bool is_space(unsigned char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

constexpr std::uint32_t no_rank = 0xffffffff;
constexpr std::uint32_t max_keys = 32;      ///< of each object of an example
constexpr std::size_t bytes_of_step = 4;    ///< that take as long as a step of ordering does
constexpr std::uint32_t max_ordered = 128;  ///< members of an object whose order is changed

struct member {
  std::string_view key;  ///< raw, without quotes
  byte_ptr at;           ///< its opening quote
  std::uint32_t rank;
};

std::uint32_t hash_of(std::string_view key) {
  std::uint32_t value = 2166136261u;  // FNV-1a
  for (const char c : key) value = (value ^ static_cast<unsigned char>(c)) * 16777619u;
  return value ^ value >> 16;
}

/// Writes one value after the other. The text is JSON and zeros follow it: nothing is checked.
class writer {
 public:
  writer(byte_ptr text, const json_style& style, std::string& into) : p_(text), style_(style), out_(into) {}

  void value(unsigned depth) {
    if (*p_ == '"') return string();
    if (*p_ == '{' || *p_ == '[') return container(depth);
    while (*p_ > ' ' && *p_ != ',' && *p_ != '}' && *p_ != ']') put(static_cast<char>(*p_++));
  }

  std::size_t steps() const { return steps_; }

  void gap() {
    for (; is_space(*p_); ++p_) {
      if (style_.between == space::keep) put(static_cast<char>(*p_));
    }
  }

 private:
  void put(char c) { out_.push_back(c); }

  void line(unsigned depth) {
    if (style_.between < space::indent2) return;
    put('\n');
    const bool tab = style_.between == space::tab;
    const unsigned width = tab ? 1 : style_.between == space::indent2 ? 2 : 4;
    out_.append(depth * width, tab ? '\t' : ' ');
  }

  void take_member(unsigned depth) {
    string();
    gap();
    put(static_cast<char>(*p_++));  // the colon
    if (style_.between > space::compact) put(' ');
    gap();
    value(depth);
  }

  void container(unsigned depth) {
    const bool object = *p_ == '{';
    put(static_cast<char>(*p_++));
    gap();
    const bool empty = *p_ == '}' || *p_ == ']';
    if (!empty && object && style_.keys != json_style::order::keep) {
      ordered(depth + 1);
    } else if (!empty) {
      for (bool more = true; more;) {
        line(depth + 1);
        object ? take_member(depth + 1) : value(depth + 1);
        gap();
        more = *p_ == ',';
        if (more) comma();
      }
    }
    if (!empty) line(depth);
    put(static_cast<char>(*p_++));
  }

  void comma() {
    put(static_cast<char>(*p_++));
    if (style_.between == space::spaced) put(' ');
    gap();
  }

  void ordered(unsigned depth) {
    list<member> members;
    lexical_notes notes;
    byte_ptr end = p_;
    for (bool more = true; more;) {
      const byte_ptr after = scan_string(end + 1, notes);
      const std::string_view key(reinterpret_cast<const char*>(end) + 1, static_cast<std::size_t>(after - end) - 2);
      members.push_back({key, end, 0});
      end = skip_space(skip_value(skip_space(skip_space(after) + 1), 0, notes));
      more = *end == ',';
      if (more) end = skip_space(end + 1);
    }
    steps_ += static_cast<std::size_t>(end - p_) / bytes_of_step;
    if (style_.known != nullptr) rank(members);
    // insertion keeps the order of equals; an object has few members
    for (std::uint32_t i = 1; i < members.size() && members.size() <= max_ordered; ++i) {
      for (std::uint32_t k = i; k > 0 && before(members[k], members[k - 1]); --k, ++steps_) {
        std::swap(members[k], members[k - 1]);
      }
    }
    bool first = true;
    for (const member& each : members) {
      if (!first) put(',');
      if (!first && style_.between == space::spaced) put(' ');
      first = false;
      line(depth);
      p_ = each.at;
      take_member(depth);
    }
    p_ = end;
  }

  /// Ranks the members by the known object that shares most keys with theirs.
  void rank(list<member>& members) {
    if (members.size() > max_ordered) return;
    std::uint32_t shared[key_orders::max_shapes] = {}, best = 0;
    for (const member& each : members) steps_ += style_.known->count(each.key, shared);
    for (std::uint32_t shape = 1; shape < key_orders::max_shapes; ++shape) {
      if (shared[shape] > shared[best]) best = shape;
    }
    steps_ += key_orders::max_shapes / 8 + members.size();
    for (member& each : members) each.rank = shared[best] == 0 ? 0 : style_.known->rank(best, each.key);
  }

  bool before(const member& left, const member& right) const {
    return style_.keys == json_style::order::sorted ? left.key < right.key : left.rank < right.rank;
  }

  void string() {
    lexical_notes notes;
    const byte_ptr end = scan_string(p_ + 1, notes);
    const std::string_view raw(reinterpret_cast<const char*>(p_) + 1, static_cast<std::size_t>(end - p_) - 2);
    put('"');
    if (style_.escapes == json_style::as_they_are) {
      out_.append(raw);
    } else {
      text_reader text(raw);
      for (int byte; (byte = text.next()) >= 0;) character(byte, text);
    }
    put('"');
    p_ = end;
  }

  void character(int byte, text_reader& text) {
    if (byte >= 0x80) return multibyte(byte, text);
    const char c = static_cast<char>(byte);
    constexpr std::string_view shorts = "\b\f\n\r\t\"\\/", letters = "bfnrt\"\\/";
    const auto at = shorts.find(c);
    const bool html = (style_.escapes & json_style::html) != 0 && (c == '<' || c == '>' || c == '&');
    if (at != shorts.npos && (c != '/' || (style_.escapes & json_style::slash) != 0)) {
      put('\\');
      put(letters[at]);
    } else if (byte < ' ' || html) {
      unit(static_cast<unsigned>(byte));
    } else {
      put(c);
    }
  }

  void multibyte(int byte, text_reader& text) {
    const int more = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
    char bytes[4] = {static_cast<char>(byte)};
    auto point = static_cast<unsigned>(byte) & (0x3fu >> more);
    for (int i = 1; i <= more; ++i) {
      const int next = text.next();
      bytes[i] = static_cast<char>(next);
      point = point << 6 | (static_cast<unsigned>(next) & 0x3f);
    }
    const bool line_end = point == 0x2028 || point == 0x2029;
    const bool escaped = (style_.escapes & json_style::ascii) != 0 ||
                         (line_end && (style_.escapes & json_style::html) != 0);
    if (!escaped) {
      out_.append(bytes, static_cast<std::size_t>(more) + 1);
    } else if (point < 0x10000) {
      unit(point);
    } else {
      unit(0xd800 + ((point - 0x10000) >> 10));
      unit(0xdc00 + (point & 0x3ff));
    }
  }

  void unit(unsigned value) {
    const char* const digits = (style_.escapes & json_style::upper) != 0 ? "0123456789ABCDEF" : "0123456789abcdef";
    out_.append("\\u");
    for (int shift = 12; shift >= 0; shift -= 4) put(digits[value >> shift & 15]);
  }

  byte_ptr p_;
  const json_style& style_;
  std::string& out_;
  std::size_t steps_ = 0;  ///< beside reading and writing each byte
};

}  // namespace

bool is_json(std::string_view text, bool* too_deep) {
  std::string padded(text);
  padded.append(scan_padding, '\0');
  const auto* const begin = reinterpret_cast<byte_ptr>(padded.data());
  lexical_notes notes;
  const byte_ptr end = skip_value(skip_space(begin), 0, notes);
  if (too_deep != nullptr) *too_deep = notes.fault == status::too_deep;
  return end != nullptr && static_cast<std::size_t>(skip_space(end) - begin) == text.size();
}

std::size_t respell(std::string_view text, const json_style& style, std::string& into) {
  std::string padded(text);
  padded.append(scan_padding, '\0');
  into.clear();
  writer to(skip_space(reinterpret_cast<byte_ptr>(padded.data())), style, into);
  to.value(0);
  return into.size() / 2 + to.steps() * bytes_of_step;
}

void key_orders::learn(std::string_view text) {
  list<list<std::string_view>> open;  // the keys of each object around, outermost first
  const auto close = [&] {
    list<std::string_view>& inner = open.back();
    if (inner.size() > 1 && shapes_.size() < max_shapes) {
      for (const auto& each : inner) {
        std::uint32_t& bucket = first_[hash_of(each) % buckets];
        keys_.push_back({each, shapes_.size(), bucket});
        bucket = keys_.size();
      }
      shapes_.push_back({keys_.size() - inner.size(), inner.size()});
    }
    open.back() = {};
    open.shrink(open.size() - 1);
  };
  for (std::size_t at = 0; at < text.size() && open.size() < max_depth && shapes_.size() < max_shapes; ++at) {
    const char c = text[at];
    if (c == '{') open.push_back({});
    if (c == '}' && !open.empty()) close();
    if (c == '}' && open.empty()) return;
    if (c != '"') continue;
    const std::size_t start = ++at;
    while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
    if (at >= text.size() || open.empty()) return;
    const auto colon = text.find_first_not_of(" \t\r\n", at + 1);
    if (colon == text.npos || text[colon] != ':' || open.back().size() == max_keys) continue;
    open.back().push_back(text.substr(start, at - start));
  }
}

std::uint32_t key_orders::rank(std::uint32_t shape, std::string_view key) const {
  const span& keys = shapes_[shape];
  for (std::uint32_t i = 0; i < keys.size; ++i) {
    if (keys_[keys.first + i].text == key) return i;
  }
  return no_rank;
}

std::uint32_t key_orders::count(std::string_view key, std::uint32_t (&counts)[max_shapes]) const {
  std::uint32_t seen = 1;
  for (std::uint32_t at = first_[hash_of(key) % buckets]; at != 0; at = keys_[at - 1].next, ++seen) {
    if (keys_[at - 1].text == key) ++counts[keys_[at - 1].shape];
  }
  return seen;
}

}  // namespace waxseal
