// Explain: puts the form of a request right, then tries other spellings of what was signed until one
// verifies. Called by the command line and, in waxseal-explain.wasm, by `hook.explain`.
#include "waxseal/explain.hpp"

#include "hmac.hpp"
#include "json.hpp"
#include "plan.hpp"
#include "repair.hpp"
#include "spellings.hpp"
#include "state.hpp"

namespace waxseal {
namespace {

constexpr std::size_t mac_overhead = 256;          ///< bytes that a MAC costs beside the body
constexpr std::size_t public_key_work = 64 << 10;  ///< what a public-key signature costs, in bytes of a MAC

/// A verifier of one spelling of one secret.
struct candidate {
  cause what;
  unsigned secret;
  verifier hook;
};

/// Another method or address than came with the request.
struct target {
  cause what;
  std::string url, method, detail;
};

/// Whether `verifier::open` refuses a secret, and not the settings given beside it.
bool is_about_secret(std::string_view problem) { return problem.starts_with("secret "); }

class inquiry {
 public:
  inquiry(const dialect& from, std::span<const std::string_view> secrets, const request& what,
          std::int64_t now, std::span<const dialect> others, options how)
      : from_(from), secrets_(secrets), what_(what), now_(now), others_(others), strict_(how), lax_(how), draft_(what) {
    strict_.schema = lax_.schema = schema_mode::off;
    lax_.timestamps = options::window::none;
    without_settings_ = lax_;
    without_settings_.settings = {};
  }

  explanation run(options how) {
    if (!judge(how)) find();
    return std::move(out_);
  }

 private:
  // ---- what the verifier says ----
  bool judge(options how);
  bool open_given();
  bool accepts(verifier& hook, const request& what);

  // ---- what is tried ----
  void find();
  bool try_all();
  bool try_secrets();
  bool try_bodies(verifier& hook, bool likely, const finding* with, const request& base);
  bool try_targets(verifier& hook, const finding* with);
  bool try_tokens();
  bool try_others();
  bool try_pairs();
  void open_candidates();
  void collect_targets();

  // ---- what is told ----
  std::string secret_name(unsigned index) const;
  finding of_secret(const candidate& one) const;
  void settle(std::vector<finding> found);
  void note_time();
  void note_secrets();

