// waxseal.wasm reads the signatures that most providers make, a prefix, the body and a suffix under one
// header, and JSON bodies of one event: this stands where parts.cpp, sign_parts.cpp, scan_items.cpp and
// forms.cpp would be linked, and so keeps them out. A dialect that needs more is refused when its verifier is opened.
#include "state.hpp"

namespace waxseal {

const bool verifier::state::judges_parts = false;

status verifier::state::judge_parts() { return status::internal; }

bool verifier::state::may_visit(std::string_view) { return false; }

std::string verifier::state::sign_parts(const message&, std::string_view, signing, outgoing_headers&) { return {}; }

bool scanner::run_items(byte_ptr) { return true; }

std::string_view verifier::state::text_to_scan() { return body; }

std::string_view verifier::form() const noexcept { return {}; }

}  // namespace waxseal
