// Handshakes: how a provider asks whether an endpoint is ours, and what it wants to hear. Called by
// read.cpp for those that are signed, and through `verifier::asks_handshake` for those that are not.
#include "sentence.hpp"
#include "state.hpp"

namespace waxseal {
namespace {

constexpr std::size_t max_challenge = 1024;

/// Whether an HMAC of it may be shown to anyone: it can be neither a JSON object nor a form, nor hold
/// what signed strings are joined with.
bool is_harmless(std::string_view text) noexcept {
  for (const char c : text) {
    const bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
    if (!letter && !(c >= '0' && c <= '9') && std::string_view("_-+/=").find(c) == std::string_view::npos) return false;
  }
  return true;
}

}  // namespace

const handshake_answer& verifier::answer() const noexcept { return state_->reply; }

bool verifier::asks_handshake(const request& what) {
  state& in = *state_;
  const plan& plan = in.compiled();
  if (!plan.has_handshake || plan.handshake_signed) return false;
  if (what.body.size() > in.how.max_body || what.method != (plan.handshake_by_get ? "GET" : "POST")) return false;
  in.prepared = false;
  in.body = what.body;
  in.padded = what.padded;
  in.url = what.url;
  in.method = what.method;
  in.json_known = false;
  in.padded_copy.clear();
  if (in.take_headers(what) != status::ok) return false;
  for (const condition& each : plan.handshake) {
    if (!in.holds(each)) return false;
  }
  std::string challenge;
  return in.text_at(plan.challenge, challenge) == lookup::found && in.write_reply(challenge);
}

/// Makes the answer to `challenge`. @return false where none may be given.
bool verifier::state::write_reply(std::string_view challenge) {
  const plan& plan = compiled();
  reply.body.clear();
  reply.challenge.clear();
  if (challenge.empty() || challenge.size() > max_challenge) return false;
  const std::string_view text = plan.answer_body;
  const bool is_text = text.starts_with('"');
  std::string decoded_text;
  reply.challenge.append(challenge);
  reply.header = plan.answer_header;
  reply.gives_secret = plan.handshake_gives_secret;
  reply.visits = false;
  reply.content_type = !plan.answer_type.empty() ? plan.answer_type : text.empty() || is_text ? "text/plain" : "application/json";
  if (!plan.visit_urls.empty()) return may_visit(challenge);
  for (const char c : challenge) {
    if (!reply.header.empty() && (c <= ' ' || c > '~')) return false;
  }
  if (text.empty()) {
    if (reply.header.empty()) reply.body.append(challenge);
    return true;
  }
  return fill_reply(is_text ? decode_string(text, decoded_text) : text, challenge, !is_text);
}

/// Appends `text` to the answer, with what its placeholders stand for.
bool verifier::state::fill_reply(std::string_view text, std::string_view challenge, bool quoted) {
  constexpr std::string_view names[] = {"{challenge}", "{hmac:hex}", "{hmac:base64}"};
  while (!text.empty()) {
    std::size_t which = 0;
    while (which < 3 && !text.starts_with(names[which])) ++which;
    if (which == 3) {
      reply.body.append(text.substr(0, 1));
      text.remove_prefix(1);
      continue;
    }
    text.remove_prefix(names[which].size());
    if (which == 0) {
      if (quoted) append_json_text(challenge, reply.body);
      else reply.body.append(challenge);
      continue;
    }
    if (keys.empty() || !keys[0] || !is_harmless(challenge)) return false;
    unsigned char digest[max_digest];
    keys[0]->hmac.digest(challenge, {}, {}, digest);
    encode(which == 1 ? encoding::hex : encoding::base64,
           {reinterpret_cast<char*>(digest), waxseal::digest_size(compiled().digest)}, reply.body);
  }
  return true;
}

}  // namespace waxseal
