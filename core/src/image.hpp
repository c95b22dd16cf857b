// The image of a compiled dialect: bytes of the same meaning on every machine, which waxseal.wasm
// opens in place of a dialect file. This is the one description of what is in it: image.cpp reads
// by it and image_write.cpp writes by it.
//
//   "wxd", u8 format, what `describe` lists of a plan, u32 checksum of all before it
//
// A number is LEB128; a text its length and bytes; a list its count and elements. A struct is a
// number whose bit n says that its n-th member is not what a new one holds, then those members. What
// can be made from the rest (tables of names, views) is not there. To add a member: bind it, describe
// it last, raise `format`.
#pragma once

#include <cstdint>
#include <string_view>

#include "plan.hpp"

namespace waxseal {

inline constexpr std::string_view image_magic = "wxd";
inline constexpr unsigned char image_format = 4;
inline constexpr std::size_t max_image = 1u << 20;  ///< bytes
inline constexpr std::size_t image_ends = 4;        ///< bytes before and behind the plan

/// FNV-1a. Finds what broke by accident; whoever can forge an image needs no forging.
inline std::uint32_t image_checksum(std::string_view bytes) {
  std::uint32_t hash = 0x811c9dc5;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193;
  return hash;
}

// Every description binds all members of its struct: one that is forgotten does not compile.

template <class Archive>
void describe(Archive& in, piece& of) {
  auto& [what, text, wanted, optional] = of;
  in.choice(what, piece::kind::close);
  in.text(text);
  in.header(wanted);
  in.flag(optional);
}

template <class Archive>
void describe(Archive& in, entry_form& of) {
  auto& [before, after] = of;
  in.text(before);
  in.text(after);
}

template <class Archive>
void describe(Archive& in, place& of) {
  auto& [header, pointer, field, query, claim, indexed] = of;
  in.header(header);
  in.text(pointer);
  in.text(field);
  in.text(query);
  in.text(claim);
  in.flag(indexed);
}

template <class Archive>
void describe(Archive& in, condition& of) {
  auto& [where, equals, setting] = of;
  in.part(where);
  in.text(equals);
  in.text(setting);
}

template <class Archive>
void describe(Archive& in, bound_hash& of) {
  auto& [where, of_url, encoding] = of;
  in.part(where);
  in.flag(of_url);
  in.choice(encoding, waxseal::encoding::base64url);
}

template <class Archive>
void describe(Archive& in, claim& of) {
  auto& [name, value] = of;
  in.text(name);
  in.text(value);
}

template <class Archive>
void describe(Archive& in, header_ref& of) {
  auto& [index] = of;
  in.header(index);
}

template <class Archive>
void describe(Archive& in, outgoing_header& of) {
  auto& [name, value] = of;
  in.text(name);
  in.parts(value);
}

template <class Archive>
void describe(Archive& in, rate_window& of) {
  auto& [limit, milliseconds] = of;
  in.number(limit);
  in.number(milliseconds);
}

template <class Archive>
void describe(Archive& in, delivery_policy& of) {
  auto& [delays, jitter_percent, retry_after_cap, timeout, final_client_errors, final_timeouts,
         final_statuses, rate, grace, may_be_unsigned] = of;  // the lists view those of `tables`
  in.number(jitter_percent);
  in.number(retry_after_cap);
  in.number(timeout);
  in.flag(final_client_errors);
  in.flag(final_timeouts);
  in.number(grace);
  in.flag(may_be_unsigned);
}

template <class Archive>
void describe(Archive& in, settings& of) {
  auto& [name, title, how_signed, static_token, format, digest, encoding, signature_header, signature,
         more_headers, signature_place, is_list, separator, spaced, list_before, groups, names_field,
         nameable, ignore_others, timestamp_field, signed_string, when, items, url, hashes, claims,
         elaborate, covers_body, has_secret, own_secret, secret_prefix, signing_prefix, secret_encoding,
         secret_min_bytes, demands, key, key_urls, has_timestamp, own_timestamp, timestamp_in_signature, timestamp,
         timestamp_unit, has_tolerance, past, future, id, type, version, data_pointer, reads_forms, dedupe_is_id,
         dedupe, has_handshake, handshake_by_get, handshake_signed, handshake_gives_secret, handshake,
         challenge, answer_body, answer_type, answer_header, visit_urls, envelope,
         content_type, delivery] = of;
  in.text(name);
  in.text(title);
  in.choice(how_signed, settings::scheme::missing);
  in.flag(static_token);
  in.choice(digest, algorithm::sha512);
  in.choice(encoding, waxseal::encoding::base64url);
  in.header(signature_header);
  in.part(signature);
  in.flag(is_list);
  in.number(separator, 0xff);
  in.flag(ignore_others);
  in.part(timestamp_field);
  in.parts(signed_string);
  in.text(secret_prefix);
  in.choice(secret_encoding, secret_form::hex);
  in.number(secret_min_bytes);
  in.flag(has_timestamp);
  in.flag(timestamp_in_signature);
  in.part(timestamp);
  in.choice(timestamp_unit, settings::unit::date_time);
  in.flag(has_tolerance);
  in.number(past);
  in.number(future);
  in.part(id);
  in.part(type);
  in.part(version);
  in.text(data_pointer);
  in.flag(dedupe_is_id);
  in.part(dedupe);
  in.flag(has_handshake);
  in.parts(handshake);
  in.part(challenge);
  in.header(content_type);
  in.part(delivery);
  in.parts(more_headers);
  in.part(signature_place);
  in.flag(spaced);
  in.text(list_before);
  in.number(groups, 0xff);
  in.part(names_field);
  in.parts(nameable);
  in.parts(when);
  in.text(items);
  in.choice(url, url_form::decoded);
  in.parts(hashes);
  in.parts(claims);
  in.flag(elaborate);
  in.flag(covers_body);
  in.flag(handshake_by_get);
  in.flag(handshake_signed);
  in.flag(handshake_gives_secret);
  in.text(answer_body);
  in.text(answer_type);
  in.text(answer_header);
  in.choice(format, signature_form::unsaid);
  in.text(signing_prefix);
  in.parts(demands);
  in.part(key);
  in.text(key_urls);
  in.text(visit_urls);
  in.text(envelope);
  in.flag(reads_forms);
}

template <class Archive>
void describe(Archive& in, schema_constant& of) {
  auto& [text, length, kind, whole] = of;  // the last is made from the text
  in.schema_text(text, length, 0xffffffff);
  in.choice(kind, json_kind::string);
}

template <class Archive>
void describe(Archive& in, schema_property& of) {
  auto& [head, head_mask, name, length, slots, child] = of;  // the first two are made from the name
  in.schema_text(name, length, schema_set::max_name);
  in.number(slots, 0xff);
  in.node(child);
}

template <class Archive>
void describe(Archive& in, schema_node& of) {
  auto& [types, format, sure_digit, sure_form, sure_from, sure_end, checks_literal, names_members, table_bits,
         properties, first_property, table, additional, items, required, enum_first, enum_count, only,
         minimum, maximum, min_length, max_length, min_items, max_items] = of;
  in.number(types, schema_node::every_type);
  in.flag(names_members);
  in.number(required[0]);
  in.choice(sure_form, number_form::exponent);
  in.number(sure_end);
  in.choice(format, text_format::email);
  in.node(items);
  in.constants(enum_first, enum_count);
  in.node(additional);
  in.flag(checks_literal);
  in.constant(only);
  in.number(sure_digit);
  in.number(sure_from);
  in.limit(minimum);
  in.limit(maximum);
  in.number(min_length);
  in.number(max_length);
  in.number(min_items);
  in.number(max_items);
  in.number(required[1]);
}

template <class Archive>
void describe(Archive& in, described_event& of) {
  auto& [name, title, description, documented, first_alias, aliases, schema, example] = of;
  in.text(name);  // the rest is for readers; aliases stand behind it
}

template <class Archive>
void describe(Archive& in, body_plan::event_body& of) {
  auto& [schema, recognised_by] = of;
  in.node(schema);
  in.text(recognised_by);
}

template <class Archive>
void describe(Archive& in, body_plan& of) {
  auto& [schemas, envelope, events, item_type, data_is_body, data_replaced, names, table] = of;
  in.node(envelope);
  in.flag(data_is_body);
  in.flag(data_replaced);
  in.text(item_type);
}

/// All of a plan. Headers and schemas come before what counts on them.
template <class Archive>
void describe_plan(Archive& in, plan& of) {
  auto& [events, aliases, wanted, wanted_count, headers, delays, final_statuses, rate, body, weaker,
         setting_names, needed_settings, where] = static_cast<tables&>(of);
  in.headers(wanted, wanted_count);
  in.group(static_cast<settings&>(of));
  in.owned(weaker);
  in.texts(setting_names);
  in.numbered(needed_settings);
  in.groups(headers);
  in.numbers(delays);
  in.numbers(final_statuses);
  in.groups(rate);
  for (slot& each : where) in.place_of(each);
  in.schemas(body);
  in.events(events, aliases, body);
  in.group(body);
}

}  // namespace waxseal