  const dialect& from_;
  std::span<const std::string_view> secrets_;
  const request& what_;
  std::int64_t now_;
  std::span<const dialect> others_;
  options strict_, lax_;
  options without_settings_;  ///< for another dialect
  draft draft_;
  explanation out_;
  std::vector<finding> repairs_;
  list<std::unique_ptr<verifier>> given_;  ///< at most one: of all secrets that are fit
  list<std::unique_ptr<candidate>> candidates_;
  std::vector<target> targets_;
  std::optional<std::int64_t> timestamp_;  ///< of an authentic request
};

/// Takes the verifier's own verdict; true where that says all there is to say.
bool inquiry::judge(options how) {
  out_.code = status::bad_signature;
  auto hook = verifier::open(from_, secrets_, how);
  if (!hook) return false;
  const auto seen = hook->verify(what_, now_);
  out_.code = seen ? status::ok : seen.error();
  const auto note = [&](cause which, std::string_view detail = {}) {
    out_.findings.push_back(make_finding(which, certainty::proved, detail));
    return true;
  };
  switch (out_.code) {
    case status::ok:
      if (seen && seen->secret > 0) note(cause::secret_old, secret_name(seen->secret));
      return true;
    case status::contradiction: return note(cause::header_contradiction);
    case status::body_too_large: return note(cause::body_too_large, decimal_text(how.max_body));
    case status::bad_json: case status::bad_utf8: case status::too_deep: case status::duplicate_key:
    case status::schema: return note(cause::body_refused, name(out_.code));
    default: return false;
  }
}

bool inquiry::accepts(verifier& hook, const request& what) {
  const bool token = from_.compiled().static_token;
  std::size_t each = (token ? 0 : what.body.size()) + mac_overhead;
  if (from_.compiled().by_public_key()) each += public_key_work;
  const std::size_t work = each * hook.key_count();
  if (work > max_explain_work - out_.hashed) return false;
  out_.hashed += work;
  const auto seen = hook.verify(what, now_);
  if (seen) timestamp_ = seen->timestamp;
  return seen || seen.error() == status::contradiction;
}

/// Opens a verifier of the secrets that are fit; where none is, of one that is nobody's, so that the
/// form of the request can be looked at. False: not even that.
bool inquiry::open_given() {
  list<std::string_view> fit;
  for (const auto& each : secrets_) {
    const std::string_view one[] = {each};
    if (verifier::open(from_, one, lax_) && fit.size() < max_secrets) fit.push_back(each);
  }
  const std::string nobodys = write_secret(from_, nobodys_key);
  if (fit.empty()) fit.push_back(nobodys);
  auto opened = verifier::open(from_, {fit.begin(), fit.size()}, lax_);
  if (opened) {
    given_.push_back(std::make_unique<verifier>(std::move(*opened)));
  } else if (!is_about_secret(opened.error())) {
    out_.findings.push_back(make_finding(cause::settings_unfit, certainty::seen, opened.error()));
  }
  return !given_.empty();
}

void inquiry::find() {
  if (!open_given()) return note_secrets();
  const status left = repair(*given_[0], draft_, now_, repairs_);
  const bool well_formed = left == status::ok;
  if (well_formed && try_all()) return;
  if (!well_formed && try_others()) return;
  // nothing verifies: what the request and the secrets show
  std::vector<finding> shown = std::move(repairs_);
  for (auto& each : shown) out_.findings.push_back(std::move(each));
  if (!well_formed) note_broken(*given_[0], draft_, now_, left, out_.findings);
  note_time();
  note_secrets();
  note_body(from_, what_, out_.findings);
  for (std::size_t i = 1; i < out_.findings.size(); ++i) {  // the surest first
    for (std::size_t k = i; k > 0 && out_.findings[k].sure < out_.findings[k - 1].sure; --k) {
      std::swap(out_.findings[k], out_.findings[k - 1]);
    }
  }
}

bool inquiry::try_all() {
  if (accepts(*given_[0], draft_.view())) {
    settle({});
    return true;
  }
  open_candidates();
  collect_targets();
  return try_secrets() || try_tokens() || try_bodies(*given_[0], false, nullptr, draft_.view()) ||
         try_targets(*given_[0], nullptr) || try_others() || try_pairs();
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
      auto opened = verifier::open(from_, text, lax_);
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
    if (given_[0]->prepare(other, now_, parts) != status::ok) return false;
    const std::string before = join({parts.prefix, "\n", parts.suffix});
    other.url = url, other.method = method;
    return given_[0]->prepare(other, now_, parts) == status::ok && before != join({parts.prefix, "\n", parts.suffix});
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

/// Where the header holds a token, other readings of it.
bool inquiry::try_tokens() {
  if (!from_.compiled().static_token) return false;
  for (auto& line : draft_.lines) {
    if (!same_header(from_.compiled().header_name(from_.compiled().signature_header), line.name)) continue;
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

bool inquiry::try_bodies(verifier& hook, bool likely, const finding* with, const request& base) {
  if (base.body.size() > max_explain_body || from_.compiled().static_token) return false;
  body_spellings others(base.body, likely, from_);
  std::string text;
  while (others.next(text)) {
    request other = base;
    other.body = text;
    if (!accepts(hook, other)) continue;
    list<cause> causes;
    others.name(text, causes);
    std::vector<finding> found;
    if (with != nullptr) found.push_back(*with);
    for (const cause each : causes) found.push_back(make_finding(each, certainty::proved));
    settle(std::move(found));
    return true;
  }
  return false;
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
bool inquiry::try_others() {
  std::string titles;
  const bool missing = out_.code == status::missing_signature && repairs_.empty();
  unsigned count = 0;
  for (const auto& other : others_) {
    if (other.name() == from_.name()) continue;
    for (const auto& secret : secrets_) {
      const std::string_view one[] = {secret};
      auto hook = verifier::open(other, one, without_settings_);
      if (!hook) continue;
      if (accepts(*hook, what_)) {
        repairs_.clear();
        settle({make_finding(cause::dialect_other, certainty::proved, other.title())});
        return true;
      }
    }
    if (!missing) continue;
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
  for (const auto& each : candidates_) {
    const finding secret = of_secret(*each);
    if (try_bodies(each->hook, true, &secret, draft_.view())) return true;
  }
  for (const auto& each : targets_) {
    request other = draft_.view();
    other.url = each.url, other.method = each.method;
    const finding address = make_finding(each.what, certainty::proved, each.detail);
    if (try_bodies(*given_[0], true, &address, other)) return true;
  }
  for (const auto& each : candidates_) {
    const finding secret = of_secret(*each);
    if (try_targets(each->hook, &secret)) return true;
  }
  return false;
}

std::string inquiry::secret_name(unsigned index) const {
  return secrets_.size() < 2 ? std::string("The secret") : join({"Secret ", decimal_text(index + 1)});
}

finding inquiry::of_secret(const candidate& one) const {
  return make_finding(one.what, certainty::proved, secret_name(one.secret));
}

/// Tells `found` and the repairs, which together make the request verify.
void inquiry::settle(std::vector<finding> found) {
  out_.findings.clear();
  for (auto& each : found) out_.findings.push_back(std::move(each));
  for (auto& each : repairs_) out_.findings.push_back(std::move(each));
  repairs_.clear();
  note_time();
  const bool alone = out_.findings.size() == 1;
  for (auto& each : out_.findings) each.sure = alone ? certainty::proved : certainty::together;
}

void inquiry::note_time() {
  if (auto found = explain_time(from_, strict_, draft_.view(), now_, timestamp_)) out_.findings.push_back(std::move(*found));
}

/// What the secrets show by themselves.
void inquiry::note_secrets() {
  for (unsigned i = 0; i < secrets_.size(); ++i) {
    const std::string_view one[] = {secrets_[i]};
    const auto opened = verifier::open(from_, one, lax_);
    const std::string name = secret_name(i);
    if (secrets_[i].find_first_not_of(" \t\r\n\v\f") == std::string_view::npos) {
      out_.findings.push_back(make_finding(cause::secret_empty, certainty::seen, name));
    } else if (const auto kind = kind_of_secret(from_, secrets_[i]); !kind.empty()) {
      out_.findings.push_back(make_finding(cause::secret_other_kind, certainty::seen, name, kind));
    } else if (!opened && is_about_secret(opened.error())) {
      std::string_view reason = opened.error();  // "secret 0 is …"
      if (const auto start = reason.find(" is "); start != reason.npos) reason.remove_prefix(start + 1);
      out_.findings.push_back(make_finding(cause::secret_unfit, certainty::seen, name, reason));
    }
  }
}

}  // namespace

explanation explain(const dialect& from, std::span<const std::string_view> secrets,
                    const request& what, std::int64_t now, std::span<const dialect> others, options how) {
  return inquiry(from, secrets, what, now, others, how).run(how);
}

}  // namespace waxseal
