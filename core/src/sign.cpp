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

/// The value of the signature header: one entry for each secret where it is a list.
std::string signature_value(const plan& plan, const secret_keys& keys,
                            std::string_view prefix, std::string_view body, std::string_view suffix,
                            const std::string& timestamp) {
  std::string value;
  value.append(plan.list_before);
  if (const auto& field = plan.timestamp_field) value.append(field->before).append(timestamp).append(field->after);
  for (const auto& key : keys) {
    if (value.size() > plan.list_before.size()) value.append(&plan.separator, 1).append(plan.spaced ? " " : "");
    value.append(plan.signature.before);
    if (plan.static_token) {
      value.append(key->bytes);
    } else {
      unsigned char digest[max_digest];
      key->hmac.digest(prefix, body, suffix, digest);
      encode(plan.encoding, {reinterpret_cast<char*>(digest), digest_size(plan.digest)}, value);
    }
    value.append(plan.signature.after);
    if (!plan.is_list) break;
  }
  return value;
}

}  // namespace

result<std::vector<signed_header>, std::string> verifier::sign(const message& what) {
  const plan& plan = state_->compiled();
  const std::string timestamp = write_timestamp(plan.timestamp_unit, what.timestamp);
  for (const std::string_view text : {what.id, what.type, what.delivery}) {
    if (!is_header_value(text)) return std::string("id, type and delivery hold no control characters");
  }
  state_->signed_body.clear();
  outgoing_headers headers{std::vector<signed_header>(plan.headers.size() + plan.more_headers.size() + 3)};
  for (const auto& header : plan.headers) {
    signed_header& next = headers.all[headers.sent];
    const bool here = is_signature(header) ? !state_->keys.empty()
                                           : fill(header.value, what, timestamp, next.value);
    if (!here) continue;
    next.name.append(header.name);
    ++headers.sent;
  }
  const auto complete = [&](int header, std::string_view value) -> std::string& {
    return headers.complete(plan.wanted[static_cast<unsigned>(header)], value);
  };
  std::string problem;
  if (plan.elaborate) {
    problem = state_->sign_parts(what, timestamp, headers);
  } else {
    if (plan.covers(plan.id.header)) complete(plan.id.header, what.id);
    if (plan.covers(plan.timestamp.header)) complete(plan.timestamp.header, timestamp);
    if (!state_->keys.empty()) {
      std::string prefix, suffix;
      problem = write_signed_string(plan, what, timestamp, headers.all, prefix, suffix);
      if (problem.empty()) {
        complete(plan.signature_header, {}) =
            signature_value(plan, state_->keys, prefix, what.body, suffix, timestamp);
      }
    }
  }
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

}  // namespace waxseal
