// Reads the event of an authentic request: one scan of its body, then what the places that the
// dialect names hold.
#include "state.hpp"

namespace waxseal {
namespace {

constexpr std::string_view form_type = "application/x-www-form-urlencoded";

/// The text of a found string (decoded) or number (as it stands); nothing for other kinds.
std::optional<std::string_view> text_of(const found& value, std::string_view body,
                                        std::string& scratch) {
  if (value.length == 0) return {};
  const std::string_view raw = body.substr(value.offset, value.length);
  if (value.kind == json_kind::string) return decode_string(raw, scratch);
  if (value.kind == json_kind::number) return raw;
  return {};
}

}  // namespace

bool is_form(std::string_view content_type) noexcept {
  if (content_type.size() < form_type.size()) return false;
  if (!same_header(form_type, content_type.substr(0, form_type.size()))) return false;
  return content_type.size() == form_type.size() || content_type[form_type.size()] == ';' ||
         content_type[form_type.size()] == ' ';
}

result<event> verifier::state::read_event(unsigned secret) {
  const plan& plan = compiled();
  event read;
  read.body = body;
  read.secret = secret;
  read.timestamp = timestamp;
  read.authenticity = way->covers_body ? authenticity::verified : authenticity::authenticated;

  const bool type_from_header = !plan.type.pointer && plan.type.header != absent;
  const std::string_view type_header = value(plan.type.header);
  const std::string_view text_read = text_to_scan();
  const bool as_form = text_read.data() != body.data();
  const reading scanned = scanner.scan(plan.body, text_read, type_from_header ? type_header : "",
                                       how.schema != schema_mode::off, padded || as_form);
  if (scanned.code == status::internal) return status::internal;
  read.schema = {scanned.code, scanned.at};
  const bool is_json = scanned.code != status::bad_json && scanned.code != status::bad_utf8;
  read.content = is_json && !as_form                 ? content::json
                 : is_form(value(plan.content_type)) ? content::form
                                                     : content::bytes;

  // What stands at a place: the signed body decides, and a header that disagrees is refused.
  bool contradiction = false;
  const auto at = [&](const place& where, slot wanted) {
    std::optional<std::string_view> text;
    if (where.apart()) {
      std::string& kept = decoded[static_cast<unsigned>(wanted)];
      kept.clear();
      if (text_at(where, kept) == lookup::found) text = kept;
    } else if (where.pointer && is_json) {
      const auto index = static_cast<unsigned>(wanted);
      text = text_of(scanned[plan.where[index]], text_read, decoded[index]);
    }
    if (where.header != absent && has(where.header)) {
      if (!where.pointer) text = value(where.header);
      else if (text && *text != value(where.header)) contradiction = true;
    }
    return text.value_or(std::string_view());
  };

  const found& type_found = scanned[plan.where[static_cast<unsigned>(slot::type)]];
  const bool type_is_text = type_from_header || plan.type.apart() || type_found.kind == json_kind::string;
  const std::string_view sent_type = type_is_text ? at(plan.type, slot::type) : "";
  read.id = at(plan.id, slot::id);
  read.version = at(plan.version, slot::version);
  if (contradiction) return status::contradiction;

  if (way->timestamp.pointer || way->timestamp.apart()) {
    const std::string_view text = at(way->timestamp, slot::timestamp);
    timestamp = read.timestamp = parse_timestamp(way->timestamp_unit, text);
    if (has_tolerance) {
      if (!timestamp) return text.empty() ? status::missing_timestamp : status::bad_timestamp;
      if (const status late = check_window(); late != status::ok) return late;
    }
  }

  read.index = is_json || type_from_header ? scanned.event : -1;
  if (read.index < 0 && !sent_type.empty()) read.index = plan.body.find(sent_type);
  read.type = read.known() ? std::string_view(plan.events[static_cast<unsigned>(read.index)].name)
                           : sent_type;
  if (!sent_type.empty() && read.type != sent_type) read.alias = sent_type;
  if (is_json) {
    const found& data = scanned[slot::data];
    const bool whole = plan.body.data_is_body ||
                       (read.known() && !plan.body.events[static_cast<unsigned>(read.index)]
                                             .recognised_by.empty());
    read.data = whole ? text_read : text_read.substr(data.offset, data.length);
    read.big_integers = scanned.big_integers;
  }
  if (as_form && !is_json) form_object.clear();  // what could not be read is not shown
  if (plan.has_handshake && plan.handshake_signed) {
    read.handshake = true;
    for (const condition& each : plan.handshake) {
      const bool first = &each == plan.handshake.begin();
      read.handshake &= first ? says(each, at(each.where, slot::handshake)) : holds(each);
    }
    if (read.handshake) read.challenge = at(plan.challenge, slot::challenge);
    read.handshake &= !read.challenge.empty() && write_reply(read.challenge);
    if (!read.handshake) read.challenge = {};
  }
  const place* const key_place = plan.dedupe_is_id ? &plan.id : plan.dedupe ? &*plan.dedupe : nullptr;
  if (key_place != nullptr) {
    const std::string_view key =
        plan.dedupe_is_id ? read.id : at(*key_place, slot::dedupe);
    const bool is_signed = way->covers(*key_place);
    if (!key.empty()) read.dedupe = dedupe_key{key, is_signed};
  }
  if (how.schema == schema_mode::enforce && scanned.code != status::ok) return scanned.code;
  return read;
}

}  // namespace waxseal
