// One inquiry into why a webhook was refused: what it is made of. Shared by explain.cpp, which asks and
// tells, and tries.cpp, which tries.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "list.hpp"
#include "repair.hpp"
#include "spellings.hpp"

namespace waxseal {

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

/// Puts the form of a request right, then tries other spellings of what was signed until one verifies.
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
    out_.work = left_.spent();
    return std::move(out_);
  }

 private:
  // ---- what the verifier says ----
  bool judge(options how);
  bool open_given();
  /// For looking at the form of a request.
  verifier& probe() { return given_.empty() ? candidates_[0]->hook : *given_[0]; }
  bool accepts(verifier& hook, const request& what);
  bool may_open(const dialect& from) { return left_.spend(open_work(from.compiled())); }

  // ---- what is tried ----
  void find();
  bool try_all();
  bool try_secrets();
  bool try_bodies();
  bool try_targets(verifier& hook, const finding* with);
  bool try_tokens();
  bool try_others();
  bool try_pairs();
  bool try_pairs(const body_spellings& spelled, const std::string& text);
  void open_candidates();
  void collect_targets();

  // ---- what is told ----
  std::string secret_name(unsigned index) const;
  finding of_secret(const candidate& one) const;
  void settle(std::vector<finding> found);
  void settle(const body_spellings& spelled, const std::string& text, std::optional<finding> with = {});
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
  budget left_{max_explain_work};
  explanation out_;
  std::vector<finding> repairs_;
  list<std::unique_ptr<verifier>> given_;  ///< at most one: of all secrets that are fit
  list<std::unique_ptr<candidate>> candidates_;
  std::vector<target> targets_;
  std::optional<std::int64_t> timestamp_;  ///< of an authentic request
};

}  // namespace waxseal
