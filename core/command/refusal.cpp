// The codes of the core's table in plain words.
#include "refusal.hpp"

namespace waxseal::command {
namespace {

constexpr std::string_view sentences[] = {
    "The webhook is authentic.",
    "No header carries a signature.",
    "No signature is right for this body and these secrets.",
    "The webhook says no time, and this dialect asks for one.",
    "The time that the webhook says is not written as this dialect writes times.",
    "The webhook is older than the tolerance allows.",
    "The webhook comes from further in the future than the tolerance allows.",
    "The webhook has no id, and this dialect signs one.",
    "The id holds characters, or is of a length, that a signed id may not have.",
    "A header that must stand once stands more than once.",
    "A header says something else than the signed body.",
    "The signature header holds more signatures than are looked at.",
    "The body is longer than the limit.",
    "A value is not encoded as this dialect encodes it.",
    "The body is not UTF-8.",
    "The body is not JSON.",
    "The body is nested more than 64 levels deep.",
    "An object of the body holds the same key twice.",
    "The webhook is authentic, but its body breaks the event's schema.",
    "The key that signed is not to be had.",
    "Waxseal made a mistake; please report it.",
};
static_assert(sizeof sentences / sizeof *sentences == status_count);

}  // namespace

std::string_view sentence(status code) { return sentences[static_cast<unsigned>(code)]; }

}  // namespace waxseal::command
