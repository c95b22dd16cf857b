// The stack of unnamed keys, its hash and its table.
#include "keys.hpp"

#include <cstdlib>

namespace waxseal {
namespace {

std::uint64_t next_random(std::uint64_t& state) {  // splitmix64
  std::uint64_t z = state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

constexpr std::uint64_t low_bytes(std::uint64_t word, std::size_t count) {
  return word & ((std::uint64_t{1} << (8 * count)) - 1);
}

/// NH over one word of eight bytes; a long key's stripes of 64 bytes are chained.
struct nh {
  const std::uint32_t* words;
  std::uint64_t sum = 0;
  unsigned at = 0;

  void take(std::uint64_t word) {
    if (at == 16) {
      sum = (sum ^ sum >> 29) * (std::uint64_t{words[17]} << 32 | words[16] | 1);
      at = 0;
    }
    const auto low = static_cast<std::uint32_t>(word) + words[at];
    const auto high = static_cast<std::uint32_t>(word >> 32) + words[at + 1];
    sum += std::uint64_t{low} * high;
    at += 2;
  }

  std::uint32_t finish(std::uint64_t length) const {
    std::uint64_t mixed = sum + length * 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ mixed >> 32) * 0xd6e8feb86659fd93u;
    return static_cast<std::uint32_t>(mixed >> 32);
  }
};

}  // namespace

key_stack::key_stack(std::uint64_t seed)
    : entries_(static_cast<entry*>(std::malloc(1024 * sizeof(entry)))),
      table_(static_cast<std::uint32_t*>(std::calloc(2048, sizeof(std::uint32_t)))),
      room_(1024),
      places_(2048) {
  if (entries_ == nullptr) room_ = 0;
  if (table_ == nullptr) places_ = 0;
  for (std::uint32_t& word : words_) word = static_cast<std::uint32_t>(next_random(seed) >> 32);
}

key_stack::~key_stack() {
  std::free(entries_);
  std::free(table_);
}

std::uint32_t key_stack::hash(std::string_view raw, bool escaped) const {
  nh state{words_};
  if (!escaped) {
    const char* p = raw.data();
    std::size_t left = raw.size();
    for (; left > 8; left -= 8, p += 8) state.take(load8(p));
    state.take(left == 8 ? load8(p) : low_bytes(load8(p), left));
    return state.finish(raw.size());
  }
  text_reader reader(raw);
  std::uint64_t word = 0, length = 0;
  unsigned shift = 0;
  for (int byte; (byte = reader.next()) >= 0; ++length) {
    if (shift == 64) {
      state.take(word);
      word = shift = 0;
    }
    word |= static_cast<std::uint64_t>(byte) << shift;
    shift += 8;
  }
  state.take(word);
  return state.finish(length);
}

bool key_stack::same(const entry& a, const entry& b) {
  ++steps_;
  if (a.hash != b.hash) return false;
  if (!a.escaped && !b.escaped)
    return a.length == b.length && std::memcmp(a.raw, b.raw, a.length) == 0;
  text_reader x({a.raw, a.length}), y({b.raw, b.length});
  for (;;) {
    const int byte = x.next();
    if (byte != y.next()) return false;
    if (byte < 0) return true;
  }
}

/// Where a key of the object with this base belongs: nested objects often share their keys.
std::uint32_t key_stack::spread(const entry& key) const {
  return (key.hash + key.base * 0x9e3779b9u) & (places_ - 1);
}

key_stack::answer key_stack::add(std::string_view raw, bool escaped, std::uint32_t base) {
  if (size_ == room_ && !grow_entries()) return answer::no_memory;
  const std::uint32_t index = size_;
  entry& key = entries_[index];
  key = {raw.data(), static_cast<std::uint32_t>(raw.size()), hash(raw, escaped), outside, base,
         escaped};
  if (index - base < linear) {
    for (std::uint32_t i = base; i < index; ++i) {
      if (same(entries_[i], key)) return answer::repeated;
    }
    ++size_;
    return answer::added;
  }
  if (2 * (placed_ + linear + 1) > places_ && !grow_table()) return answer::no_memory;
  if (index - base == linear) {
    for (std::uint32_t i = base; i < index; ++i) {
      if (entries_[i].place == outside) put(i);
    }
  }
  if (look_up(key)) return answer::repeated;
  put(index);
  ++size_;
  return answer::added;
}

bool key_stack::look_up(const entry& key) {
  for (std::uint32_t at = spread(key); table_[at] != 0; at = (at + 1) & (places_ - 1)) {
    const std::uint32_t other = table_[at] - 1;
    if (other >= key.base && same(entries_[other], key)) return true;
    ++steps_;
  }
  return false;
}

void key_stack::put(std::uint32_t index) {
  std::uint32_t at = spread(entries_[index]);
  while (table_[at] != 0) {
    at = (at + 1) & (places_ - 1);
    ++steps_;
  }
  table_[at] = index + 1;
  entries_[index].place = at;
  ++placed_;
}

/// The newest entry was also put into the table last, so emptying its place leaves every other
/// key's run of places whole.
void key_stack::drop() {
  const std::uint32_t place = entries_[--size_].place;
  if (place == outside) return;
  table_[place] = 0;
  --placed_;
}

bool key_stack::grow_entries() {
  if (room_ == 0 || room_ >= 1u << 27) return false;
  auto* entries = static_cast<entry*>(std::realloc(entries_, 2 * room_ * sizeof(entry)));
  if (entries == nullptr) return false;
  entries_ = entries;
  room_ *= 2;
  return true;
}

bool key_stack::grow_table() {
  if (places_ == 0 || places_ >= 1u << 29) return false;
  auto* table = static_cast<std::uint32_t*>(std::calloc(2 * places_, sizeof *table_));
  if (table == nullptr) return false;
  std::free(table_);
  table_ = table;
  places_ *= 2;
  placed_ = 0;
  for (std::uint32_t i = 0; i < size_; ++i) {
    if (entries_[i].place != outside) put(i);
  }
  return true;
}

}  // namespace waxseal
