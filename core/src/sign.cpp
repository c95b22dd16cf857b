// The sender's side: the headers that deliver a message in a dialect.
#include "sentence.hpp"
#include "state.hpp"

namespace waxseal {
namespace {

/// What fills a placeholder of a message; empty where the message does not say.
std::string_view value_of(const piece& part, const message& what, const std::string& timestamp) {
  switch (part.what) {
    case piece::kind::literal: return part.text;
    case piece::kind::id: return what.id;
    case piece::kind::type: return what.type;
    case piece::kind::delivery: return what.delivery;
    case piece::kind::timestamp: return timestamp;
    case piece::kind::url: return what.url;
    case piece::kind::method: return what.method;
    default: return {};
  }
}

std::string write_timestamp(plan::unit unit, std::int64_t seconds) {
  if (unit == plan::unit::date_time) return write_date_time(seconds);
  const auto count = static_cast<std::uint64_t>(seconds);
  return decimal_text(unit == plan::unit::milliseconds ? count * 1000 : count);
}

const signed_header* find(const std::vector<signed_header>& headers, std::string_view lower) {
  for (const auto& header : headers) {
    if (same_header(lower, header.name)) return &header;
  }
  return nullptr;
}

/// Fills `template` or leaves `text` empty where a placeholder has no value.
bool fill(const text_template& parts, const message& what, const std::string& timestamp,
          std::string& text) {
  text.clear();
  for (const auto& part : parts) {
    const std::string_view value = value_of(part, what, timestamp);
    if (value.empty()) return false;
    text.append(value);
  }
  return true;
}

bool is_signature(const outgoing_header& header) {
  return header.value.size() == 1 && header.value[0].what == piece::kind::signature;
}

/// A header value may hold no line break: it would end the header.
bool is_header_value(std::string_view text) noexcept {
  for (const char c : text) {
    if ((c >= 0 && c < ' ' && c != '\t') || c == 0x7f) return false;
  }
  return true;
}

/// The text that is signed before (`prefix`) and behind the body. @return a sentence if the message
/// or the headers lack what the dialect signs.
std::string write_signed_string(const plan& plan, const message& what, const std::string& timestamp,
                                const std::vector<signed_header>& headers, std::string& prefix,
                                std::string& suffix) {
  std::string* side = &prefix;
  for (const auto& part : plan.signed_string) {
    if (part.what == piece::kind::body) {
      side = &suffix;
      continue;
    }
    std::string_view value = value_of(part, what, timestamp);
    if (part.what == piece::kind::header) {
      const signed_header* const sent = find(headers, plan.wanted[static_cast<unsigned>(part.wanted)]);
      if (sent == nullptr) return join({"/delivery/headers does not send the signed header ", part.text});
      value = sent->value;
    }
    const bool joined = part.what == piece::kind::id || part.what == piece::kind::header;
    if (joined && !is_token(value)) {
      return "a signed id holds 1 to 256 of A-Z a-z 0-9 _ -";
    }
    side->append(value);
  }
  return {};
}

/// Appends one entry of the signature header.
///
/// @param key    null: `given`, a host's signature, is taken
/// @return a sentence where that is not of the kind that the dialect wants
std::string_view write_entry(const verifier::state& of, const secret_key* key, std::string_view body,
                             std::string_view given, std::string& value) {
  const plan& plan = of.compiled();
  value.append(plan.signature.before);
  if (plan.static_token) {
    if (knows_public_keys() && key == nullptr) return "a static token is a secret: give it";
    value.append(key->bytes);
  } else {
    unsigned char raw[max_signature];
    std::size_t size = digest_size(plan.digest);
    if (knows_public_keys() && key == nullptr) {
      size = of.take_made(given, raw);
    } else if (of.public_keys()) {
      size = key->pair->sign({of.prefix, body, of.suffix}).copy(reinterpret_cast<char*>(raw), sizeof raw);
    } else {
      key->hmac.digest(of.prefix, body, of.suffix, raw);
    }
    if (knows_public_keys() && size == 0) return "the signer gave no signature of the kind that this dialect takes";
    const std::string_view signature(reinterpret_cast<char*>(raw), size);
    if (of.public_keys()) encode(plan.encoding, of.public_keys()->write(plan.format, signature), value);
    else encode(plan.encoding, signature, value);
  }
  value.append(plan.signature.after);
  return {};
}

/// Writes the value of the signature header: where it is a list, one entry for each key that signs.
std::string_view write_signature(const verifier::state& of, const message& what, const std::string& timestamp,
                            std::string& value) {
  const plan& plan = of.compiled();
  value.append(plan.list_before);
  if (const auto& field = plan.timestamp_field) value.append(field->before).append(timestamp).append(field->after);
  const auto separate = [&] {
    if (value.size() > plan.list_before.size()) value.append(&plan.separator, 1).append(plan.spaced ? " " : "");
  };
  if (knows_public_keys() && !what.signatures.empty()) {
    for (const std::string_view given : what.signatures) {
      separate();
      const std::string_view problem = write_entry(of, nullptr, what.body, given, value);
      if (!problem.empty() || !plan.is_list) return problem;
    }
    return {};
  }
  bool is_signed = !of.public_keys(), is_for_hosts = false;
  for (const auto& key : of.keys) {
    if (of.public_keys() && !key->pair->can_sign()) {
      is_for_hosts |= !key->pair->pkcs8().empty();
      continue;
    }
    separate();
    const std::string_view problem = write_entry(of, key.get(), what.body, {}, value);
    if (!problem.empty() || !plan.is_list) return problem;
    is_signed = true;
  }
  if (is_signed) return {};
  if (is_for_hosts) return "this build leaves signing with a private key to its host: see verifier::to_sign";
  return "only a public key is set: give the private one, or a signer, to sign";
}

/// Fills `headers`, of which there are enough; the signed string is then in `prefix` and `suffix`. @return what is wrong
std::string write_headers(verifier::state& of, const message& what, signing how_far,
                          outgoing_headers& headers) {
  const plan& plan = of.compiled();
  of.prepared = false;
  const std::string timestamp = write_timestamp(plan.timestamp_unit, what.timestamp);
  for (const std::string_view text : {what.id, what.type, what.delivery}) {
    if (!is_header_value(text)) return "id, type and delivery hold no control characters";
  }
  of.signed_body.clear();
  for (const auto& header : plan.headers) {
    signed_header& next = headers.all[headers.sent];
    const bool here = is_signature(header) ? how_far != signing::none
                                           : fill(header.value, what, timestamp, next.value);
    if (!here) continue;
    next.name.append(header.name);
    ++headers.sent;
  }
  const auto complete = [&](int header, std::string_view value) -> std::string& {
    return headers.complete(plan.wanted[static_cast<unsigned>(header)], value);
  };
  if (plan.elaborate) {
    return of.sign_parts(what, timestamp, how_far, headers);
  }
  if (plan.covers(plan.id.header)) complete(plan.id.header, what.id);
  if (plan.covers(plan.timestamp.header)) complete(plan.timestamp.header, timestamp);
  if (how_far == signing::none) return {};
  of.prefix.clear();
  of.suffix.clear();
  std::string problem = write_signed_string(plan, what, timestamp, headers.all, of.prefix, of.suffix);
  if (!problem.empty() || how_far == signing::text) return problem;
  problem.append(write_signature(of, what, timestamp, complete(plan.signature_header, {})));
  return problem;
}

/// Room for all headers that a message may have: those of the dialect, id, timestamp and signatures.
outgoing_headers headers_of(const plan& plan) {
  return {std::vector<signed_header>(plan.headers.size() + plan.more_headers.size() + 3)};
}

}  // namespace

result<std::vector<signed_header>, std::string> verifier::sign(const message& what) {
  const bool has_key = !state_->keys.empty() || (knows_public_keys() && !what.signatures.empty());
  if (knows_public_keys() && !has_key && state_->how.key_elsewhere) return std::string("this message has no signature: see verifier::to_sign");
  outgoing_headers headers = headers_of(state_->compiled());
  std::string problem = write_headers(*state_, what, has_key ? signing::whole : signing::none, headers);
  if (!problem.empty()) return problem;
  while (headers.all.size() > headers.sent) headers.all.pop_back();
  return result<std::vector<signed_header>, std::string>(std::move(headers.all));
}

std::string_view verifier::signed_body() const noexcept { return state_->signed_body; }

std::string& outgoing_headers::complete(std::string_view name, std::string_view otherwise) {
  std::size_t at = 0;
  while (at < sent && !same_header(name, all[at].name)) ++at;
  if (at == sent) {
    all[sent++].name.append(name);
    all[at].value.clear();
    all[at].value.append(otherwise);
  }
  return all[at].value;
}

result<digest_plan, std::string> verifier::to_sign(const message& what) {
  outgoing_headers headers = headers_of(state_->compiled());
  std::string problem = write_headers(*state_, what, signing::text, headers);
  if (!problem.empty()) return problem;
  return digest_plan{state_->prefix, state_->suffix, !state_->compiled().elaborate || state_->signs_body};
}

/// A host's signature, as bytes in the form that keys give, into `raw`. @return its bytes; 0: it is none
std::size_t verifier::state::take_made(std::string_view made, unsigned char* raw) const {
  const key_scheme* const scheme = way_scheme();
  if (!scheme) {
    if (made.size() != waxseal::digest_size(way->digest)) return 0;
    return made.copy(reinterpret_cast<char*>(raw), made.size());
  }
  const bool is_raw = way->format == signature_form::unsaid || made.size() == 64;
  return scheme->read(is_raw ? signature_form::raw : signature_form::der, made, raw);
}

}  // namespace waxseal
