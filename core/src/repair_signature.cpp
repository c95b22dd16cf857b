// How a signature header may have been rewritten on its way, undone: hex for base64, upper case, prefixes;
// and other readings of a token.
#include "loose.hpp"
#include "plan.hpp"
#include "repair.hpp"

namespace waxseal {
namespace {

/// A signature read from another spelling than the dialect's.
struct read_signature {
  std::string bytes;
  bool hex = false;
};

/// The `size` bytes that `text` holds in hex of any case or in any base64, or none.
read_signature read_any(std::string_view text, std::size_t size) {
  if (std::string bytes = decoded(encoding::hex, lower(text)); bytes.size() == size) return {bytes, true};
  for (const encoding how : {encoding::base64, encoding::base64url}) {
    if (std::string bytes = decoded(how, text); bytes.size() == size) return {bytes, false};
  }
  return {};
}

bool has_prefix(const settings& how, std::string_view entry) {
  const std::string_view before = trimmed(how.signature.before);  // as the entry is
  return entry.size() >= before.size() && lower(entry.substr(0, before.size())) == lower(before);
}

bool rewrite_entry(const settings& how, std::size_t size, std::string_view entry, rewritten_header& to) {
  const auto& [before, after] = how.signature;
  const bool prefixed = has_prefix(how, entry);
  const std::string_view bare = trimmed(before);
  std::string_view rest = prefixed ? entry.substr(bare.size()) : entry;
  if (!after.empty() && rest.ends_with(after)) rest.remove_suffix(after.size());
  read_signature read = read_any(rest, size);
  if (read.bytes.empty()) {
    const auto mark = rest.find_first_of("=,: ");
    if (mark == rest.npos) return false;
    to.foreign.assign(rest.substr(0, mark + 1));
    rest = trimmed(rest.substr(mark + 1));
    read = read_any(rest, size);
    if (read.bytes.empty()) return false;
    to.causes.push_back(cause::signature_foreign_prefix);
  } else if (!prefixed) {
    to.causes.push_back(cause::signature_without_prefix);
  }
  std::string canonical;
  encode(how.encoding, read.bytes, canonical);
  if (canonical != rest) {
    const bool hex = how.encoding == encoding::hex;
    to.causes.push_back(hex ? (read.hex ? cause::signature_uppercase : cause::signature_not_hex)
                            : (read.hex ? cause::signature_not_base64 : cause::signature_base64url));
  } else if (prefixed && !entry.starts_with(bare)) {
    to.causes.push_back(cause::signature_uppercase);
  }
  to.text.assign(before).append(canonical).append(after);
  return true;
}

/// Calls `each` with every entry of a signature header, trimmed.
template <class Each>
void for_each_entry(const settings& how, std::string_view header, Each each) {
  for (bool more = true; more;) {
    const auto end = how.is_list ? header.find(how.separator) : header.npos;
    each(trimmed(header.substr(0, end)));
    more = end != header.npos && end + 1 < header.size();
    if (more) header.remove_prefix(end + 1);
  }
}

}  // namespace

bool is_tagged(const settings& how, std::string_view header) {
  bool found = false;
  for_each_entry(how, header, [&](std::string_view entry) { found |= has_prefix(how, entry); });
  return found;
}

rewritten_header rewrite_header(const settings& how, std::string_view header) {
  const bool tagged = !how.signature.before.empty() && is_tagged(how, header);
  std::string value;
  rewritten_header last;
  for_each_entry(how, header, [&](std::string_view entry) {
    rewritten_header made;
    const bool known = (!tagged || has_prefix(how, entry)) && rewrite_entry(how, how.signature_size(), entry, made);
    if (!value.empty()) value.push_back(how.separator);
    value.append(known ? std::string_view(made.text) : entry);
    if (known && !made.causes.empty()) last = std::move(made);
  });
  last.text = std::move(value);
  return last;
}

std::vector<rewritten> rewrite_token(std::string_view value) {
  std::vector<rewritten> out;
  const std::string_view bare = trimmed(value);
  if (bare != value) out.push_back({cause::header_whitespace, std::string(bare)});
  if (is_quoted(bare)) out.push_back({cause::header_quoted, std::string(bare.substr(1, bare.size() - 2))});
  if (const auto gap = bare.find(' '); gap != bare.npos) {
    out.push_back({cause::signature_foreign_prefix, std::string(trimmed(bare.substr(gap)))});
  }
  return out;
}

}  // namespace waxseal
