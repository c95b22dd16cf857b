// Reads a dialect file into a plan. Every object of the language is a table of keywords, so that
// what is allowed stands in one place and an unknown keyword can say it. docs/dialects.md is the
// reference for the reader.
#include <algorithm>

#include "compile.hpp"
#include "json.hpp"
#include "plan.hpp"

namespace waxseal {
namespace {

/// A dialect while it is read. Schemas are compiled when all of the file is known.
struct loader {
  plan& into;
  std::string_view defs{};
  std::string_view body{};
  std::vector<std::string> event_pointers{};
  bool has_documents = false;
  bool has_scheme = false;
  std::int64_t number = 0;
};

struct keyword {
  std::string_view name;
  void (*read)(json_cursor& at, loader& in);
};

/// Reads an object whose members are `keywords` and nothing else.
bool read_object(json_cursor& at, loader& in, std::span<const keyword> keywords) {
  if (!at.enter_object()) return false;
  std::string key;
  while (at.member(key)) {
    const auto found = std::find_if(keywords.begin(), keywords.end(),
                                    [&](const keyword& each) { return each.name == key; });
    if (found == keywords.end()) {
      std::string sentence = "unknown keyword; allowed here:";
      for (const auto& each : keywords) sentence.append(" ").append(each.name);
      return at.fail(sentence);
    }
    found->read(at, in);
    if (at.failed()) return false;
  }
  return !at.failed();
}

template <class Read>
bool read_list(json_cursor& at, Read read) {
  if (!at.enter_array()) return false;
  while (at.element()) read();
  return !at.failed();
}

bool read_bounded(json_cursor& at, std::int64_t most, std::int64_t& value) {
  if (!at.read_integer(value)) return false;
  if (value < 0 || value > most) {
    return at.fail("a number from 0 to " + decimal_text(static_cast<std::uint64_t>(most)) + " is wanted");
  }
  return true;
}

bool read_seconds(json_cursor& at, std::uint32_t& into) {
  constexpr std::int64_t thirty_days = 30 * 86400;
  std::int64_t value = 0;
  if (!read_bounded(at, thirty_days, value)) return false;
  into = static_cast<std::uint32_t>(value);
  return true;
}

/// Reads one of `words` (separated by spaces); `index` is its position.
bool read_word(json_cursor& at, std::string_view words, unsigned& index) {
  std::string word;
  if (!at.read_string(word)) return false;
  index = 0;
  for (std::string_view rest = words; !rest.empty(); ++index) {
    const auto end = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, end) == word) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return at.fail("\"" + word + "\" is not one of: " + std::string(words));
}

bool read_text(json_cursor& at, std::string& into) {
  if (!at.read_string(into)) return false;
  return !into.empty() || at.fail("an empty text says nothing");
}

bool is_kebab(std::string_view name) {
  for (const char c : name) {
    if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-') return false;
  }
  return !name.empty() && name.front() != '-' && name.back() != '-';
}

/// The index of a header in `plan::wanted`, added when it is new; `absent` after a failure.
int want(json_cursor& at, plan& into, std::string name) {
  for (auto& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    if (!is_kebab({&c, 1}) && c != '-' && c != '_') {
      at.fail("\"" + name + "\" is no header name");
      return absent;
    }
  }
  const auto found = std::find(into.wanted.begin(), into.wanted.end(), name);
  if (found != into.wanted.end()) return static_cast<int>(found - into.wanted.begin());
  if (into.wanted.size() == max_wanted) {
    at.fail("more than " + decimal_text(max_wanted) + " headers are read");
    return absent;
  }
  into.wanted.push_back(std::move(name));
  return static_cast<int>(into.wanted.size()) - 1;
}

bool read_header_name(json_cursor& at, loader& in, int& into) {
  std::string name;
  if (!read_text(at, name)) return false;
  into = want(at, in.into, std::move(name));
  return into != absent;
}

bool read_pointer(json_cursor& at, std::string& into) {
  if (!at.read_string(into)) return false;
  return into.empty() || into[0] == '/' ||
         at.fail("a JSON Pointer is empty or begins with /");
}

/// Reads `{ "header", "pointer" }`, the form of every place.
bool read_place(json_cursor& at, loader& in, place& into) {
  if (!at.enter_object()) return false;
  std::string key;
  while (at.member(key)) {
    if (key == "header") {
      read_header_name(at, in, into.header);
    } else if (key == "pointer") {
      read_pointer(at, into.pointer.emplace());
    } else {
      at.fail("unknown keyword; allowed here: header pointer");
    }
  }
  if (!at.failed() && into.header == absent && !into.pointer) {
    at.fail("a place needs a header, a pointer or both");
  }
  return !at.failed();
}

bool read_template(json_cursor& at, std::string_view allowed, text_template& into) {
  std::string text;
  if (!at.read_string(text)) return false;
  const std::string problem = parse_template(text, allowed, into);
  return problem.empty() || at.fail(problem);
}

/// Reads `before{NAME}after`.
bool read_form(json_cursor& at, std::string_view name, entry_form& into) {
  std::string text;
  if (!at.read_string(text)) return false;
  const std::string hole = "{" + std::string(name) + "}";
  const auto start = text.find(hole);
  if (start == text.npos || text.find('{') != start || text.find('{', start + 1) != text.npos) {
    return at.fail("one " + hole + " and literal text are wanted");
  }
  into = {text.substr(0, start), text.substr(start + hole.size())};
  return true;
}

constexpr std::string_view encodings = "hex base64 base64url";
constexpr std::string_view outgoing = "id timestamp type delivery signature";

const keyword list_keywords[] = {
    {"separator", [](json_cursor& at, loader& in) {
       std::string text;
       if (!at.read_string(text)) return;
       if (text.size() != 1) return void(at.fail("separator is one character"));
       in.into.separator = text[0];
     }},
    {"fields", [](json_cursor& at, loader& in) {
       read_list(at, [&] {
         read_form(at, "timestamp", in.into.timestamp_fields.emplace_back());
       });
       if (in.into.timestamp_fields.size() > 1) at.fail("at most one field is read");
     }},
    {"others", [](json_cursor& at, loader& in) {
       unsigned index = 0;
       if (read_word(at, "refuse ignore", index)) in.into.ignore_others = index == 1;
     }},
};

const keyword signature_keywords[] = {
    {"scheme", [](json_cursor& at, loader& in) {
       unsigned index = 0;
       constexpr std::string_view schemes =
           "hmac-sha1 hmac-sha256 hmac-sha384 hmac-sha512 static-token";
       if (!read_word(at, schemes, index)) return;
       in.into.static_token = index == 4;
       if (index < 4) in.into.digest = static_cast<algorithm>(index);
       in.has_scheme = true;
     }},
    {"header", [](json_cursor& at, loader& in) {
       read_header_name(at, in, in.into.signature_header);
     }},
    {"value", [](json_cursor& at, loader& in) { read_form(at, "sig", in.into.signature); }},
    {"list", [](json_cursor& at, loader& in) {
       in.into.list = true;
       read_object(at, in, list_keywords);
     }},
    {"encoding", [](json_cursor& at, loader& in) {
       unsigned index = 0;
       if (read_word(at, encodings, index)) in.into.encoding = static_cast<encoding>(index);
     }},
    {"signed", [](json_cursor& at, loader& in) {
       read_template(at, "id timestamp body url method header", in.into.signed_string);
     }},
};

const keyword secret_keywords[] = {
    {"prefix", [](json_cursor& at, loader& in) { read_text(at, in.into.secret_prefix); }},
    {"decode", [](json_cursor& at, loader& in) {
       unsigned index = 0;
       if (!read_word(at, "utf8 base64 hex", index)) return;
       if (index == 1) in.into.secret_encoding = encoding::base64;
       if (index == 2) in.into.secret_encoding = encoding::hex;
     }},
    {"min_bytes", [](json_cursor& at, loader& in) {
       if (!read_bounded(at, 1024, in.number)) return;
       in.into.secret_min_bytes = std::max<std::size_t>(1, static_cast<std::size_t>(in.number));
     }},
};

const keyword tolerance_keywords[] = {
    {"past", [](json_cursor& at, loader& in) { read_bounded(at, 30 * 86400, in.into.past); }},
    {"future", [](json_cursor& at, loader& in) { read_bounded(at, 30 * 86400, in.into.future); }},
};

const keyword timestamp_keywords[] = {
    {"header", [](json_cursor& at, loader& in) {
       read_header_name(at, in, in.into.timestamp.header);
     }},
    {"pointer", [](json_cursor& at, loader& in) {
       read_pointer(at, in.into.timestamp.pointer.emplace());
     }},
    {"signature", [](json_cursor& at, loader& in) {
       at.read_boolean(in.into.timestamp_in_signature);
     }},
    {"unit", [](json_cursor& at, loader& in) {
       unsigned index = 0;
       if (read_word(at, "seconds milliseconds date-time", index)) {
         in.into.timestamp_unit = static_cast<plan::unit>(index);
       }
     }},
    {"tolerance", [](json_cursor& at, loader& in) {
       in.into.has_tolerance = true;
       read_object(at, in, tolerance_keywords);
     }},
};

const keyword event_keywords[] = {
    {"id", [](json_cursor& at, loader& in) { read_place(at, in, in.into.id); }},
    {"type", [](json_cursor& at, loader& in) { read_place(at, in, in.into.type); }},
    {"version", [](json_cursor& at, loader& in) { read_place(at, in, in.into.version); }},
    {"data", [](json_cursor& at, loader& in) { read_pointer(at, in.into.data_pointer); }},
    {"dedupe", [](json_cursor& at, loader& in) {
       in.into.dedupe_is_id = false;
       if (at.peek() == json_kind::null) return void(at.skip());
       read_place(at, in, in.into.dedupe.emplace());
     }},
};

event_type& last_event(loader& in) { return in.into.events.back(); }

const keyword event_type_keywords[] = {
    {"title", [](json_cursor& at, loader& in) { at.read_string(last_event(in).title); }},
    {"description", [](json_cursor& at, loader& in) { at.read_string(last_event(in).description); }},
    {"documented", [](json_cursor& at, loader& in) { at.read_boolean(last_event(in).documented); }},
    {"aliases", [](json_cursor& at, loader& in) {
       read_list(at, [&] { read_text(at, last_event(in).aliases.emplace_back()); });
     }},
    {"schema", [](json_cursor& at, loader& in) {
       in.event_pointers.back() = at.pointer();
       last_event(in).schema = at.skip();
     }},
    {"example", [](json_cursor& at, loader& in) { last_event(in).example = at.skip(); }},
    {"recognised_by", [](json_cursor& at, loader& in) {
       read_text(at, in.into.body.events.back().recognised_by);
     }},
};

void read_events(json_cursor& at, loader& in) {
  if (!at.enter_object()) return;
  std::string name;
  while (at.member(name)) {
    if (in.into.body.find(name) >= 0) return void(at.fail("this name stands for another event"));
    in.into.events.emplace_back().name = name;
    in.into.body.events.emplace_back();
    in.event_pointers.emplace_back();
    if (!read_object(at, in, event_type_keywords)) return;
    const int index = static_cast<int>(in.into.events.size()) - 1;
    in.into.body.add_name(name, index);
    for (const auto& alias : last_event(in).aliases) {
      if (in.into.body.find(alias) >= 0) return void(at.fail("\"" + alias + "\" is named twice"));
      in.into.body.add_name(alias, index);
    }
  }
}

const keyword retry_keywords[] = {
    {"delays", [](json_cursor& at, loader& in) {
       read_list(at, [&] { read_seconds(at, in.into.delivery.delays.emplace_back()); });
     }},
    {"jitter_percent", [](json_cursor& at, loader& in) {
       if (!read_bounded(at, 100, in.number)) return;
       in.into.delivery.jitter_percent = static_cast<std::uint32_t>(in.number);
     }},
    {"retry_after_cap", [](json_cursor& at, loader& in) {
       read_seconds(at, in.into.delivery.retry_after_cap);
     }},
};

const keyword final_keywords[] = {
    {"client_errors", [](json_cursor& at, loader& in) {
       at.read_boolean(in.into.delivery.final_client_errors);
     }},
    {"timeouts", [](json_cursor& at, loader& in) {
       at.read_boolean(in.into.delivery.final_timeouts);
     }},
    {"statuses", [](json_cursor& at, loader& in) {
       read_list(at, [&] {
         if (!read_bounded(at, 599, in.number)) return;
         in.into.delivery.final_statuses.push_back(static_cast<std::uint16_t>(in.number));
       });
     }},
};

const keyword rate_keywords[] = {
    {"limit", [](json_cursor& at, loader& in) {
       if (!read_bounded(at, 100000, in.number)) return;
       in.into.delivery.rate.back().limit = static_cast<std::uint32_t>(in.number);
     }},
    {"seconds", [](json_cursor& at, loader& in) {
       if (!read_bounded(at, 86400, in.number)) return;
       in.into.delivery.rate.back().milliseconds = static_cast<std::uint32_t>(in.number) * 1000;
     }},
};

void read_headers(json_cursor& at, loader& in) {
  if (!at.enter_object()) return;
  std::string name;
  while (at.member(name)) {
    auto& header = in.into.headers.emplace_back();
    header.name = name;
    read_template(at, outgoing, header.value);
  }
}

void read_skipped(json_cursor& at, loader&) { at.skip(); }

const keyword delivery_keywords[] = {
    {"headers", read_headers},
    {"envelope", read_skipped},  // the command line's and the relay's, from the source
    {"ids", read_skipped},
    {"retry", [](json_cursor& at, loader& in) { read_object(at, in, retry_keywords); }},
    {"timeout", [](json_cursor& at, loader& in) { read_seconds(at, in.into.delivery.timeout); }},
    {"final", [](json_cursor& at, loader& in) { read_object(at, in, final_keywords); }},
    {"rate", [](json_cursor& at, loader& in) {
       read_list(at, [&] {
         in.into.delivery.rate.push_back({0, 0});
         read_object(at, in, rate_keywords);
       });
     }},
    {"grace", [](json_cursor& at, loader& in) { read_seconds(at, in.into.delivery.grace); }},
    {"unsigned", [](json_cursor& at, loader& in) {
       at.read_boolean(in.into.delivery.may_be_unsigned);
     }},
};

const keyword when_keywords[] = {
    {"pointer", [](json_cursor& at, loader& in) { read_pointer(at, in.into.handshake.pointer.emplace()); }},
    {"equals", [](json_cursor& at, loader& in) { read_text(at, in.into.handshake_equals); }},
};

const keyword answer_keywords[] = {
    {"pointer", [](json_cursor& at, loader& in) { read_pointer(at, in.into.challenge.pointer.emplace()); }},
    {"content_type", read_skipped},
};

const keyword handshake_keywords[] = {
    {"when", [](json_cursor& at, loader& in) { read_object(at, in, when_keywords); }},
    {"answer", [](json_cursor& at, loader& in) { read_object(at, in, answer_keywords); }},
};

const keyword answers_keywords[] = {{"accepted", read_skipped}, {"refused", read_skipped}};

const keyword file_keywords[] = {
    {"name", [](json_cursor& at, loader& in) {
       if (!read_text(at, in.into.name)) return;
       if (!is_kebab(in.into.name)) at.fail("a name is in kebab-case, such as \"my-system\"");
     }},
    {"title", [](json_cursor& at, loader& in) { read_text(at, in.into.title); }},
    {"documents", [](json_cursor& at, loader& in) {
       std::string address;
       read_list(at, [&] { in.has_documents = read_text(at, address); });
     }},
    {"notes", read_skipped},
    {"signature", [](json_cursor& at, loader& in) { read_object(at, in, signature_keywords); }},
    {"secret", [](json_cursor& at, loader& in) { read_object(at, in, secret_keywords); }},
    {"timestamp", [](json_cursor& at, loader& in) {
       in.into.has_timestamp = true;
       read_object(at, in, timestamp_keywords);
     }},
    {"event", [](json_cursor& at, loader& in) { read_object(at, in, event_keywords); }},
    {"body", [](json_cursor& at, loader& in) { in.body = at.skip(); }},
    {"events", read_events},
    {"$defs", [](json_cursor& at, loader& in) { in.defs = at.skip(); }},
    {"delivery", [](json_cursor& at, loader& in) { read_object(at, in, delivery_keywords); }},
    {"handshake", [](json_cursor& at, loader& in) {
       in.into.has_handshake = true;
       read_object(at, in, handshake_keywords);
     }},
    {"answers", [](json_cursor& at, loader& in) { read_object(at, in, answers_keywords); }},
};

}  // namespace

result<dialect, std::string> dialect::load(std::string_view json, std::string_view file) {
  const auto made = std::make_shared<plan>();
  made->source = json;
  loader in{*made};
  json_cursor at(made->source);
  std::string problem;
  if (read_object(at, in, file_keywords) && at.finish()) {
    if (made->name.empty()) problem = "/name: is missing";
    else if (made->title.empty()) problem = "/title: is missing";
    else if (!in.has_documents) problem = "/documents: name at least one address of the documents";
    else if (!in.has_scheme) problem = "/signature/scheme: is missing";
    if (problem.empty()) problem = check_plan(*made);
    if (problem.empty()) problem = compile_body(*made, in.defs, in.body, in.event_pointers);
  } else {
    problem = at.error();
  }
  if (!problem.empty()) return std::string(file) + ": " + problem;
  return dialect(std::shared_ptr<const plan>(made));
}

}  // namespace waxseal
