// Reads the image of a compiled dialect (image.hpp). Nothing in it is believed: an index, a length
// or a word beyond its table, or bytes that are left over, make it damaged.
#include "image.hpp"

#include <limits>

#include "sentence.hpp"

namespace waxseal {
namespace {

constexpr std::string_view no_image =
    "is no compiled dialect: compile its file with `waxseal dialects --compile FILE`, or by loadDialect() of waxseal/full";
constexpr std::string_view other_format = "was compiled by another version of Waxseal: compile its file with this one";
constexpr std::string_view damaged = "is damaged: compile its file again";

class image_reader {
 public:
  explicit image_reader(std::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  /// Whether all of it was read and nothing was wrong.
  bool whole() const { return !broken_ && at_ == end_; }

  // ---- members of the struct being read: there, or left as a new one has them ----------------
  template <class T>
  void number(T& into, std::uint64_t most = std::numeric_limits<T>::max()) {
    if (next()) into = static_cast<T>(take(most));
  }
  template <class T>
  void choice(T& into, T last) {
    if (next()) into = static_cast<T>(take(static_cast<std::uint64_t>(last)));
  }
  void flag(bool& into) {
    if (next()) into = take(1) != 0;
  }
  void text(std::string_view& into) {
    if (next()) into = take_text();
  }
  void text(std::optional<std::string_view>& into) {
    if (next()) into = take_text();
  }
  void header(int& into) {
    if (next()) into = static_cast<int>(take_below(wanted_));
  }
  void node(std::uint32_t& into) {
    if (next()) into = take_below(nodes_);
  }
  template <class T>
  void part(T& into) {
    if (next()) group(into);
  }
  template <class T>
  void part(std::optional<T>& into) {
    if (next()) group(into.emplace());
  }
  template <class T>
  void parts(list<T>& into) {
    if (next()) groups(into);
  }
  /// The quote behind each text is what ends the comparison of names.
  template <class Length>
  void schema_text(std::uint32_t& at, Length& length, std::uint32_t most) {
    if (next()) at = take_below(schemas_->text_size());
    if (next()) length = static_cast<Length>(take(most));
    if (broken_ || length >= schemas_->text_size() - at || *schemas_->text(at + length) != '"') fail();
  }
  void constant(std::uint32_t& into) {
    if (next()) into = take_constant();
  }
  void limit(std::uint32_t& into) {
    if (!next()) return;
    into = take_constant();
    if (schemas_->constant(into).kind != json_kind::number) fail();
  }
  void constants(std::uint32_t& first, std::uint32_t& count) {
    if (!next()) return;
    first = schemas_->constants();
    count = take_count();
    for (std::uint32_t i = 0; i < count; ++i) take_constant();
  }

  // ---- what stands there without a bit -------------------------------------------------------
  template <class T>
  void group(T& into) {
    const std::uint64_t outer = there_;
    there_ = take(~std::uint64_t{0});
    describe(*this, into);
    if (there_ != 0) fail();  // of a member that this version does not know
    there_ = outer;
  }
  template <class T>
  void groups(list<T>& into) {
    for (std::uint32_t left = take_count(); left > 0; --left) group(into.push_back({}));
  }
  void numbers(list<std::uint32_t>& into) {
    for (std::uint32_t left = take_count(); left > 0; --left) into.push_back(static_cast<std::uint32_t>(take(0xffffffff)));
  }
  void owned(list<std::unique_ptr<settings>>& into) {
    for (std::uint32_t left = take_count(); left > 0; --left) group(*into.push_back(std::make_unique<settings>()));
  }
  void texts(list<std::string_view>& into) {
    for (std::uint32_t left = take_count(); left > 0; --left) into.push_back(take_text());
  }
  void numbered(unsigned& into) { into = static_cast<unsigned>(take(0xffff)); }
  void place_of(slot& into) { into = static_cast<slot>(take(slot_count - 1)); }

  void headers(std::string (&names)[max_wanted + 1], unsigned& count) {
    wanted_ = count = static_cast<unsigned>(take(max_wanted));
    for (unsigned i = 0; i < count; ++i) names[i].append(take_text());
  }

  void schemas(body_plan& into) {
    schemas_ = &into.schemas;
    schemas_->set_text(take_text());
    const std::uint32_t count = take_count();
    nodes_ = schema_set::first_node + count;
    list<schema_property> members;
    for (std::uint32_t i = 0; i < count; ++i) {
      schema_node node;
      group(node);
      members.shrink(0);
      groups(members);
      if (members.size() > schema_set::max_properties || names_beyond(node, members.size())) fail();
      if (broken_) return;
      schemas_->add_node(node, members);
    }
  }

  void events(list<described_event>& into, list<std::string_view>& aliases, body_plan& body) {
    for (std::uint32_t left = take_count(); left > 0; --left) {
      const auto index = static_cast<int>(into.size());
      described_event& event = into.push_back({});
      group(event);
      body.add_name(event.name, index);
      event.first_alias = aliases.size();
      event.aliases = take_count();
      for (std::uint32_t i = 0; i < event.aliases; ++i) body.add_name(aliases.push_back(take_text()), index);
      group(body.events.push_back({}));
    }
  }

 private:
  void fail() {
    broken_ = true;
    at_ = end_;
  }
  bool next() {
    const bool there = there_ & 1;
    there_ >>= 1;
    return there;
  }
  std::uint64_t take(std::uint64_t most) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; at_ != end_ && shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at_++);
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80 && value <= most) return value;
      if (byte < 0x80) break;
    }
    fail();
    return 0;
  }
  std::uint32_t take_below(std::uint32_t count) {
    if (count == 0) fail();
    return static_cast<std::uint32_t>(take(count - 1u));
  }
  /// Of a list, whose elements take a byte at least.
  std::uint32_t take_count() {
    const std::uint64_t count = take(max_image);
    if (count > static_cast<std::size_t>(end_ - at_)) fail();
    return broken_ ? 0 : static_cast<std::uint32_t>(count);
  }
  std::string_view take_text() {
    const std::uint32_t length = take_count();
    at_ += length;
    return {at_ - length, length};
  }
  std::uint32_t take_constant() {
    schema_constant made;
    group(made);
    schemas_->add_constant(made);
    if (made.kind == json_kind::number) {  // compared as a number, which the scanner must have read
      const auto* const text = reinterpret_cast<byte_ptr>(schemas_->text(made.text));
      lexical_notes notes;
      number_form form;
      if (scan_number(text, notes, form) != text + made.length) fail();
    }
    return schemas_->constants() - 1;
  }
  /// Whether `required` names a property beyond `count`.
  static bool names_beyond(const schema_node& node, std::uint32_t count) {
    for (std::uint32_t i = 0; i < 2; ++i, count -= count < 64 ? count : 64) {
      if (count < 64 && node.required[i] >> count != 0) return true;
    }
    return false;
  }

  const char* at_;
  const char* const end_;
  bool broken_ = false;
  std::uint64_t there_ = 0;  ///< bit 0: the next member of the struct is there
  std::uint32_t wanted_ = 0, nodes_ = 0;  ///< what indices stay below
  schema_set* schemas_ = nullptr;
};

