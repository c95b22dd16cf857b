// Writes the image of a compiled dialect (image.hpp). waxseal.wasm leaves this file out.
//
// Schemas that ask the same are written once, and those that nothing leads to not at all; what is
// left is numbered in the order in which it is met from the body and the events on. So a plan that
// was read from an image is written as the same bytes.
#include <algorithm>
#include <map>

#include "image.hpp"

namespace waxseal {
namespace {

using bytes = std::string;
using numbering = std::map<bytes, std::uint32_t>;

void put_number(bytes& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

bytes number_bytes(std::uint64_t value) {
  bytes out;
  put_number(out, value);
  return out;
}

bytes text_bytes(std::string_view text) { return number_bytes(text.size()).append(text); }

class image_writer {
 public:
  explicit image_writer(plan& from) : schemas_(from.body.schemas) {
    merge_nodes();
    number_nodes(from);
  }

  bytes out;

  // ---- members of a struct, which `group` puts together ----------------------------------------
  template <class T>
  void number(T value, std::uint64_t = 0) {
    member(number_bytes(static_cast<std::make_unsigned_t<T>>(value)));
  }
  template <class T>
  void choice(T value, T) { member(number_bytes(static_cast<std::uint64_t>(value))); }
  void flag(bool value) { member(number_bytes(value)); }
  void text(std::string_view value) { member(text_bytes(value)); }
  void text(const std::optional<std::string_view>& value) { member(value ? text_bytes(*value) : nothing); }
  void header(int value) { member(value == absent ? nothing : number_bytes(static_cast<unsigned>(value))); }
  void node(std::uint32_t value) { member(number_bytes(number_of(value))); }
  template <class T>
  void part(T& value) { member(group_bytes(value)); }
  template <class T>
  void part(std::optional<T>& value) { member(value ? group_bytes(*value) : nothing); }
  template <class T>
  void parts(list<T>& value) { member(groups_bytes(value)); }
  void schema_text(std::uint32_t at, std::uint32_t length, std::uint32_t) {
    member(number_bytes(intern({schemas_.text(at), length})));
    member(number_bytes(length));
  }
  void constant(std::uint32_t which) { member(which == schema_node::unset ? nothing : constant_bytes(which)); }
  void limit(std::uint32_t which) { constant(which); }
  void constants(std::uint32_t first, std::uint32_t count) {
    if (count == schema_node::unset) return member(nothing);
    bytes all = number_bytes(count);
    for (std::uint32_t i = 0; i < count; ++i) all += constant_bytes(first + i);
    member(all);
  }

  // ---- what stands there without a bit -----------------------------------------------------------
  template <class T>
  void group(T& value) { out += group_bytes(value); }
  template <class T>
  void groups(list<T>& value) { out += groups_bytes(value); }
  void numbers(const list<std::uint32_t>& values) {
    put_number(out, values.size());
    for (const std::uint32_t each : values) put_number(out, each);
  }
  void owned(list<std::unique_ptr<settings>>& all) {
    put_number(out, all.size());
    for (auto& each : all) group(*each);
  }
  void texts(const list<std::string_view>& all) {
    put_number(out, all.size());
    for (const std::string_view each : all) out += text_bytes(each);
  }
  void numbered(unsigned value) { put_number(out, value); }
  void place_of(slot which) { put_number(out, static_cast<unsigned>(which)); }

  void headers(const std::string (&names)[max_wanted + 1], unsigned count) {
    put_number(out, count);
    for (unsigned i = 0; i < count; ++i) out += text_bytes(names[i]);
  }

  void schemas(body_plan&) {
    bytes nodes = number_bytes(order_.size());
    for (const std::uint32_t each : order_) nodes += node_bytes(each);
    out += text_bytes(texts_) + nodes;
  }

  void events(list<described_event>& all, const list<std::string_view>& aliases, body_plan& body) {
    put_number(out, all.size());
    for (std::uint32_t i = 0; i < all.size(); ++i) {
      group(all[i]);
      put_number(out, all[i].aliases);
      for (std::uint32_t k = 0; k < all[i].aliases; ++k) out += text_bytes(aliases[all[i].first_alias + k]);
      group(body.events[i]);
    }
  }

 private:
  inline static const bytes nothing;  ///< no value is written as no byte

  /// The members of one struct, one behind the other.
  struct row {
    bytes all;
    list<std::uint32_t> ends;

    std::string_view operator[](std::uint32_t i) const {
      const std::uint32_t start = i == 0 ? 0 : ends[i - 1];
      return std::string_view(all).substr(start, ends[i] - start);
    }
  };

  void member(const bytes& value) {
    members_.all += value;
    members_.ends.push_back(static_cast<std::uint32_t>(members_.all.size()));
  }

  template <class T>
  row members_of(T& value) {
    row outer;
    std::swap(outer, members_);
    describe(*this, value);
    std::swap(outer, members_);
    return outer;
  }

  /// A struct: which of its members are not as in a new one, then those.
  template <class T>
  bytes group_bytes(T& value) {
    T blank{};
    const row members = members_of(value), plain = members_of(blank);
    static_assert(sizeof(std::uint64_t) == 8);
    std::uint64_t there = 0;
    bytes all;
    for (std::uint32_t i = 0; i < members.ends.size(); ++i) {
      if (members[i] == plain[i]) continue;
      there |= std::uint64_t{1} << i;
      all += members[i];
    }
    return number_bytes(there) + all;
  }

  template <class T>
  bytes groups_bytes(list<T>& values) {
    bytes all = number_bytes(values.size());
    for (T& each : values) all += group_bytes(each);
    return all;
  }

  bytes constant_bytes(std::uint32_t which) {
    schema_constant copy = schemas_.constant(which);
    return group_bytes(copy);
  }

  bytes node_bytes(std::uint32_t which) {
    schema_node copy = schemas_.node(which);
    bytes all = group_bytes(copy) + number_bytes(copy.properties);
    for (unsigned i = 0; i < copy.properties; ++i) {
      schema_property property = schemas_.properties(copy)[i];
      all += group_bytes(property);
    }
    return all;
  }

  /// Offset of a text, with a quote behind it, among `texts_`.
  std::uint32_t intern(std::string_view text) {
    const auto [found, fresh] = interned_.try_emplace(bytes(text), static_cast<std::uint32_t>(texts_.size()));
    if (fresh) texts_.append(text) += '"';
    return found->second;
  }

  std::uint32_t number_of(std::uint32_t node) const {
    return node < schema_set::first_node ? node : numbers_[same_[node]];
  }

  /// Finds the nodes that ask the same, until no further ones are found: `same_` leads to the first.
  void merge_nodes() {
    for (std::uint32_t i = 0; i < schemas_.size(); ++i) same_.push_back(i), numbers_.push_back(i);
    intern("");  // first, where the text of a new struct stands
    for (bool again = true; again;) {
      again = false;
      numbering first;
      for (std::uint32_t i = schema_set::first_node; i < schemas_.size(); ++i) {
        if (same_[i] != i) continue;
        const std::uint32_t other = first.try_emplace(node_bytes(i), i).first->second;
        again |= other != i;
        same_[i] = other;
      }
      for (std::uint32_t& each : same_) each = same_[each];
    }
    texts_.clear();
    interned_.clear();
    intern("");
  }

  /// Numbers what the body and the events lead to, in the order in which it is met.
  void number_nodes(const plan& from) {
    const auto meet = [&](std::uint32_t node) {
      node = same_[node];
      if (node < schema_set::first_node || std::find(order_.begin(), order_.end(), node) != order_.end()) return;
      numbers_[node] = static_cast<std::uint32_t>(schema_set::first_node + order_.size());
      order_.push_back(node);
    };
    meet(from.body.envelope);
    for (const auto& event : from.body.events) meet(event.schema);
    for (std::size_t i = 0; i < order_.size(); ++i) {
      const schema_node& node = schemas_.node(order_[i]);
      meet(node.additional);
      meet(node.items);
      for (unsigned p = 0; p < node.properties; ++p) meet(schemas_.properties(node)[p].child);
    }
  }

  const schema_set& schemas_;
  row members_;
  list<std::uint32_t> same_, numbers_, order_;
  bytes texts_;
  numbering interned_;
};

}  // namespace

std::string dialect::image() const {
  image_writer to(*plan_);
  to.out.append(image_magic) += static_cast<char>(image_format);
  describe_plan(to, *plan_);
  const std::uint32_t sum = image_checksum(to.out);
  for (unsigned i = 0; i < 4; ++i) to.out += static_cast<char>(sum >> 8 * i);
  return std::move(to.out);
}

}  // namespace waxseal
