// waxseal sample: an example body of a dialect's event.
#include <unistd.h>

#include "command.hpp"
#include "draft.hpp"
#include "input.hpp"

namespace waxseal::command {
namespace {

using times = option_spec::times;

constexpr long long sample_time = 1767225600;  // 2026-01-01T00:00:00Z

constexpr option_spec options_table[] = {
    {"dialect", "NAME|FILE", times::once, "the system whose webhook is made"},
    {"event", "TYPE", times::at_most_once, "which event; left out: the dialect's first"},
    {"id", "ID", times::at_most_once, "the event's id; left out: the same on every run"},
    {"timestamp", "UNIX", times::at_most_once, "when it happened; left out: 2026-01-01T00:00:00Z"},
    {"fresh", nullptr, times::at_most_once, "a new id and the time of now, for what is left out"},
};

result<int, failure> run(const arguments& given) {
  const auto from = read_dialect(given.one("dialect"));
  if (!from) return from.error();
  const bool fresh = given.has("fresh");
  const auto timestamp = read_integer(given, "timestamp", fresh ? clock_now() : sample_time);
  if (!timestamp) return timestamp.error();
  id_maker ids(fresh);
  const auto made = make_draft(
      *from, {std::string(given.one("event")), std::string(given.one("id")), *timestamp}, ids);
  if (!made) return made.error();
  print(made->body);
  if (isatty(STDOUT_FILENO)) print("\n");
  return static_cast<int>(verified);
}

}  // namespace

const command sample_command = {
    "sample",
    "print an example body of an event",
    "",
    0,
    options_table,
    "The same command prints the same bytes on every run, unless --fresh is given.\n"
    "No line end follows the body, but on a terminal.\n",
    nullptr,
    run};

}  // namespace waxseal::command