/// What verifying and signing in one way count on beyond single values.
bool way_fits(const plan& of, const settings& way) {
  unsigned bodies = 0;
  for (const piece& part : way.signed_string) {
    bodies += part.what == piece::kind::body;
    if (part.what == piece::kind::header && part.wanted == absent) return false;
    if (part.what == piece::kind::setting && static_cast<std::uint32_t>(part.wanted) >= of.setting_names.size()) return false;
    if (!of.elaborate && part.what >= piece::kind::form) return false;
  }
  for (const auto& each : way.more_headers) {
    if (each.index == absent) return false;
  }
  if (way.items && !way.signature_place.pointer) return false;
  const bool in_body = way.signature_place.pointer || !way.signature_place.field.empty();
  return bodies <= 1 && (of.elaborate ? way.signature_header != absent || in_body
                                      : bodies + way.static_token == 1 && way.signature_header != absent);
}

/// What verifying and signing count on beyond single values.
bool fits_together(const plan& of) {
  bool fits = way_fits(of, of) && !of.name.empty() && of.needed_settings <= of.setting_names.size() &&
              (of.elaborate || of.weaker.empty());
  for (const auto& each : of.weaker) fits = fits && way_fits(of, *each);
  return fits;
}

}  // namespace

result<dialect, std::string> dialect::open_image(std::string_view image) {
  const auto refuse = [](std::string_view why) { return join({"the dialect ", why}); };
  if (image.size() < 2 * image_ends || !image.starts_with(image_magic)) return refuse(no_image);
  if (image[image_magic.size()] != image_format) return refuse(other_format);
  auto made = std::make_unique<plan>();
  made->source.append(image);
  std::string_view bytes = made->source;
  std::uint32_t sum = 0;
  for (unsigned i = 0; i < 4; ++i) {
    sum |= std::uint32_t{static_cast<unsigned char>(bytes[bytes.size() - 4 + i])} << 8 * i;
  }
  bytes.remove_suffix(image_ends);
  if (image.size() > max_image || sum != image_checksum(bytes)) return refuse(damaged);
  bytes.remove_prefix(image_ends);
  image_reader from(bytes);
  describe_plan(from, *made);
  if (!from.whole() || !fits_together(*made)) return refuse(damaged);
  made->delivery.delays = {made->delays.begin(), made->delays.size()};
  made->delivery.final_statuses = {made->final_statuses.begin(), made->final_statuses.size()};
  made->delivery.rate = {made->rate.begin(), made->rate.size()};
  return dialect(made.release());
}

}  // namespace waxseal
