// Reads a dialect file into a plan: the tables of the dialect language, by the engine of keywords.hpp.
// docs/dialects.md is the reference for the reader.
#include <cstddef>
#include <utility>

#include "compile.hpp"
#include "keywords.hpp"
#include "pinned.hpp"

namespace waxseal {
namespace {

using namespace language;

constexpr std::uint32_t thirty_days = 30 * 86400;

constexpr keyword list_keywords[] = {
    {"separator", [](loader& in) {
       std::string_view text;
       const bool read = in.at.read_string(text);
       in.signing->spaced = text.size() == 2 && text[1] == ' ';
       if (read && text.size() != 1 && !in.signing->spaced) {
         in.at.fail("separator is one character, and may be followed by one space");
       }
       if (!in.at.failed()) in.signing->separator = text[0];
     }},
    {"fields", [](loader& in) {
       read_list(in, [&] {
         std::string_view text;
         in.at.read_string(text);
         const bool names = text.find("{header_names}") != text.npos;
         auto& field = names ? in.signing->names_field : in.signing->timestamp_field;
         if (field) in.at.fail("at most one {timestamp} and one {header_names} are read");
         field = make_form(in, text, names ? "header_names" : "timestamp");
       });
     }},
    {"others", form::word, offsetof(settings, ignore_others), "refuse ignore"},
    {"before", form::text, offsetof(settings, list_before)},
    {"groups", [](loader& in) {
       std::string_view text;
       if (in.at.read_string(text) && text.size() != 1) in.at.fail("groups is the one character between two lists");
       if (!in.at.failed()) in.signing->groups = text[0];
     }},
};

constexpr keyword condition_keywords[] = {
    {"header", form::header, offsetof(condition, where.header)},
    {"pointer", form::pointer, offsetof(condition, where.pointer)},
    {"field", form::text, offsetof(condition, where.field)},
    {"query", form::text, offsetof(condition, where.query)},
    {"equals", form::text, offsetof(condition, equals)},
    {"setting", form::text, offsetof(condition, setting)},
};

void read_conditions(loader& in, list<condition>& into) {
  read_one_or_more(in, [&] {
    condition& next = into.push_back({});
    read_members(in, condition_keywords, &next);
    finish_place(in, next.where);
  });
}

constexpr keyword hash_keywords[] = {
    {"of", form::word, offsetof(bound_hash, of_url), "body url"},
    {"header", form::header, offsetof(bound_hash, where.header)},
    {"query", form::text, offsetof(bound_hash, where.query)},
    {"claim", form::text, offsetof(bound_hash, where.claim)},
    {"encoding", form::word, offsetof(bound_hash, encoding), "hex base64 base64url"},
};

constexpr keyword signature_keywords[] = {
    {"scheme", form::word, offsetof(settings, how_signed), scheme_words},
    {"format", form::word, offsetof(settings, format), "raw der"},
    {"header", [](loader& in) {
       read_one_or_more(in, [&] {
         const int header = read_header(in);
         if (in.signing->signature_header == absent) in.signing->signature_header = header;
         else in.signing->more_headers.push_back({header});
       });
     }},
    {"pointer", form::pointer, offsetof(settings, signature_place.pointer)},
    {"field", form::text, offsetof(settings, signature_place.field)},
    {"value", form::around, offsetof(settings, signature), "sig"},
    {"list", list_keywords, offsetof(settings, is_list)},
    {"encoding", form::word, offsetof(settings, encoding), "hex base64 base64url"},
    {"signed", form::pieces, offsetof(settings, signed_string),
     "id timestamp body url method header form field crc32 sha256 setting json header_names header_values"},
    {"headers", [](loader& in) {
       read_list(in, [&] { in.signing->nameable.push_back({read_header(in)}); });
     }},
    {"items", form::pointer, offsetof(settings, items)},
    {"url", form::word, offsetof(settings, url), "exact either-port decoded"},
    {"when", [](loader& in) { read_conditions(in, in.signing->when); }},
    {"hashes", [](loader& in) {
       read_list(in, [&] {
         bound_hash& next = in.signing->hashes.push_back({});
         read_members(in, hash_keywords, &next);
         if (next.where.nowhere()) in.at.fail("a header, a query or a claim holds the hash");
       });
     }},
    {"claims", [](loader& in) {
       std::string_view name;
       in.at.enter_object();
       while (in.at.member(name)) in.signing->claims.push_back({name, read_text(in)});
     }},
};

constexpr keyword secret_keywords[] = {
    {"prefix", form::text, offsetof(settings, secret_prefix)},
    {"signing_prefix", form::text, offsetof(settings, signing_prefix)},
    {"decode", form::word, offsetof(settings, secret_encoding), "utf8 base64 hex"},
    {"min_bytes", 1024, offsetof(settings, secret_min_bytes)},
};

constexpr keyword tolerance_keywords[] = {
    {"past", thirty_days, offsetof(settings, past)},
    {"future", thirty_days, offsetof(settings, future)},
};

constexpr keyword timestamp_keywords[] = {
    {"header", form::header, offsetof(settings, timestamp.header)},
    {"pointer", form::pointer, offsetof(settings, timestamp.pointer)},
    {"field", form::text, offsetof(settings, timestamp.field)},
    {"claim", form::text, offsetof(settings, timestamp.claim)},
    {"signature", form::flag, offsetof(settings, timestamp_in_signature)},
    {"unit", form::word, offsetof(settings, timestamp_unit), "seconds milliseconds date-time"},
    {"tolerance", tolerance_keywords, offsetof(settings, has_tolerance)},
};

/// Keeps the text of a list of URLs, without white space.
void read_urls(loader& in, std::string_view& into) {
  into = in.at.skip_compact();
  const std::string_view problem = in.at.failed() ? std::string_view() : check_pinned(into);
  if (!problem.empty()) in.at.fail(problem);
}

constexpr keyword key_keywords[] = {
    {"header", form::header, offsetof(settings, key.header)},
    {"pointer", form::pointer, offsetof(settings, key.pointer)},
    {"urls", [](loader& in) { read_urls(in, in.into.key_urls); }},
};

/// What one of several ways of signing says beside `signature_keywords`.
constexpr keyword way_keywords[] = {
    {"secret", secret_keywords, offsetof(settings, has_secret)},
    {"timestamp", timestamp_keywords, offsetof(settings, has_timestamp)},
};

constexpr unsigned max_ways = 4;

/// One way of signing, or a list of them, the strongest first.
void read_signature(loader& in) {
  const bool several = in.at.peek() == json_kind::array;
  bool first = true;
  read_one_or_more(in, [&] {
    if (!first) in.signing = in.into.weaker.push_back(std::make_unique<settings>()).get();
    if (in.into.weaker.size() >= max_ways) in.at.fail("at most 4 ways of signing are read");
    const bool secret = std::exchange(in.signing->has_secret, false), timestamp = std::exchange(in.signing->has_timestamp, false);
    read_members(in, signature_keywords, in.signing, several ? std::span<const keyword>(way_keywords) : std::span<const keyword>());
    in.signing->own_secret = std::exchange(in.signing->has_secret, in.signing->has_secret || secret);
    in.signing->own_timestamp = std::exchange(in.signing->has_timestamp, in.signing->has_timestamp || timestamp);
    first = false;
  });
  in.signing = &in.into;
}

constexpr keyword event_keywords[] = {
    {"id", form::place, offsetof(settings, id)},
    {"type", form::place, offsetof(settings, type)},
    {"version", form::place, offsetof(settings, version)},
    {"data", [](loader& in) { in.into.data_pointer = read_pointer(in); }},
    {"form", form::flag, offsetof(settings, reads_forms)},
    {"items", [](loader& in) { in.into.body.item_type = read_text(in); }},
    {"dedupe", [](loader& in) {
       in.into.dedupe_is_id = false;
       if (in.at.peek() == json_kind::null) in.at.skip();
       else read_place(in, in.into.dedupe.emplace());
     }},
};

constexpr keyword event_type_keywords[] = {
    {"title", form::any_text, offsetof(described_event, title)},
    {"description", form::any_text, offsetof(described_event, description)},
    {"documented", form::flag, offsetof(described_event, documented)},
    {"aliases", [](loader& in) {
       read_list(in, [&] { in.into.aliases.push_back(read_text(in)); });
     }},
    {"schema", form::raw, offsetof(described_event, schema)},
    {"example", form::raw, offsetof(described_event, example)},
    {"recognised_by", [](loader& in) { in.into.body.events.back().recognised_by = read_text(in); }},
};

void read_events(loader& in) {
  constexpr std::string_view twice = "\" names two events";
  plan& into = in.into;
  std::string_view name;
  in.at.enter_object();
  while (in.at.member(name)) {
    if (into.body.find(name) >= 0) in.at.fail({"\"", name, twice});
    described_event event;
    event.name = name;
    event.first_alias = into.aliases.size();
    into.body.events.push_back({});
    read_members(in, event_type_keywords, &event);
    event.aliases = into.aliases.size() - event.first_alias;
    const auto index = static_cast<int>(into.events.size());
    into.events.push_back(event);
    into.body.add_name(name, index);
    for (std::uint32_t i = event.first_alias; i < into.aliases.size() && !in.at.failed(); ++i) {
      const std::string_view alias = into.aliases[i];
      if (into.body.find(alias) >= 0) in.at.fail({"\"", alias, twice});
      into.body.add_name(alias, index);
    }
  }
}

std::span<const std::uint32_t> read_numbers(loader& in, std::uint32_t most, list<std::uint32_t>& into) {
  read_list(in, [&] { into.push_back(read_number(in, most)); });
  return {into.begin(), into.size()};
}

constexpr keyword retry_keywords[] = {
    {"delays", [](loader& in) {
       in.into.delivery.delays = read_numbers(in, thirty_days, in.into.delays);
     }},
    {"jitter_percent", 100, offsetof(settings, delivery.jitter_percent)},
    {"retry_after_cap", thirty_days, offsetof(settings, delivery.retry_after_cap)},
};

constexpr keyword final_keywords[] = {
    {"client_errors", form::flag, offsetof(settings, delivery.final_client_errors)},
    {"timeouts", form::flag, offsetof(settings, delivery.final_timeouts)},
    {"statuses", [](loader& in) {
       in.into.delivery.final_statuses = read_numbers(in, 599, in.into.final_statuses);
     }},
};

constexpr keyword rate_keywords[] = {
    {"limit", 100000, offsetof(rate_window, limit)},
    {"seconds", 86400, offsetof(rate_window, milliseconds)},
};

constexpr keyword delivery_keywords[] = {
    {"headers", [](loader& in) {
       std::string_view name;
       in.at.enter_object();
       while (in.at.member(name)) {
         auto& header = in.into.headers.push_back({name, {}});
         read_pieces(in, "id timestamp type delivery signature", header.value);
       }
     }},
    {"envelope", form::compact, offsetof(settings, envelope)},
    {"ids"},
    {"calls"},
    {"retry", retry_keywords},
    {"timeout", thirty_days, offsetof(settings, delivery.timeout)},
    {"final", final_keywords},
    {"rate", [](loader& in) {
       list<rate_window>& windows = in.into.rate;
       read_list(in, [&] {
         rate_window& window = windows.push_back({0, 0});
         read_members(in, rate_keywords, &window);
         window.milliseconds *= 1000;
       });
       in.into.delivery.rate = {windows.begin(), windows.size()};
     }},
    {"grace", thirty_days, offsetof(settings, delivery.grace)},
    {"unsigned", form::flag, offsetof(settings, delivery.may_be_unsigned)},
};

constexpr keyword answer_keywords[] = {
    {"header", form::header, offsetof(settings, challenge.header)},
    {"pointer", form::pointer, offsetof(settings, challenge.pointer)},
    {"query", form::text, offsetof(settings, challenge.query)},
    {"body", form::compact, offsetof(settings, answer_body)},
    {"content_type", form::text, offsetof(settings, answer_type)},
    {"echo", form::text, offsetof(settings, answer_header)},
    {"visit", [](loader& in) { read_urls(in, in.into.visit_urls); }},
};

constexpr keyword handshake_keywords[] = {
    {"method", form::word, offsetof(settings, handshake_by_get), "POST GET"},
    {"signed", form::flag, offsetof(settings, handshake_signed)},
    {"secret", form::flag, offsetof(settings, handshake_gives_secret)},
    {"when", [](loader& in) { read_conditions(in, in.into.handshake); }},
    {"answer", answer_keywords},
};

constexpr keyword answers_keywords[] = {{"accepted"}, {"refused"}};

constexpr keyword file_keywords[] = {
    {"$schema"},  // for editors
    {"name", form::text, offsetof(settings, name)},
    {"title", form::text, offsetof(settings, title)},
    {"documents", [](loader& in) {
       read_list(in, [&] { in.has_documents = !read_text(in).empty(); });
     }},
    {"notes"},
    {"signature", read_signature},
    {"requires", [](loader& in) { read_conditions(in, in.into.demands); }},
    {"secret", secret_keywords, offsetof(settings, has_secret)},
    {"key", key_keywords},
    {"timestamp", timestamp_keywords, offsetof(settings, has_timestamp)},
    {"event", event_keywords},
    {"body", [](loader& in) { in.body = in.at.skip(); }},
    {"events", read_events},
    {"$defs", [](loader& in) { in.defs = in.at.skip(); }},
    {"delivery", delivery_keywords},
    {"handshake", handshake_keywords, offsetof(settings, has_handshake)},
    {"answers", answers_keywords},
};

}  // namespace

result<dialect, std::string> dialect::load(std::string_view json, std::string_view file) {
  auto made = std::make_unique<plan>();
  made->source.append(json);
  loader in{json_cursor(made->source), *made};
  read_members(in, file_keywords, static_cast<settings*>(made.get()));
  in.at.finish();
  made->decoded = in.at.keep();
  complaint wrong{{}, in.at.error()};
  if (wrong.sentence.empty()) wrong.sentence = check_plan(*made, in.has_documents);
  if (wrong.sentence.empty()) wrong = compile_body(*made, in.defs, in.body);
  if (!wrong.sentence.empty()) return join({file, ": ", wrong.at, wrong.sentence});
  return dialect(made.release());
}

}  // namespace waxseal
