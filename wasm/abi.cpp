// The ABI: the core as WebAssembly exports. js/core.ts is its only caller, docs/architecture.md its
// table. Every pointer, length and index that comes in is checked here; a wrong one is answered
// with a code and never traps. No texts go out but as (offset, length). The larger modules have the
// exports of full.cpp as well, one those of route.cpp and outbox.cpp, another those of explain.cpp.
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "abi.hpp"
#include "answer.hpp"
#include "hmac.hpp"
#include "plan.hpp"

namespace waxseal::abi {

arena memory;
std::string_view last_error;
std::string_view last_made;

void explain(std::string_view error) {
  static std::string kept;
  kept.clear();
  last_error = kept.append(error);
}

}  // namespace waxseal::abi

namespace {

using namespace waxseal;
using namespace waxseal::abi;

constexpr u32 padding = 32;              ///< zero bytes behind a body
constexpr std::size_t max_slots = 1024;  ///< a verifier takes some 40 KiB
constexpr u32 no_secret = 0xffffffff;    ///< for `message_for`: no key's block
constexpr u32 max_lines = 64;            ///< header lines of one request; so many hold a duplicate

struct entry {
  dialect from;
  std::optional<verifier> hook;
};

struct text {
  const char* pointer;
  u32 length;
};

answer out;
i32 prepared = -1;     ///< slot whose request may be judged
digest_plan signed_parts;  ///< of that request
std::string assembled;     ///< a message that does not stand in the arena
std::array<header, max_lines> lines;
std::array<unsigned char, max_digest * max_secrets> hashes;
std::array<std::unique_ptr<entry>, max_slots> slots;
std::string headers;   ///< the last signed headers, or the last body with an envelope

const text* as_text(std::string_view view) {
  static text found;
  if (view.empty()) return nullptr;
  found = {view.data(), static_cast<u32>(view.size())};
  return &found;
}

entry* find(i32 slot) {
  return slot >= 0 && static_cast<u32>(slot) < slots.size() ? slots[static_cast<u32>(slot)].get() : nullptr;
}

/// @return its slot; `load` has seen to it that there is a free one
i32 keep(entry made) {
  std::size_t slot = 0;
  while (slots[slot]) ++slot;
  slots[slot] = std::make_unique<entry>(std::move(made));
  return static_cast<i32>(slot);
}

/// Loads the dialect whose image stands in the arena; verifiers of one dialect share it.
std::optional<dialect> load(u32 length) {
  std::string_view image(memory.start, length);
  std::size_t open = 0;
  const entry* same = nullptr;
  for (auto& one : slots) {
    open += one != nullptr;
    if (one && !same && one->from.source() == image) same = one.get();
  }
  if (open >= max_slots) {
    last_error = "too many verifiers are open: close some";
    return std::nullopt;
  }
  if (same) return same->from;
  auto loaded = dialect::open_image(image);
  if (loaded) return *loaded;
  explain(loaded.error());
  return std::nullopt;
}

/// Splits the secrets, each `u32 length, bytes`. @return their number; more than `max_secrets`
/// where they are malformed or too many.
unsigned split(u64 at, u64 end, std::array<std::string_view, max_secrets>& into) {
  unsigned count = 0;
  for (; at < end; ++count) {
    if (count == max_secrets || end - at < 4 || end - at - 4 < memory.read(at)) return max_secrets + 1;
    into[count] = {memory.start + at + 4, memory.read(at)};
    at += 4 + memory.read(at);
  }
  return count;
}

constexpr u32 options_size = 32;  ///< behind it the settings, in turn name and value, as secrets stand
constexpr unsigned max_settings = 8;

/// The body and fields in the arena, as the request or message they make up.
struct fields {
  std::string_view body;
  u32 count = 0;  ///< of `lines`
  std::string_view id, type, delivery, endpoint, url, method;
  std::array<std::string_view, max_secrets> signatures;
  u32 signed_by = 0;  ///< of `signatures`
};

fields all;  ///< of the request last read

bool read_fields(const entry& slot, u32 body_length, u32 fields_length) {
  const u64 start = rounded(u64{body_length} + padding, 8), end = start + fields_length;
  if (end > memory.capacity) return false;
  const plan& compiled = slot.from.compiled();
  std::memset(memory.start + body_length, 0, padding);
  all = {};
  all.body = {memory.start, body_length};
  for (u64 at = start; at < end;) {
    if (end - at < 8 || end - at - 8 < memory.read(at + 4)) return false;
    const u32 index = memory.read(at);
    const std::string_view value(memory.start + at + 8, memory.read(at + 4));
    at += 8 + rounded(value.size(), 4);
    if (index < compiled.wanted_count) lines[all.count] = {compiled.wanted[index], value}, all.count += all.count < max_lines - 1;
    else if (index == 0xf0) all.id = value;
    else if (index == 0xf1) all.type = value;
    else if (index == 0xf2) all.delivery = value;
    else if (index == 0xf4) all.endpoint = value;
    else if (index == 0xf3 && all.signed_by < max_secrets) all.signatures[all.signed_by++] = value;
    else if (index == 0xfe) all.url = value;
    else if (index == 0xff) all.method = value;
    else return false;
  }
  out = {};
  out.index = -1;
  memory.texts = rounded(end, 8);
  return true;
}

/// Reads what stands in the arena for a verifier; null where there is none or the lengths are wrong.
verifier* take(i32 slot, u32 body_length, u32 fields_length) {
  prepared = -1;
  entry* of = find(slot);
  return of && of->hook && read_fields(*of, body_length, fields_length) ? &*of->hook : nullptr;
}

u32 refuse(status code) { return out.status = static_cast<u32>(code); }

/// @param matched  the secret of a request that is authentic and not read
u32 describe(const result<unsigned>& matched) {
  if (!matched) return refuse(matched.error());
  out.secret = *matched;
  return refuse(status::ok);
}

u32 describe(const result<event>& judged) {
  if (!judged) return refuse(judged.error());
  tell(*judged, out, memory);
  return refuse(status::ok);
}

message as_message(double at) {
  message what{.body = all.body, .id = all.id, .type = all.type, .delivery = all.delivery, .timestamp = whole(at),
               .url = all.url, .signatures = {all.signatures.data(), all.signed_by}};
  if (!all.method.empty()) what.method = all.method;
  return what;
}

request as_request() { return {{lines.data(), all.count}, all.body, all.url, all.method, true}; }

/// Wipes the key's block out of what a host has hashed.
void forget_message() {
  if (memory.start) wipe(memory.start - head, head);
  wipe(assembled.data(), assembled.size());
  assembled.clear();
}

/// What a host hashes for one secret, or signs: its block, then what is signed. Stands around the body where it
/// can, so that a body is not copied again.
std::string_view message_for(const verifier& hook, u32 secret) {
  unsigned char block[verifier::max_block];
  const std::string_view prefix = signed_parts.prefix, suffix = signed_parts.suffix;
  const std::size_t size = hook.block(secret, block), before = size + prefix.size();
  std::string_view message;
  if (suffix.empty() && before <= head) {
    char* const at = memory.start - before;
    std::memcpy(at, block, size);
    prefix.copy(at + size, prefix.size());
    message = {at, before + all.body.size()};
  } else {
    forget_message();
    assembled.reserve(before + all.body.size() + suffix.size());
    message = assembled.append(reinterpret_cast<char*>(block), size).append(prefix).append(all.body).append(suffix);
  }
  wipe(block, sizeof block);
  return message;
}

/// Opens what stands in the arena; -1 with a sentence where that cannot be.
i32 open(u32 image, u32 secrets, u32 options_length) {
  const u64 secrets_at = rounded(image, 8), options_start = rounded(secrets_at + secrets, 8);
  last_error = no_such_texts;
  if (options_length < options_size || options_start + options_length > memory.capacity) return -1;
  std::array<std::string_view, max_secrets> shown, pairs;
  const unsigned count = split(secrets_at, secrets_at + secrets, shown);
  last_error = too_many_secrets;
  if (count > max_secrets) return -1;
  auto from = load(image);
  if (!from) return -1;
  const unsigned texts = split(options_start + options_size, options_start + options_length, pairs);
  last_error = "at most 8 settings, each a name and a value, can be given";
  if (texts > 2 * max_settings || texts % 2 != 0) return -1;
  std::array<setting, max_settings> settings;
  for (unsigned i = 0; i < texts; i += 2) settings[i / 2] = {pairs[i], pairs[i + 1]};
  waxseal::options how = options_at(options_start);
  how.settings = {settings.data(), texts / 2};
  auto made = verifier::open(*from, {shown.data(), count}, how);
  if (made) return keep({*from, std::move(*made)});
  explain(made.error());
  return -1;
}

}  // namespace

