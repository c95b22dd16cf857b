// Explain: asks the verifier, has other spellings of what was signed tried (tries.cpp), and tells what it
// found. Called by the command line and, in waxseal-explain.wasm, by `hook.explain`.
#include "waxseal/explain.hpp"

#include "inquiry.hpp"
#include "json.hpp"
#include "plan.hpp"

namespace waxseal {
namespace {

/// Whether `verifier::open` refuses a secret, and not the settings given beside it.
bool is_about_secret(std::string_view problem) { return problem.starts_with("secret "); }

}  // namespace

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
  if (!left_.spend(verify_work(hook.from().compiled(), what, hook.key_count()))) return false;
  out_.tries += hook.key_count();
  const auto seen = hook.verify(what, now_);
  if (seen) timestamp_ = seen->timestamp;
  return seen || seen.error() == status::contradiction;
}

/// Opens a verifier of the secrets that are fit; where none is, of one that is nobody's, so that the
/// form of the request can be looked at, or, where keys are not made of any bytes, those of other
/// spellings. False: not even that.
bool inquiry::open_given() {
  list<std::string_view> fit;
  for (const auto& each : secrets_) {
    const std::string_view one[] = {each};
    if (fit.size() < max_secrets && may_open(from_) && verifier::open(from_, one, lax_)) fit.push_back(each);
  }
  const std::string nobodys = write_secret(from_, nobodys_key);
  if (fit.empty()) fit.push_back(nobodys);
  auto opened = verifier::open(from_, {fit.begin(), fit.size()}, lax_);
  if (opened) {
    given_.push_back(std::make_unique<verifier>(std::move(*opened)));
  } else if (!is_about_secret(opened.error())) {
    out_.findings.push_back(make_finding(cause::settings_unfit, certainty::seen, opened.error()));
  }
  if (given_.empty()) open_candidates();
  return !given_.empty() || !candidates_.empty();
}

void inquiry::find() {
  if (!open_given()) return note_secrets();
  const status left = repair(probe(), draft_, now_, left_, repairs_);
  const bool well_formed = left == status::ok;
  // An elaborate dialect judges while it reads, so that only what verifies tells form from content.
  const bool tries = well_formed || from_.compiled().elaborate;
  if (tries ? try_all() : try_others()) return;
  // nothing verifies: what the request and the secrets show
  std::vector<finding> shown = std::move(repairs_);
  for (auto& each : shown) out_.findings.push_back(std::move(each));
  const bool by_body = from_.compiled().signature_header == absent;  // then it tells why there is no signature
  if (by_body) note_body(from_, what_, out_.findings);
  if (!well_formed && !(by_body && !out_.findings.empty())) note_broken(probe(), draft_, now_, left, left_, out_.findings);
  note_time();
  note_secrets();
  if (!by_body) note_body(from_, what_, out_.findings);
  for (std::size_t i = 1; i < out_.findings.size(); ++i) {  // the surest first
    for (std::size_t k = i; k > 0 && out_.findings[k].sure < out_.findings[k - 1].sure; --k) {
      std::swap(out_.findings[k], out_.findings[k - 1]);
    }
  }
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
  if (auto found = explain_time(from_, strict_, draft_.view(), now_, left_, timestamp_)) out_.findings.push_back(std::move(*found));
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

explanation explain(const dialect& from, std::span<const std::string_view> secrets,
                    const request& what, std::int64_t now, std::span<const dialect> others, options how) {
  return inquiry(from, secrets, what, now, others, how).run(how);
}

}  // namespace waxseal
