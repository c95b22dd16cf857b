// The sender's side of parts.cpp: signatures in the body, in several headers, in a JWT. It makes the
// signed string as the verifier does, from the message as it will arrive.
#include "sentence.hpp"
#include "state.hpp"

namespace waxseal {
namespace {

/// Appends `text` as a JSON string.
void append_quoted(std::string_view text, std::string& into) {
  into.append("\"", 1);
  for (const char c : text) {
    if (c == '"' || c == '\\') into.append("\\", 1);
    into.append(&c, 1);
  }
  into.append("\"", 1);
}

/// Appends `"name":"value"` behind what stands in an object.
void append_member(std::string_view name, std::string_view value, bool quoted, std::string& into) {
  if (into.size() > 1) into.append(",", 1);
  append_quoted(name, into);
  into.append(":", 1);
  if (quoted) append_quoted(value, into);
  else into.append(value);
}

/// Appends `text` as it stands in a form.
void append_escaped(std::string_view text, std::string& into) {
  constexpr char digits[] = "0123456789ABCDEF";
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.';
    if (plain) {
      into.append(&c, 1);
      continue;
    }
    into.append("%", 1).append(digits + (static_cast<unsigned char>(c) >> 4), 1).append(digits + (c & 15), 1);
  }
}

/// `form` without its field `name`, and with `value` as its last field of that name.
void set_field(std::string_view form, std::string_view name, std::string_view value, std::string& into) {
  while (!form.empty()) {
    const std::string_view pair = form.substr(0, form.find('&'));
    form.remove_prefix(std::min(pair.size() + 1, form.size()));
    if (pair.substr(0, pair.find('=')) != name) into.append(pair).append("&", 1);
  }
  append_escaped(name, into);
  into.append("=", 1);
  append_escaped(value, into);
}

}  // namespace

/// What the message shows of the headers that are signed.
void verifier::state::read_back(const outgoing_headers& headers) {
  const plan& plan = compiled();
  fields = {};
  for (std::size_t i = 0; i < headers.sent; ++i) {
    for (std::size_t k = 0; k < plan.wanted_count; ++k) {
      if (same_header(plan.wanted[k], headers.all[i].name)) fields[k] = {headers.all[i].value, true};
    }
  }
}

/// The strongest way whose conditions the message meets and for which the first secret is fit.
const secret_keys* verifier::state::choose_way_to_sign() {
  const plan& plan = compiled();
  for (std::uint32_t i = 0; i <= plan.weaker.size(); ++i) {
    const settings& next = i == 0 ? static_cast<const settings&>(plan) : *plan.weaker[i - 1];
    const secret_keys& its = i == 0 ? keys : weaker_keys[i - 1];
    bool fits = by_signer ? next.by_public_key() && !next.items : !its.empty() && its[0];
    for (const condition& each : next.when) fits = fits && holds(each);
    if (!fits) continue;
    way = &next;
    return &its;
  }
  return nullptr;
}

std::string verifier::state::sign_parts(const message& what, std::string_view timestamp_sent, signing how_far, outgoing_headers& headers) {
  const plan& plan = compiled();
  prepared = false;
  text_alone = how_far == signing::text;
  by_signer = text_alone || !what.signatures.empty();
  made_elsewhere = what.signatures.empty() ? std::string_view() : what.signatures[0];
  body = what.body;
  url = what.url;
  method = what.method;
  padded = json_known = false;
  padded_copy.clear();
  claims.clear();
  timestamp_text = timestamp_sent;
  timestamp = parse_timestamp(plan.timestamp_unit, timestamp_sent);
  read_back(headers);
  const secret_keys* const its = choose_way_to_sign();
  if (its == nullptr && by_signer) return "a signer signs one text by a public-key scheme, which this dialect does not, or not for this message";
  if (its == nullptr) return "the message shows nothing of what /signature/when asks for";
  const auto complete = [&](int header, std::string_view value) {
    if (way->covers(header)) headers.complete(plan.wanted[static_cast<unsigned>(header)], value);
  };
  complete(plan.id.header, what.id);
  complete(way->timestamp.header, timestamp_sent);
  read_back(headers);
  if (!way->is_jwt() && check_hashes() != status::ok) return "the URL or the header that holds the hash of what is sent does not hold it";
  if (way->signature_header == absent) return put_in_body(by_signer ? nullptr : (*its)[0].get());
  return put_in_headers(*its, timestamp_sent, headers);
}

/// Appends the signature of what `item` or the message says. @return a sentence where it lacks what is signed.
///
/// @param key  null: a signer's
std::string verifier::state::make_signature(const secret_key* key, std::string_view item, std::string& into) {
  if (way->is_jwt()) {
    make_jwt(*key, into);
    return {};
  }
  if (way->static_token) {
    into.append(key->bytes);
    return {};
  }
  if (write_parts(item, 0) != status::ok) return "the message lacks something that /signature/signed names, or a signed id holds other than 1 to 256 of A-Z a-z 0-9 _ -";
  if (way->by_public_key()) return sign_by_key(key, into);
  unsigned char digest[max_digest];
  key->hmac.digest(prefix, signs_body ? body : std::string_view(), suffix, digest);
  encode(way->encoding, {reinterpret_cast<char*>(digest), waxseal::digest_size(way->digest)}, into);
  return {};
}