const delivery_policy* waxseal::abi::policy_of(i32 slot) {
  const entry* of = find(slot);
  return of ? &of->from.delivery() : nullptr;
}

WAXSEAL_EXPORT(waxseal_status_name) const char* waxseal_status_name(u32 code) {
  return code < status_count ? name(static_cast<status>(code)).data() : nullptr;
}

WAXSEAL_EXPORT(waxseal_arena) char* waxseal_arena(u32 bytes) {
  prepared = -1;
  return memory.make(bytes);
}

WAXSEAL_EXPORT(waxseal_load) i32 waxseal_load(u32 image) {
  prepared = -1;
  last_error = no_such_texts;
  if (image > memory.capacity) return -1;
  auto from = load(image);
  return from ? keep({*from, std::nullopt}) : -1;
}

WAXSEAL_EXPORT(waxseal_open) i32 waxseal_open(u32 image, u32 secrets, u32 options) {
  prepared = -1;
  const i32 slot = open(image, secrets, options);
  if (memory.start) wipe(memory.start, memory.capacity + reserve);
  return slot;
}

WAXSEAL_EXPORT(waxseal_close) void waxseal_close(i32 slot) {
  prepared = -1;
  if (find(slot)) slots[static_cast<u32>(slot)].reset();
  wipe(hashes.data(), hashes.size());
}

