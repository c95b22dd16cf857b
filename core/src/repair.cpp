// Puts the form of a request right as far as the verifier then reads further. First half of `explain`.
#include "repair.hpp"

#include "json.hpp"
#include "loose.hpp"
#include "plan.hpp"

namespace waxseal {
namespace {

std::string dashed(std::string_view name) {
  std::string out = lower(name);
  for (char& c : out) {
    if (c == '_') c = '-';
  }
  return out;
}

/// What turned the name `wanted` (lower-case) into `name`; `cause_count` as a cause: nothing known.
cause renamed(std::string_view wanted, std::string_view name) {
  constexpr cause unknown = static_cast<cause>(cause_count);
  const std::string plain = dashed(name);
  if (plain == wanted) return cause::header_underscores;
  const std::string_view seen(plain);
  if (seen.starts_with("http-") && seen.substr(5) == wanted) return cause::header_cgi;
  if (wanted.starts_with("x-") && wanted.substr(2) == seen) return cause::header_x_dropped;
  if (seen.starts_with("x-") && seen.substr(2) == wanted) return cause::header_x_added;
  for (const std::string_view start : {"x-amzn-remapped-", "x-original-", "x-forwarded-", "redirect-http-"}) {
    if (seen.starts_with(start) && seen.substr(start.size()) == wanted) return cause::header_remapped;
  }
  return unknown;
}

/// Applies one kind of repair after the other as long as `prepare` comes further.
class repairer {
 public:
  repairer(verifier& probe, draft& what, std::int64_t now, budget& left, std::vector<finding>& notes)
      : probe_(probe), what_(what), now_(now), left_(left), notes_(notes), how_(probe.from().compiled()),
        work_(prepare_work(how_, what.view(), probe.key_count())) {}

  status run() {
    for (int round = 0; round < 8 && (at_ = prepare()) != status::ok; ++round) {
      if (!(rename() || drop_copy() || split() || clean() || respell_signature() || shorten_time())) break;
    }
    return at_;
  }

  /// The verifier's answer; the one before where no work is left.
  status prepare() {
    if (!left_.spend(work_) && at_ != status::ok) return at_;
    digest_plan unused;
    return probe_.prepare(what_.view(), now_, unused);
  }

 private:
  void note(cause which, std::string_view first, std::string_view second = {}) {
    notes_.push_back(make_finding(which, certainty::seen, first, second));
  }

  /// Whether the line's value `text` brings `prepare` to another answer than before; else the old one stays.
  bool helps(header& line, std::string text) {
    const std::string_view old = line.value;
    line.value = what_.keep(std::move(text));
    if (const status now = prepare(); now == status::ok || later(now)) return true;
    line.value = old;
    return false;
  }

  /// Whether `code` is told at a later step of `prepare` than the code so far.
  bool later(status code) const {
    constexpr status steps[] = {status::duplicate_header, status::too_many_signatures, status::missing_signature,
                                status::bad_signature, status::missing_timestamp, status::bad_timestamp,
                                status::missing_id, status::bad_id, status::ok};
    for (const status step : steps) {
      if (step == code) return false;
      if (step == at_) return true;
    }
    return false;
  }

  bool has(std::string_view wanted) const {
    for (const auto& line : what_.lines) {
      if (same_header(wanted, line.name)) return true;
    }
    return false;
  }

  bool is_wanted(const header& line) const {
    for (const auto& wanted : probe_.wanted()) {
      if (same_header(wanted, line.name)) return true;
    }
    return false;
  }

  bool rename() {
    for (const auto& wanted : probe_.wanted()) {
      if (has(wanted)) continue;
      for (auto& line : what_.lines) {
        const cause which = renamed(wanted, line.name);
        if (which == static_cast<cause>(cause_count) || is_wanted(line)) continue;
        const std::string_view old = line.name;
        line.name = wanted;
        if (prepare() != at_) {
          note(which, wanted, old);
          return true;
        }
        line.name = old;
      }
    }
    return false;
  }

  bool drop_copy() {
    if (at_ != status::duplicate_header) return false;
    for (auto& line : what_.lines) {
      if (!is_wanted(line)) continue;
      const std::string name = lower(line.name);
      for (auto& other : what_.lines) {
        if (&line == &other || !same_header(name, other.name)) continue;
        const std::string_view old = other.name;
        other.name = {};
        if (prepare() != at_) {
          note(cause::header_duplicated, name);
          return true;
        }
        other.name = old;
      }
    }
    return false;
  }

