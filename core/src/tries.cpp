// What `explain` tries: other spellings of secret, token, body and address, each alone and then two at
// once, and other dialects; until the verifier accepts one.
#include "hmac.hpp"
#include "inquiry.hpp"
#include "plan.hpp"
#include "sentence.hpp"
#include "state.hpp"

namespace waxseal {

bool inquiry::try_all() {
  const bool fit = !given_.empty();
  if (fit && accepts(*given_[0], draft_.view())) {
    settle({});
    return true;
  }
  if (fit) open_candidates();
  collect_targets();
  return try_secrets() ||
         (fit && (try_tokens() || try_targets(*given_[0], nullptr))) || try_others() || (fit && try_bodies()) ||
         try_pairs();
}

/// Every spelling of every secret that this dialect can take.
void inquiry::open_candidates() {
  list<std::string_view> prefixes;
  const auto add_prefix = [&](const dialect& each) {
    const std::string_view prefix = each.compiled().secret_prefix;
    bool known = prefix.empty();
    for (const auto& other : prefixes) known |= other == prefix;
    if (!known) prefixes.push_back(prefix);
  };
  add_prefix(from_);
  for (const auto& each : others_) add_prefix(each);
  for (unsigned i = 0; i < secrets_.size() && i < max_secrets; ++i) {
    for (auto& each : spell_secret(from_, secrets_[i], prefixes)) {
      const std::string_view text[] = {each.text};
      const bool opens = may_open(from_);
      auto opened = opens ? verifier::open(from_, text, lax_) : std::string();
      wipe(each.text.data(), each.text.size());
      if (opened) candidates_.push_back(std::make_unique<candidate>(candidate{each.what, i, std::move(*opened)}));
    }
  }
}

/// The addresses and methods that may have been signed, where the dialect signs them.
void inquiry::collect_targets() {
  const auto is_signed = [&](std::string_view url, std::string_view method) {
    request other = draft_.view();
    other.body = {};
    digest_plan parts;
    other.url = "https://a.example/", other.method = "GET";
    if (probe().prepare(other, now_, parts) != status::ok) return false;
    const std::string before = join({parts.prefix, "\n", parts.suffix});
    other.url = url, other.method = method;
    return probe().prepare(other, now_, parts) == status::ok && before != join({parts.prefix, "\n", parts.suffix});
  };
  if (is_signed("https://b.example/", "GET")) {
    if (what_.url.empty()) repairs_.push_back(make_finding(cause::url_missing, certainty::seen));
    for (auto& each : spell_address(what_)) {
      targets_.push_back({each.what, std::move(each.text), std::string(what_.method), std::move(each.detail)});
    }
  }
  if (!is_signed("https://a.example/", "PUT")) return;
  for (const std::string_view method : {"POST", "GET", "PUT", "PATCH", "DELETE", "post", "get"}) {
    if (method == what_.method) continue;
    targets_.push_back({cause::method_differs, std::string(what_.url), std::string(method), std::string(method)});
  }
}

bool inquiry::try_secrets() {
  for (const auto& each : candidates_) {
    if (!accepts(each->hook, draft_.view())) continue;
    settle({of_secret(*each)});
    return true;
  }
  return false;
}

/// Where a header holds a token, other readings of it.
bool inquiry::try_tokens() {
  const plan& how = from_.compiled();
  for (auto& line : draft_.lines) {
    bool holds_token = false;
    for (std::uint32_t i = 0; i <= how.weaker.size(); ++i) {
      const settings& way = how.way(i);
      holds_token |= (way.static_token || way.is_jwt()) && same_header(how.header_name(way.signature_header), line.name);
    }
    if (!holds_token) continue;
    const std::string_view came = line.value;
    for (const auto& each : rewrite_token(came)) {
      line.value = each.value;
      const bool right = accepts(*given_[0], draft_.view());
      line.value = came;
      if (!right) continue;
      settle({make_finding(each.what, certainty::proved, line.name)});
      return true;
    }
  }
  return false;
}

bool inquiry::try_bodies() {
  if (draft_.body.size() > max_explain_body || from_.compiled().static_token) return false;
  body_spellings others(draft_.body, false, from_, left_);
  std::string text;
  while (others.next(text)) {
    request other = draft_.view();
    other.body = text;
    if (!accepts(*given_[0], other)) continue;
    settle(others, text);
    return true;
  }
  return false;
}

/// Tells what was done to the body to make it the one that came, and what was wrong beside it.
void inquiry::settle(const body_spellings& spelled, const std::string& text, std::optional<finding> with) {
  list<cause> causes;
  spelled.name(text, causes);
  std::vector<finding> found;
  if (with) found.push_back(std::move(*with));
  for (const cause each : causes) found.push_back(make_finding(each, certainty::proved));
  settle(std::move(found));
}

bool inquiry::try_targets(verifier& hook, const finding* with) {
  for (const auto& each : targets_) {
    request other = draft_.view();
    other.url = each.url, other.method = each.method;
    if (!accepts(hook, other)) continue;
    std::vector<finding> found;
    if (with != nullptr) found.push_back(*with);
    found.push_back(make_finding(each.what, certainty::proved, each.detail));
    settle(std::move(found));
    return true;
  }
  return false;
}

/// Whether another dialect's verifier takes the request as it came; else whose signature it carries.
/// Where there are many secrets, leaves half of all work for what else is tried.
bool inquiry::try_others() {
  std::string titles;
  const bool missing = out_.code == status::missing_signature && repairs_.empty();
  unsigned count = 0;
  for (const auto& other : others_) {
    if (other.name() == from_.name()) continue;
    for (const auto& secret : secrets_) {
      const std::string_view one[] = {secret};
      if (left_.spent() > max_explain_work / 2 || !may_open(other)) break;
      auto hook = verifier::open(other, one, without_settings_);
      if (!hook) continue;
      if (accepts(*hook, what_)) {
        repairs_.clear();
        settle({make_finding(cause::dialect_other, certainty::proved, other.title())});
        return true;
      }
    }
    if (!missing || !may_open(other) || !left_.spend(prepare_work(other.compiled(), what_, 1))) continue;
    const std::string nobodys = write_secret(other, nobodys_key);
    const std::string_view one[] = {nobodys};
    auto hook = verifier::open(other, one, without_settings_);
    digest_plan unused;
    if (!hook || other.compiled().static_token || hook->prepare(what_, now_, unused) != status::ok) continue;
    if (++count <= 3) titles.append(titles.empty() ? "" : ", ").append(other.title());
  }
  if (count > 3) titles.append(" and others");
  if (count > 0) out_.findings.push_back(make_finding(cause::header_of_other_dialect, certainty::seen, titles));
  return false;
}

/// Two things wrong at once: the likeliest bodies with each secret and each address, and those two.
bool inquiry::try_pairs() {
  if (draft_.body.size() <= max_explain_body && !from_.compiled().static_token) {
    body_spellings others(draft_.body, true, from_, left_);
    std::string text;
    while (others.next(text)) {
      if (try_pairs(others, text)) return true;
    }
  }
  for (const auto& each : candidates_) {
    const finding secret = of_secret(*each);
    if (try_targets(each->hook, &secret)) return true;
  }
  return false;
}

/// The body `text` with each secret, and with each address.
bool inquiry::try_pairs(const body_spellings& spelled, const std::string& text) {
  request other = draft_.view();
  other.body = text;
  for (const auto& each : candidates_) {
    if (!accepts(each->hook, other)) continue;
    settle(spelled, text, of_secret(*each));
    return true;
  }
  for (const auto& each : targets_) {
    other.url = each.url, other.method = each.method;
    if (given_.empty() || !accepts(*given_[0], other)) continue;
    settle(spelled, text, make_finding(each.what, certainty::proved, each.detail));
    return true;
  }
  return false;
}

}  // namespace waxseal