WAXSEAL_EXPORT(waxseal_text) const text* waxseal_text(i32 slot, u32 what, u32 index) {
  std::string_view view;
  const entry* of = find(slot);
  if (what == 0) view = last_error;
  else if (what == 5) view = headers;
  else if (what == 6) view = last_made;
  else if (!of) return nullptr;
  else if (what >= 7 && what <= 11 && of->hook) {
    const handshake_answer& said = of->hook->answer();
    const std::string_view parts[] = {said.body, said.content_type, said.header, said.challenge, of->hook->signed_body()};
    view = parts[what - 7];
  }
  else if (what == 1 && index < of->from.compiled().wanted_count) view = of->from.compiled().wanted[index];
  else if (what == 2 && index < of->from.compiled().events.size()) view = of->from.compiled().events[index].name;
  else if (what == 4 && of->hook && of->hook->digest_size()) view = digest_name(of->from.compiled().digest);
  else if (what == 12 && of->hook) view = of->hook->public_scheme_name();
  else if (what == 13 && of->hook && slot == prepared) view = of->hook->signature(index);
  else if (what == 14 && of->hook) view = of->hook->public_key_der(index);
  else if (what == 15 && of->hook) view = of->hook->private_key_der(index);
  else if (what == 16 && knows_public_keys() && of->hook) view = of->hook->key_url();
  else if (what == 17 && knows_public_keys() && of->hook && of->hook->answer().visits) view = of->hook->answer().challenge;
  else if (what == 18 && knows_public_keys() && of->hook) view = of->hook->form();
  return as_text(view);
}

WAXSEAL_EXPORT(waxseal_prepare) u32 waxseal_prepare(i32 slot, u32 body_length, u32 fields_length, double now) {
  verifier* hook = take(slot, body_length, fields_length);
  if (!hook) return refuse(status::internal);
  const status code = hook->prepare(as_request(), whole(now), signed_parts);
  if (code == status::ok) prepared = slot;
  return refuse(code);
}

WAXSEAL_EXPORT(waxseal_message) const text* waxseal_message(i32 slot, u32 secret) {
  const entry* of = slot == prepared ? find(slot) : nullptr;
  return of && secret < of->hook->key_count() ? as_text(message_for(*of->hook, secret)) : nullptr;
}