  bool split() {
    if (at_ == status::too_many_signatures) return false;
    constexpr unsigned most = 16;
    for (auto& line : what_.lines) {
      if (!is_wanted(line)) continue;
      const std::string_view whole = line.value;
      unsigned tried = 0;
      for (auto comma = whole.find(','); comma != whole.npos && tried < most; comma = whole.find(',', comma + 1), ++tried) {
        for (const std::string_view part : {trimmed(whole.substr(0, comma)), trimmed(whole.substr(comma + 1))}) {
          if (part.empty() || whole.find(part) == whole.rfind(part)) continue;  // two equal lines were joined
          if (!helps(line, std::string(part))) continue;
          note(cause::header_joined, lower(line.name));
          return true;
        }
      }
    }
    return false;
  }

  bool clean() {
    if (at_ == status::too_many_signatures) return false;
    for (auto& line : what_.lines) {
      if (!is_wanted(line) || line.value.empty()) continue;
      const std::string_view bare = trimmed(line.value);
      std::string dense;
      for (const char c : bare) {
        if (blanks.find(c) == blanks.npos) dense.push_back(c);
      }
      for (const std::string_view each : {bare, std::string_view(dense)}) {
        if (each == line.value || !helps(line, std::string(each))) continue;
        note(cause::header_whitespace, lower(line.name));
        return true;
      }
      if (is_quoted(bare) && helps(line, std::string(bare.substr(1, bare.size() - 2)))) {
        note(cause::header_quoted, lower(line.name));
        return true;
      }
    }
    return false;
  }

  bool respell_signature();
  bool respell_line(const settings& way, header& line);

  bool shorten_time() {
    for (auto& line : what_.lines) {
      if (at_ != status::bad_timestamp || !is_wanted(line)) continue;
      std::string text;
      std::size_t run = 0;
      bool shortened = false;
      for (std::size_t i = 0; i <= line.value.size(); ++i) {
        const char c = i < line.value.size() ? line.value[i] : '\0';
        const bool digit = c >= '0' && c <= '9';
        if (!digit && run == 13) text.resize(text.size() - 3), shortened = true;
        run = digit ? run + 1 : 0;
        if (i < line.value.size()) text.push_back(c);
      }
      if (!shortened || !helps(line, std::move(text))) continue;
      note(cause::timestamp_milliseconds, {});
      return true;
    }
    return false;
  }

  verifier& probe_;
  draft& what_;
  std::int64_t now_;
  budget& left_;
  std::vector<finding>& notes_;
  const plan& how_;
  std::size_t work_;  ///< of `prepare`
  status at_ = status::ok;
};

bool repairer::respell_signature() {
  // Of several ways none may be shown by a signature that is written otherwise.
  if (at_ != status::bad_signature && !(how_.elaborate && at_ == status::missing_signature)) return false;
  for (const bool tagged : {true, false}) {  // first the ways whose tag the header has
    for (std::uint32_t i = 0; i <= how_.weaker.size(); ++i) {
      const settings& way = how_.way(i);
      for (auto& line : what_.lines) {
        if (!same_header(how_.header_name(way.signature_header), line.name)) continue;
        if (is_tagged(way, line.value) == tagged && respell_line(way, line)) return true;
      }
    }
  }
  return false;
}

bool repairer::respell_line(const settings& way, header& line) {
  if (way.signature_size() == 0 || way.is_jwt()) {  // nothing tells a signature of this scheme from other text
    const auto mark = line.value.find_first_of("=,: ");
    const std::string foreign(line.value.substr(0, mark + 1));
    if (mark != line.value.npos && helps(line, std::string(trimmed(line.value.substr(mark + 1))))) {
      note(cause::signature_foreign_prefix, foreign);
      return true;
    }
    std::string value(way.signature.before);
    if (value.empty() || !helps(line, value.append(line.value).append(way.signature.after))) return false;
    note(cause::signature_without_prefix, way.signature.before);
    return true;
  }
  rewritten_header made = rewrite_header(way, line.value);
  if (!helps(line, std::move(made.text))) return false;
  for (const cause each : made.causes) {
    note(each, each == cause::signature_without_prefix ? way.signature.before : std::string_view(made.foreign));
  }
  if (made.causes.empty()) note(cause::header_whitespace, lower(line.name));
  return true;
}

}  // namespace

draft::draft(const request& what) : body(what.body), url(what.url), method(what.method) {
  for (const auto& line : what.headers) lines.push_back(line);
}

std::string_view draft::keep(std::string text) {
  return *texts.push_back(std::make_unique<std::string>(std::move(text)));
}

status repair(verifier& probe, draft& what, std::int64_t now, budget& left, std::vector<finding>& notes) {
  return repairer(probe, what, now, left, notes).run();
}

}  // namespace waxseal