std::string verifier::state::sign_by_key(const secret_key* key, std::string& into) {
  if (text_alone) return {};
  if (key && !key->pair->can_sign()) return "only a public key is set, or this build cannot sign with it: give the private one, or a signer, to sign";
  unsigned char raw[max_signature];
  const signed_text text{prefix, signs_body ? body : std::string_view(), suffix};
  const std::size_t size = key ? key->pair->sign(text).copy(reinterpret_cast<char*>(raw), sizeof raw) : take_made(made_elsewhere, raw);
  if (size == 0) return "the signer gave no signature of the kind that this dialect takes";
  encode(way->encoding, way_scheme()->write(way->format, {reinterpret_cast<char*>(raw), size}), into);
  return {};
}

void verifier::state::make_jwt(const secret_key& key, std::string& into) {
  std::string said("{"), made;
  for (const claim& each : way->claims) append_member(each.name, each.value, true, said);
  for (const bound_hash& each : way->hashes) {
    std::string text;
    append_sha256(each.encoding, each.of_url ? url : body, text);
    append_member(each.where.claim, text, true, said);
  }
  if (!way->timestamp.claim.empty()) append_member(way->timestamp.claim, timestamp_text, false, said);
  said.append("}", 1);
  encode(encoding::base64url, R"({"alg":"HS256","typ":"JWT"})", made);
  made.append(".", 1);
  encode(encoding::base64url, said, made);
  unsigned char digest[max_digest];
  key.hmac.digest(made, {}, {}, digest);
  into.append(made).append(".", 1);
  encode(encoding::base64url, {reinterpret_cast<char*>(digest), waxseal::digest_size(way->digest)}, into);
}

/// Puts the signature, or that of every item, in its place in the body.
std::string verifier::state::put_in_body(const secret_key* key) {
  if (!way->signature_place.field.empty()) {
    std::string value(way->signature.before);
    std::string problem = make_signature(key, {}, value);
    if (problem.empty()) set_field(body, way->signature_place.field, value.append(way->signature.after), signed_body);
    return problem;
  }
  const std::string_view text = json_body();
  const char* done = text.data();
  const auto put = [&](std::string_view item) -> std::string {
    std::string_view old;
    if (text.empty() || find_json(item.empty() ? text : item, *way->signature_place.pointer, old) != lookup::found || !old.starts_with('"')) {
      return join({"the body must have a string at ", *way->signature_place.pointer, ", which the signature takes the place of"});
    }
    std::string value(way->signature.before);
    std::string problem = make_signature(key, item, value);
    if (!problem.empty()) return problem;
    signed_body.append(done, static_cast<std::size_t>(old.data() - done));
    append_quoted(value.append(way->signature.after), signed_body);
    done = old.data() + old.size();
    return {};
  };
  std::string problem;
  if (!way->items) {
    problem = put({});
  } else {
    std::string_view all;
    unsigned count = 0;
    if (!text.empty() && find_json(text, *way->items, all) == lookup::found) {
      for_each_item(all, [&](std::string_view item) {
        ++count;
        problem = put(item);
        return problem.empty();
      });
    }
    if (count == 0) return join({"the body must have an array with an item at ", *way->items});
  }
  if (problem.empty()) signed_body.append(done, static_cast<std::size_t>(text.data() + text.size() - done));
  else signed_body.clear();
  return problem;
}

/// One entry for each secret where the header is a list; one header for each where several carry one.
std::string verifier::state::put_in_headers(const secret_keys& its, std::string_view at, outgoing_headers& headers) {
  const plan& plan = compiled();
  std::string names;
  for (const auto& each : way->nameable) {
    if (has(each.index)) names.append(names.empty() ? "" : " ").append(plan.header_name(each.index));
  }
  names_text = names;
  if (way->names_field && names.empty()) return "/delivery/headers sends none of /signature/headers";
  std::string list(way->list_before);
  const auto next = [&](const std::optional<entry_form>& form, std::string_view value) {
    if (!form) return;
    if (list.size() > way->list_before.size()) list.append(&way->separator, 1).append(way->spaced ? " " : "");
    list.append(form->before).append(value).append(form->after);
  };
  if (way->is_list) {
    next(way->timestamp_field, at);
    next(way->names_field, names);
  }
  for (std::uint32_t i = 0; i < (by_signer ? 1 : its.size()); ++i) {
    if (!by_signer && !its[i]) continue;
    std::string value;
    if (std::string problem = make_signature(by_signer ? nullptr : its[i].get(), {}, value); !problem.empty()) return problem;
    if (way->is_list) {
      next(way->signature, value);
      continue;
    }
    if (i > way->more_headers.size()) break;
    const int header = i == 0 ? way->signature_header : way->more_headers[i - 1].index;
    std::string& whole = headers.complete(plan.wanted[static_cast<unsigned>(header)], {});
    whole.clear();
    whole.append(way->signature.before).append(value).append(way->signature.after);
  }
  if (way->is_list) headers.complete(plan.wanted[static_cast<unsigned>(way->signature_header)], {}) = list;
  return {};
}

}  // namespace waxseal