WAXSEAL_EXPORT(waxseal_judge) u32 waxseal_judge(i32 slot, u32 signature_only) {
  entry* of = slot == prepared ? find(slot) : nullptr;
  prepared = -1;
  if (!of) return refuse(status::internal);
  forget_message();
  const std::span<const unsigned char> taken(hashes.data(), std::size_t{of->hook->key_count()} * of->hook->digest_size());
  return signature_only ? describe(of->hook->match(taken)) : describe(of->hook->judge(taken));
}

WAXSEAL_EXPORT(waxseal_verify) u32 waxseal_verify(i32 slot, u32 body_length, u32 fields_length, double now, u32 signature_only) {
  verifier* hook = take(slot, body_length, fields_length);
  if (!hook) return refuse(status::internal);
  return signature_only ? describe(hook->authenticate(as_request(), whole(now))) : describe(hook->verify(as_request(), whole(now)));
}

WAXSEAL_EXPORT(waxseal_handshake) u32 waxseal_handshake(i32 slot, u32 body_length, u32 fields_length) {
  verifier* hook = take(slot, body_length, fields_length);
  return hook && hook->asks_handshake(as_request()) ? 1 + hook->answer().gives_secret : 0;
}

WAXSEAL_EXPORT(waxseal_result) answer* waxseal_result() { return &out; }
WAXSEAL_EXPORT(waxseal_hashes) unsigned char* waxseal_hashes() { return hashes.data(); }

WAXSEAL_EXPORT(waxseal_sign) u32 waxseal_sign(i32 slot, u32 body_length, u32 fields_length, double at) {
  headers.clear();
  last_error = no_such_texts;
  verifier* hook = take(slot, body_length, fields_length);
  if (!hook) return static_cast<u32>(status::internal);
  auto sent = hook->sign(as_message(at));
  if (!sent) {
    explain(sent.error());
    return static_cast<u32>(status::internal);
  }
  for (auto& one : *sent) headers.append(one.name).append(": ", 2).append(one.value).append("\n", 1);
  return static_cast<u32>(status::ok);
}

WAXSEAL_EXPORT(waxseal_wrap) u32 waxseal_wrap(i32 slot, u32 data_length, u32 fields_length, double at) {
  const entry* of = find(slot);
  last_made = {};
  prepared = -1;
  if (!of || !read_fields(*of, data_length, fields_length)) return static_cast<u32>(status::internal);
  wrap(of->from, {all.id, all.type, all.endpoint, all.body, whole(at)}, headers);
  last_made = headers;
  return static_cast<u32>(status::ok);
}

WAXSEAL_EXPORT(waxseal_to_sign) const text* waxseal_to_sign(i32 slot, u32 body_length, u32 fields_length, double at) {
  last_error = "a signer needs Webhook from 'waxseal/full'";
  verifier* hook = knows_public_keys() ? take(slot, body_length, fields_length) : nullptr;
  if (!hook) return nullptr;
  const auto plan = hook->to_sign(as_message(at));
  if (!plan) {
    explain(plan.error());
    return nullptr;
  }
  signed_parts = *plan;
  if (!plan->body) all.body = {};
  static constexpr text nothing{nullptr, 0};  // is signed too
  const text* const whole = as_text(message_for(*hook, no_secret));
  return whole ? whole : &nothing;
}

WAXSEAL_EXPORT(waxseal_next_attempt)
double waxseal_next_attempt(i32 slot, u32 attempts, u32 how, u32 http_status, u32 retry_after, u32 entropy) {
  const entry* of = find(slot);
  if (!of || how > 3) return -2;
  const decision next = next_attempt(of->from.delivery(), attempts, outcome_of(how, http_status, retry_after), entropy);
  if (next.what == decision::kind::retry) return static_cast<double>(next.delay);
  return next.what == decision::kind::delivered ? -1 : next.what == decision::kind::failed ? -2 : -3;
}

WAXSEAL_EXPORT(waxseal_big_integer) u32 waxseal_big_integer(u32 length, u32 from) {
  if (u64{length} + padding > memory.capacity || from > length) return no_big_integer;
  std::memset(memory.start + length, 0, padding);
  u32 bytes = 0;
  const u32 at = next_big_integer({memory.start, length}, from, bytes);
  out.data = {at, bytes};
  return at;
}
