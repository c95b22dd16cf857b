// What is wrong with the form of a request that `repair` could not put right.
#include "loose.hpp"
#include "plan.hpp"
#include "repair.hpp"
#include "sentence.hpp"

namespace waxseal {
namespace {

std::size_t text_size(encoding how, std::size_t bytes) {
  if (how == encoding::hex) return 2 * bytes;
  return how == encoding::base64 ? (bytes + 2) / 3 * 4 : (bytes * 4 + 2) / 3;
}

/// Notes that the signature is cut off, if it is written as one and only too short.
bool note_truncated(const plan& how, std::size_t size, std::string_view value, std::vector<finding>& notes) {
  const auto start = value.rfind(how.signature.before);
  if (start == value.npos || size == 0) return false;
  std::string_view text = value.substr(start + how.signature.before.size());
  if (how.is_list) text = text.substr(0, text.find(how.separator));
  const std::size_t whole = text_size(how.encoding, size);
  constexpr std::string_view hex = "0123456789abcdefABCDEF";
  constexpr std::string_view base64 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/-_=";
  constexpr std::size_t least = 8;  // characters, to be taken for a signature at all
  if (text.size() < least || text.size() >= whole || text.find_first_not_of(how.encoding == encoding::hex ? hex : base64) != text.npos) return false;
  notes.push_back(make_finding(cause::signature_truncated, certainty::seen, decimal_text(text.size()), decimal_text(whole)));
  return true;
}

/// Notes that a JWT is cut off or none at all; nothing of one that may only be signed otherwise.
void note_jwt(const plan& how, std::string_view value, std::vector<finding>& notes) {
  const std::size_t whole = text_size(encoding::base64url, digest_size(how.digest));
  unsigned dots = 0;
  for (const char c : value) dots += c == '.';
  const std::size_t last = value.size() - std::min(value.rfind('.') + 1, value.size());
  if (dots == 2 && last == whole) return;
  if (dots == 2 && last < whole) {
    notes.push_back(make_finding(cause::signature_truncated, certainty::seen, decimal_text(last), decimal_text(whole)));
  } else {
    notes.push_back(make_finding(cause::signature_malformed, certainty::seen, how.header_name(how.signature_header)));
  }
}

/// Whether `bad_signature` may tell that a bound hash is not the body's, where `value` is well-formed.
bool may_be_hash(const plan& how, std::string_view value) {
  bool bound = false;
  for (std::uint32_t i = 0; i <= how.weaker.size(); ++i) bound |= !how.way(i).hashes.empty();
  return bound && decoded(how.encoding, value).size() == how.signature_size();
}

/// Notes the headers that are missing or empty: those that change the answer once they say something.
void note_missing(verifier& probe, draft& what, std::int64_t now, status ended, budget& left, std::vector<finding>& notes) {
  const auto note = [&](cause which, std::string_view name) { notes.push_back(make_finding(which, certainty::seen, name)); };
  digest_plan unused;
  const std::size_t work = prepare_work(probe.from().compiled(), what.view(), probe.key_count());
  for (const auto& wanted : probe.wanted()) {
    bool empty = false, present = false;
    for (auto& line : what.lines) {
      if (!same_header(wanted, line.name)) continue;
      present = true;
      empty |= line.value.empty();
    }
    if (present && !empty) continue;
    if (empty) {
      note(cause::header_empty, wanted);
      continue;
    }
    if (!left.spend(work)) break;
    what.lines.push_back({wanted, "1"});
    const status then = probe.prepare(what.view(), now, unused);
    what.lines.shrink(what.lines.size() - 1);
    if (then == ended) continue;
    note(ended == status::missing_timestamp ? cause::timestamp_missing : cause::header_missing, wanted);
  }
  if (!notes.empty()) return;
  const plan& how = probe.from().compiled();
  const std::string_view signature = how.header_name(how.signature_header);
  bool present = false;
  for (const auto& line : what.lines) present |= same_header(signature, line.name);
  note(present ? cause::signature_malformed : cause::header_missing, signature);
}

}  // namespace

void note_broken(verifier& probe, draft& what, std::int64_t now, status ended, budget& left, std::vector<finding>& notes) {
  const plan& how = probe.from().compiled();
  const std::string_view signature = how.header_name(how.signature_header);
  const auto note = [&](cause which, std::string_view first = {}) {
    notes.push_back(make_finding(which, certainty::seen, first));
  };
  if (ended == status::too_many_signatures) return note(cause::too_many_signatures);
  if (ended == status::bad_timestamp) return note(cause::timestamp_malformed);
  if (ended == status::bad_id) return note(cause::id_malformed);
  if (ended == status::duplicate_header) return note(cause::header_joined, signature);
  if (ended == status::bad_signature && how.is_jwt()) {
    for (const auto& line : what.lines) {
      if (same_header(signature, line.name)) note_jwt(how, line.value, notes);
    }
    return;
  }
  if (how.signature_header == absent) {
    if (ended == status::missing_signature) note(cause::signature_missing);
    return;
  }
  if (ended == status::bad_signature) {
    for (const auto& line : what.lines) {
      if (!same_header(signature, line.name)) continue;
      if (may_be_hash(how, line.value) || note_truncated(how, how.signature_size(), line.value, notes)) return;
    }
    return note(cause::signature_malformed, signature);
  }
  note_missing(probe, what, now, ended, left, notes);
}

}  // namespace waxseal
