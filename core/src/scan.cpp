// One scan of a body: which schema reads what, in how many runs, and what is answered. The run
// itself is in scan_run.cpp.
#include "scan.hpp"

#include <cstdlib>

namespace waxseal {
namespace {

std::uint32_t name_hash(std::string_view name) {  // FNV-1a; only the dialect's names are stored
  std::uint32_t hash = 0x811c9dc5;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193;
  return hash ^ hash >> 15;
}

json_kind kind_of(unsigned char first) {
  switch (first) {
    case '{': return json_kind::object;
    case '[': return json_kind::array;
    case '"': return json_kind::string;
    case 'n': return json_kind::null;
    default: return first == 't' || first == 'f' ? json_kind::boolean : json_kind::number;
  }
}

}  // namespace

int body_plan::find(std::string_view name) const noexcept {
  if (table_.empty()) return -1;
  const std::size_t mask = table_.size() - 1;
  for (std::size_t at = name_hash(name) & mask; table_[at] != 0; at = (at + 1) & mask) {
    if (names_[table_[at] - 1u].name == name) return names_[table_[at] - 1u].event;
  }
  return -1;
}

void body_plan::place(std::uint32_t index) {
  const std::uint32_t mask = table_.size() - 1;
  std::uint32_t at = name_hash(names_[index].name) & mask;
  while (table_[at] != 0) at = (at + 1) & mask;
  table_[at] = static_cast<std::uint16_t>(index + 1);
}

void body_plan::add_name(std::string_view name, int event) {
  if (find(name) >= 0 || names_.size() == 0x7fff) return;
  names_.push_back({name, event});
  if (table_.size() >= 2 * names_.size()) return place(names_.size() - 1);
  const std::uint32_t places = table_.empty() ? 16 : 2 * table_.size();
  table_.shrink(0);
  for (std::uint32_t i = 0; i < places; ++i) table_.push_back(0);
  for (std::uint32_t i = 0; i < names_.size(); ++i) place(i);
}

scanner::scanner(std::uint64_t seed) : keys_(seed) {}

scanner::~scanner() { std::free(copy_); }

reading scanner::scan(const body_plan& plan, std::string_view body, std::string_view type,
                      bool check, bool padded) {
  result_ = {};
  notes_ = {};
  plan_ = &plan;
  problem_at_ = nullptr;
  event_ = -1;
  check_ = check;
  directed_ = false;
  prefix_length_ = prefix_ahead_ = 0;
  if (body.size() > 0xfffffff0u) return finish(status::internal);
  if (!padded) {
    if (copy_room_ < body.size() + scan_padding) {
      const std::size_t room = body.size() + body.size() / 2 + scan_padding;
      auto* const grown = static_cast<unsigned char*>(std::realloc(copy_, room));
      if (grown == nullptr) return finish(status::internal);
      copy_ = grown;
      copy_room_ = room;
    }
    if (!body.empty()) std::memcpy(copy_, body.data(), body.size());
    std::memset(copy_ + body.size(), 0, scan_padding);
  }
  text_ = padded ? reinterpret_cast<byte_ptr>(body.data()) : copy_;
  end_ = text_ + body.size();
  settled_ = !type.empty();
  if (settled_) event_ = plan.find(type);

  std::uint32_t root = plan.envelope;
  if (plan.data_is_body && root == schema_set::any && event_ >= 0) {
    root = plan.events[static_cast<unsigned>(event_)].schema;
    directed_ = true;
  }
  const byte_ptr start = skip_space(text_);
  const byte_ptr after = run(start, root);
  if (after == nullptr) return finish(notes_.fault);
  const byte_ptr rest = skip_space(after);
  if (rest != end_) return finish(fault_at(rest));
  if (plan.data_is_body) {
    result_[slot::data] = {};
    record(1 << static_cast<int>(slot::data), start, after);
  }
  settle_event();
  if (event_ < 0 && type.empty() && result_[slot::type].length == 0) {
    event_ = recognise();
    if (event_ >= 0) {  // it has no envelope, so what was found by that one counts no more
      result_.code = status::ok;
      result_.at = {};
      problem_at_ = nullptr;
      result_[slot::data] = {};
      record(1 << static_cast<int>(slot::data), start, after);
      directed_ = false;
      prefix_length_ = 0;
    }
  }
  if (event_ >= 0 && !directed_ && result_[slot::data].length != 0 && !run_event())
    return finish(notes_.fault);
  if (!plan.item_type.empty() && *start == '[' && !run_items(start)) return finish(notes_.fault);
  return finish(status::ok);
}

/// Reads the data again, now that its event is known. What it finds counts if it stands before
/// what the first run found.
bool scanner::run_event() {
  const std::uint32_t schema = plan_->events[static_cast<unsigned>(event_)].schema;
  if (schema == schema_set::any) return true;
  prefix_ahead_ = prefix_length_;
  return run(text_ + result_[slot::data].offset, schema) != nullptr;
}

reading& scanner::finish(status fatal) {
  keys_.shrink(0);
  settle_event();
  result_.event = event_;
  result_.ascii = !notes_.non_ascii;
  result_.big_integers = notes_.big_integers;
  if (fatal == status::ok) return result_;
  if (fatal != status::too_deep) {
    result_ = {};
    result_.ascii = false;
  }
  result_.code = fatal;
  result_.at = {};
  return result_;
}

/// Looks the event up by the type slot, once that was found.
void scanner::settle_event() {
  const found& type = result_[slot::type];
  if (settled_ || type.length == 0) return;
  settled_ = true;
  if (type.kind != json_kind::string) return;
  event_ = event_called(between(text_ + type.offset + 1, text_ + type.offset + type.length - 1));
}

/// Index of the event that a string names, given without its quotes, or -1.
int scanner::event_called(std::string_view raw) const {
  char decoded[256];
  if (std::memchr(raw.data(), '\\', raw.size()) == nullptr) return plan_->find(raw);
  return raw.size() <= sizeof decoded ? plan_->find({decoded, decode_text(raw, decoded)}) : -1;
}

/// Index of the first event that is known by a top-level member which the accepted body has.
int scanner::recognise() const {
  int best = -1;
  auto last = static_cast<int>(plan_->events.size());
  while (last > 0 && plan_->events[static_cast<unsigned>(last - 1)].recognised_by.empty()) --last;
  byte_ptr p = skip_space(text_);
  if (last == 0 || *p != '{') return -1;
  lexical_notes notes;
  for (p = skip_space(p + 1); *p == '"'; p = skip_space(p)) {
    const byte_ptr after = skip_value(p, 1, notes);
    const std::string_view key = between(p + 1, after - 1);
    for (int i = 0; i < last; ++i) {
      const std::string_view member = plan_->events[static_cast<unsigned>(i)].recognised_by;
      if (!member.empty() && stands_for(key, member)) {
        if (best < 0 || i < best) best = i;
        last = i;
      }
    }
    p = skip_space(skip_value(skip_space(skip_space(after) + 1), 1, notes));
    if (*p == ',') ++p;
  }
  return best;
}

void scanner::record(std::uint8_t slots, byte_ptr start, byte_ptr end) {
  for (unsigned i = 0; i < slot_count; ++i) {
    found& to = result_.slots[i];
    if (!(slots >> i & 1) || to.length != 0) continue;  // of a repeated key, the first
    to = {static_cast<std::uint32_t>(start - text_), static_cast<std::uint32_t>(end - start),
          kind_of(*start)};
  }
}

/// The schema of the data, which stands below `child` of the envelope: its event's, which takes the
/// place of the envelope's, if that event is known by now and no slot stands in the data; otherwise
/// `child`, and the data is read again at the end.
std::uint32_t scanner::direct(std::uint32_t child, unsigned depth) {
  if (plan_->events.empty() || result_[slot::data].length != 0) return child;
  settle_event();
  if (settled_) {
    if (event_ < 0) return child;
    const std::uint32_t schema = plan_->events[static_cast<unsigned>(event_)].schema;
    if (schema == schema_set::any) return child;
    if (child == schema_set::any || plan_->data_replaced) {
      directed_ = true;
      return schema;
    }
  }
  prefix_length_ = write_pointer(prefix_, 0, depth);
  return child;
}

std::string_view decode_string(std::string_view quoted, std::string& scratch) {
  if (quoted.size() < 2) return {};
  const std::string_view raw(quoted.data() + 1, quoted.size() - 2);
  if (raw.empty() || std::memchr(raw.data(), '\\', raw.size()) == nullptr) return raw;
  scratch.clear();
  text_reader reader(raw);
  for (int byte; (byte = reader.next()) >= 0;) {
    const char c = static_cast<char>(byte);
    scratch.append(&c, 1);
  }
  return scratch;
}

std::uint32_t next_big_integer(std::string_view text, std::uint32_t from, std::uint32_t& length) {
  const char* const data = text.data();
  const auto in_number = [](char c) {
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
  };
  for (std::size_t at = from; at < text.size();) {
    if (data[at] == '"') {
      for (++at; at < text.size() && data[at] != '"'; ++at) {
        if (data[at] == '\\') ++at;
      }
      ++at;
    } else if (data[at] == '-' || (data[at] >= '0' && data[at] <= '9')) {
      const std::size_t start = at;
      bool integer = true;
      for (; at < text.size() && in_number(data[at]); ++at) {
        if (at != start && (data[at] < '0' || data[at] > '9')) integer = false;
      }
      const std::size_t digits = start + (data[start] == '-');
      if (integer && at - digits >= 16 &&
          beyond_safe_integer(reinterpret_cast<byte_ptr>(data + digits), at - digits)) {
        length = static_cast<std::uint32_t>(at - start);
        return static_cast<std::uint32_t>(start);
      }
    } else {
      ++at;
    }
  }
  return no_big_integer;
}

}  // namespace waxseal
