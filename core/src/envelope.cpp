// An event's envelope: `delivery.envelope` of the dialect, its placeholders filled.
#include "waxseal/envelope.hpp"

#include "encoding.hpp"
#include "plan.hpp"
#include "sentence.hpp"

namespace waxseal {
namespace {

/// The placeholders, which stand in the compact JSON as whole texts.
constexpr std::string_view names[] = {"\"{id}\"", "\"{type}\"", "\"{timestamp}\"", "\"{date-time}\"", "\"{endpoint}\"", "\"{data}\""};
constexpr unsigned count = sizeof names / sizeof *names;

/// Which placeholder `rest` begins with, `count` for none. A member's name is none.
unsigned placeholder(std::string_view rest) noexcept {
  unsigned which = 0;
  while (which < count && !rest.starts_with(names[which])) ++which;
  return which < count && rest.substr(names[which].size()).starts_with(':') ? count : which;
}

/// Appends what the placeholder `which` stands for, as JSON.
void append_value(unsigned which, const plan& plan, const outgoing_event& what, std::string& body) {
  const std::int64_t seconds = what.at / 1000;
  std::string text;
  switch (which) {
    case 2: body.append(decimal_text(static_cast<std::uint64_t>(plan.timestamp_unit == settings::unit::milliseconds ? what.at : seconds))); return;
    case 3: text.append(write_date_time(seconds)); break;
    case 5: body.append(what.data); return;
    default: append_json_text(which == 0 ? what.id : which == 1 ? what.type : what.endpoint, text);
  }
  if (which == 1 && text.empty()) body.append("null", 4);
  else body.append("\"", 1).append(text).append("\"", 1);
}

}  // namespace

void wrap(const dialect& in, const outgoing_event& what, std::string& body) {
  const plan& plan = in.compiled();
  const int event = plan.body.find(what.type);
  const bool bare = event >= 0 && !plan.body.events[static_cast<unsigned>(event)].recognised_by.empty();
  std::string_view rest = bare ? std::string_view() : plan.envelope;
  body.clear();
  if (rest.empty()) body.append(what.data);
  for (bool escaped = false; !rest.empty();) {  // a quote behind a backslash opens no text
    const unsigned which = escaped ? count : placeholder(rest);
    escaped = !escaped && rest[0] == '\\';
    if (which < count) append_value(which, plan, what, body);
    else body.append(rest.data(), 1);
    rest.remove_prefix(which < count ? names[which].size() : 1);
  }
}

}  // namespace waxseal
