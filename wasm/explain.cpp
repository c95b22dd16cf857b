// What waxseal-explain.wasm can do beside full.cpp: explain a refusal.
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "abi.hpp"
#include "hmac.hpp"
#include "list.hpp"
#include "waxseal/explain.hpp"

using namespace waxseal;
using namespace waxseal::abi;

namespace {

constexpr std::size_t fixed_options = 32;  ///< behind them the settings, in turn name and value

/// Reads records, each `u32 length, bytes`, one after the other.
class records {
 public:
  explicit records(std::string_view all) : rest_(all) {}
  bool next(std::string_view& into) {
    u32 length;
    if (rest_.size() < sizeof length) return false;
    std::memcpy(&length, rest_.data(), sizeof length);
    if (rest_.size() - sizeof length < length) return false;
    into = rest_.substr(sizeof length, length);
    rest_.remove_prefix(sizeof length + length);
    return true;
  }
  bool is_done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

void append_json(std::string& to, std::string_view text) {
  to.push_back('"');
  for (const char c : text) {
    constexpr char digits[] = "0123456789abcdef";
    if (c == '"' || c == '\\') {
      to.push_back('\\');
      to.push_back(c);
    } else if (c >= 0 && c < ' ') {
      to.append("\\u00").push_back(digits[c >> 4]);
      to.push_back(digits[c & 15]);
    } else {
      to.push_back(c);
    }
  }
  to.push_back('"');
}

void write_json(const explanation& why, std::string& to) {
  to.append("{\"code\":");
  append_json(to, name(why.code));
  to.append(",\"causes\":[");
  const char* before = "{\"code\":";
  for (const finding& each : why.findings) {
    to.append(before);
    append_json(to, each.code);
    to.append(",\"certainty\":");
    append_json(to, name(each.sure));
    to.append(",\"sentence\":");
    append_json(to, each.sentence);
    to.append(",\"remedy\":");
    append_json(to, each.remedy);
    to.append(",\"line\":");
    if (each.line.empty()) to.append("null");
    else append_json(to, each.line);
    to.push_back('}');
    before = ",{\"code\":";
  }
  to.append("]}");
}

/// Reads the settings behind the fixed options; false where they are malformed.
bool read_settings(std::string_view text, list<setting>& into) {
  records pairs(text);
  setting one;
  while (pairs.next(one.name)) {
    if (!pairs.next(one.value)) return false;
    into.push_back(one);
  }
  return pairs.is_done();
}

/// Explains what the records say; false where they are malformed or hold no image.
bool explain_records(u64 length, u32 secret_count, u32 header_count, std::int64_t now, std::string& json) {
  records rest({memory.start, static_cast<std::size_t>(length)});
  std::string_view image, options_text, part;
  request what{};
  list<setting> settings;
  if (!rest.next(image) || !rest.next(options_text) || options_text.size() < fixed_options || !rest.next(what.body) ||
      !rest.next(what.url) || !rest.next(what.method) || !read_settings(options_text.substr(fixed_options), settings)) {
    return false;
  }
  list<std::string_view> secrets;
  for (u32 i = 0; i < secret_count; ++i) {
    if (!rest.next(part)) return false;
    secrets.push_back(part);
  }
  list<header> lines;
  for (u32 i = 0; i < header_count; ++i) {
    header line;
    if (!rest.next(line.name) || !rest.next(line.value)) return false;
    lines.push_back(line);
  }
  what.headers = {lines.begin(), lines.size()};
  std::vector<dialect> others;
  while (rest.next(part)) {
    auto other = dialect::open_image(part);
    if (other) others.push_back(*other);
  }
  auto from = dialect::open_image(image);
  if (!rest.is_done() || !from) return false;
  options how = options_at(static_cast<u64>(options_text.data() - memory.start));
  how.settings = {settings.begin(), settings.size()};
  write_json(waxseal::explain(*from, {secrets.begin(), secrets.size()}, what, now, others, how), json);
  return true;
}

}  // namespace

WAXSEAL_EXPORT(waxseal_explain) u32 waxseal_explain(u32 length, u32 secrets, u32 headers, double now) {
  static std::string json;
  json.clear();
  last_made = {};
  last_error = no_such_texts;
  const bool in_time = now > -9e15 && now < 9e15;
  const bool told = length <= memory.capacity && memory.start &&
                    explain_records(length, secrets, headers, in_time ? static_cast<std::int64_t>(now) : 0, json);
  if (memory.start) wipe(memory.start, memory.capacity + reserve);
  last_made = json;
  return static_cast<u32>(told ? status::ok : status::internal);
}
