// The closed table of causes: code, sentence, what to do, the line of code where a framework did it.
#include "causes.hpp"

#include <array>

#include "waxseal/explain.hpp"

namespace waxseal {
namespace {

constexpr std::string_view raw_body = "Give the body's raw bytes, as they came, before anything parses them.";
constexpr std::string_view raw_text = "Read the body as bytes; do not decode, trim or rewrite it first.";
constexpr std::string_view keep_names = "Hand on the headers under the names they came with.";
constexpr std::string_view give_secret = "Copy the secret again, alone, just as the provider shows it.";
constexpr std::string_view give_url = "Give the address as the provider calls it, not as the server sees it behind its proxy.";
constexpr std::string_view keep_signature = "Hand on the signature header as it came.";
constexpr std::string_view set_clock = "Set the clock of this machine by NTP.";

constexpr std::string_view express = "app.post('/webhook', express.raw({ type: '*/*' }), handler)";
constexpr std::string_view python = "body = request.get_data()  # Flask; Django: request.body; FastAPI: await request.body()";
constexpr std::string_view php = "$body = file_get_contents('php://input');";
constexpr std::string_view golang = "body, err := io.ReadAll(r.Body)  // Go; Rails: request.raw_post";
constexpr std::string_view fetch = "const body = new Uint8Array(await request.arrayBuffer())";
constexpr std::string_view lambda = "const body = Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8')";
constexpr std::string_view trim = "const secret = process.env.WEBHOOK_SECRET.trim()";
constexpr std::string_view proxy = "app.set('trust proxy', true)  // Express, behind a proxy";
constexpr std::string_view nginx = "underscores_in_headers on;  # nginx";

struct row {
  cause which;
  std::string_view code, sentence, remedy, line = {};
};

#define WAXSEAL_CAUSE(id) cause::id, #id
constexpr row rows[] = {
    {WAXSEAL_CAUSE(header_missing), "The request has no header {}.",
     "Look whether a proxy, a gateway or a test tool drops it, and whether the webhook has a secret set."},
    {WAXSEAL_CAUSE(header_underscores), "Header {} came with underscores in its name.", keep_names, nginx},
    {WAXSEAL_CAUSE(header_cgi), "Header {} came under its CGI name, with HTTP_ before it.",
     "Turn HTTP_A_B back into a-b, or take the headers from the framework.", "$headers = getallheaders();"},
    {WAXSEAL_CAUSE(header_x_dropped), "Header {} came without its X-.", keep_names},
    {WAXSEAL_CAUSE(header_x_added), "Header {} came with an X- that does not belong to it.", keep_names},
    {WAXSEAL_CAUSE(header_remapped), "Header {} came under the name {}: a gateway renamed it.",
     "Rename it back before you verify, or let the gateway pass it."},
    {WAXSEAL_CAUSE(header_empty), "Header {} is empty.", "Look what empties it: a proxy's rule, a template of a test tool."},
    {WAXSEAL_CAUSE(header_duplicated), "Header {} came twice.", "Send it once: a proxy or a test tool adds it a second time."},
    {WAXSEAL_CAUSE(header_joined), "Header {} holds two values joined by a comma: it came twice.",
     "Send it once: a proxy or a test tool adds it a second time."},
    {WAXSEAL_CAUSE(header_whitespace), "Header {} has white space in or around its value.", keep_signature},
    {WAXSEAL_CAUSE(header_quoted), "Header {} has quotes around its value.", keep_signature},
    {WAXSEAL_CAUSE(header_of_other_dialect), "The request is signed in the manner of {}.",
     "Verify it with that dialect, or look whether this address belongs to another webhook."},
    {WAXSEAL_CAUSE(header_contradiction), "The webhook is authentic, but a header says another id or type than its signed body.",
     "Hand on the headers as they came; do not mix those of one request with the body of another."},
    {WAXSEAL_CAUSE(id_malformed), "The id holds characters, or is of a length, that a signed id may not have.",
     "Hand on the id header as it came."},
    {WAXSEAL_CAUSE(timestamp_missing), "The request says no time: {} is missing.", "Look whether a proxy or a test tool drops it."},
    {WAXSEAL_CAUSE(timestamp_milliseconds), "The time is in milliseconds, and this dialect writes seconds.",
     "Write Unix seconds.", "Math.floor(Date.now() / 1000)"},
    {WAXSEAL_CAUSE(timestamp_seconds), "The time is in seconds, and this dialect writes milliseconds.",
     "Write Unix milliseconds.", "Date.now()"},
    {WAXSEAL_CAUSE(timestamp_malformed), "The time is not written as this dialect writes times.", "Hand on the time as it came."},
    {WAXSEAL_CAUSE(clock_ahead), "The webhook's time lies {} before this clock; {} are allowed.",
     "Set the clock of this machine by NTP; if it is right, the webhook waited on its way: allow more age or let it be sent again."},
    {WAXSEAL_CAUSE(clock_behind), "The webhook's time lies {} after this clock; {} are allowed.", set_clock},
    {WAXSEAL_CAUSE(request_old), "The webhook was signed {} ago; {} are allowed.",
     "An old recording cannot pass: let the provider send it again, or set the time (--now) or the tolerance when you test."},
    {WAXSEAL_CAUSE(signature_uppercase), "The signature is in upper case.", keep_signature},
    {WAXSEAL_CAUSE(signature_not_hex), "The signature is in base64, and this dialect writes hex.", keep_signature, "hmac.digest('hex')"},
    {WAXSEAL_CAUSE(signature_not_base64), "The signature is in hex, and this dialect writes base64.", keep_signature, "hmac.digest('base64')"},
    {WAXSEAL_CAUSE(signature_base64url), "The signature is in another kind of base64 (URL alphabet or padding).", keep_signature},
    {WAXSEAL_CAUSE(signature_without_prefix), "The signature came without {} before it.", keep_signature},
    {WAXSEAL_CAUSE(signature_foreign_prefix), "The signature came with {} before it, which does not belong to it.", keep_signature},
    {WAXSEAL_CAUSE(signature_truncated), "The signature is cut off: it has {} characters where {} belong.",
     "Look what shortens it: a column, a log line, a copied text."},
    {WAXSEAL_CAUSE(signature_malformed), "Header {} is not written as this dialect writes signatures.", keep_signature},
    {WAXSEAL_CAUSE(signature_missing), "The body holds no signature where this dialect has it.",
     "Look whether the webhook has a secret set, and whether something wrote the body anew."},
    {WAXSEAL_CAUSE(too_many_signatures), "The signature header holds more than is looked at.", "Send one signature for each secret in use."},
    {WAXSEAL_CAUSE(secret_empty), "{} is empty.", "Set it: the variable may have another name, or not reach this process."},
    {WAXSEAL_CAUSE(secret_newline), "{} has a line end on it.", give_secret, trim},
    {WAXSEAL_CAUSE(secret_whitespace), "{} has white space on it.", give_secret, trim},
    {WAXSEAL_CAUSE(secret_quoted), "{} has quotes around it.", "Take the quotes off: not every reader of .env files does.", "WEBHOOK_SECRET=value"},
    {WAXSEAL_CAUSE(secret_without_prefix), "{} lacks its prefix.", give_secret},
    {WAXSEAL_CAUSE(secret_with_prefix), "{} has a prefix that the sender's key has not.", "Give it without the part up to the underscore."},
    {WAXSEAL_CAUSE(secret_is_base64), "{} is base64 that the sender decodes.", "Give the decoded bytes, or ask the sender to use the text as it stands."},
    {WAXSEAL_CAUSE(secret_is_hex), "{} is hex that the sender decodes.", "Give the decoded bytes, or ask the sender to use the text as it stands."},
    {WAXSEAL_CAUSE(secret_decoded_base64), "{} was decoded from base64 before it was given.", "Give the secret as the provider shows it, undecoded."},
    {WAXSEAL_CAUSE(secret_decoded_hex), "{} was decoded from hex before it was given.", "Give the secret as the provider shows it, undecoded."},
    {WAXSEAL_CAUSE(secret_as_text), "The sender uses the text of {} as the key, where this dialect decodes it.", "Give the sender's text encoded as this dialect wants it, or let the sender decode it."},
    {WAXSEAL_CAUSE(secret_base64url), "{} is in another kind of base64 (URL alphabet or padding).", "Write it with + and / and with its padding."},
    {WAXSEAL_CAUSE(secret_case), "{} has its letters in another case.", give_secret},
    {WAXSEAL_CAUSE(secret_percent_encoded), "{} is percent-encoded.", "Decode it: it was copied from a URL.", "decodeURIComponent(secret)"},
    {WAXSEAL_CAUSE(secret_other_kind), "{} looks like {}, not like this webhook's signing secret.", give_secret},
    {WAXSEAL_CAUSE(secret_unfit), "{} is none of this dialect: it {}.", give_secret},
    {WAXSEAL_CAUSE(secret_old), "It verifies, but by {}: the sender still signs with an older one.",
     "Keep the old secret until the provider has stopped using it."},
    {WAXSEAL_CAUSE(settings_unfit), "The settings beside the secret do not fit: {}.",
     "Give each value that was configured at the provider beside the secret, under the dialect's name for it."},
    {WAXSEAL_CAUSE(body_empty), "The body is empty: it was read before, or never came.", raw_body,
     "export const config = { api: { bodyParser: false } }  // Next.js pages; Express: express.raw"},
    {WAXSEAL_CAUSE(body_compact), "The body was parsed and written anew without its white space.", raw_body, express},
    {WAXSEAL_CAUSE(body_spaced), "The body was parsed and written anew with a space behind every , and :.", raw_body, python},
    {WAXSEAL_CAUSE(body_indented), "The body was parsed and written anew with indentation.", raw_body, express},
    {WAXSEAL_CAUSE(body_whitespace), "White space between the body's values was changed.", raw_body, express},
    {WAXSEAL_CAUSE(body_ascii_escaped), "The body was written anew with \\u escapes for what is not ASCII.", raw_body, python},
    {WAXSEAL_CAUSE(body_unescaped), "The body was written anew without its \\u escapes.", raw_body, express},
    {WAXSEAL_CAUSE(body_slashes_escaped), "The body was written anew with \\/ for every slash.", raw_body, php},
    {WAXSEAL_CAUSE(body_slashes_unescaped), "The body was written anew with / for every \\/.", raw_body, express},
    {WAXSEAL_CAUSE(body_html_escaped), "The body was written anew with escapes for <, > and &.", raw_body, golang},
    {WAXSEAL_CAUSE(body_html_unescaped), "The body was written anew without the escapes of <, > and &.", raw_body, express},
    {WAXSEAL_CAUSE(body_sorted), "The body was written anew with its keys sorted.", raw_body, golang},
    {WAXSEAL_CAUSE(body_reordered), "The body was written anew with its keys in another order.", raw_body, golang},
    {WAXSEAL_CAUSE(body_newline_added), "A line end was added to the body.", raw_text, "curl --data-binary @body.json"},
    {WAXSEAL_CAUSE(body_newline_removed), "The line end was taken off the body.", raw_text, "curl --data-binary @body.json"},
    {WAXSEAL_CAUSE(body_trimmed), "White space was added around the body.", raw_text, fetch},
    {WAXSEAL_CAUSE(body_crlf), "The body's line ends were changed from LF to CRLF.", raw_text, "* -text  # .gitattributes, for recorded bodies"},
    {WAXSEAL_CAUSE(body_lf), "The body's line ends were changed from CRLF to LF.", raw_text, "* -text  # .gitattributes, for recorded bodies"},
    {WAXSEAL_CAUSE(body_bom_added), "A byte order mark was put before the body.", raw_text, "Set-Content -Encoding utf8NoBOM  # PowerShell"},
    {WAXSEAL_CAUSE(body_bom_removed), "The byte order mark was taken off the body.", raw_text, fetch},
    {WAXSEAL_CAUSE(body_mojibake), "The body's UTF-8 was read as Latin-1 and written as UTF-8 once more.", raw_text, fetch},
    {WAXSEAL_CAUSE(body_latin1), "The body's UTF-8 was written as Latin-1.", raw_text, fetch},
    {WAXSEAL_CAUSE(body_replaced), "The body holds U+FFFD: bytes that are no UTF-8 were replaced, and are lost.", raw_text, fetch},
    {WAXSEAL_CAUSE(body_base64), "The body is still in base64.", "Decode it first.", lambda},
    {WAXSEAL_CAUSE(body_hex), "The body is still in hex.", "Decode it first.", "const body = Buffer.from(text, 'hex')"},
    {WAXSEAL_CAUSE(body_json_string), "The body is a JSON string that holds the webhook.", "Take the text out of the string, or give the bytes.",
     "fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => done(null, body))"},
    {WAXSEAL_CAUSE(body_python_bytes), "The body is Python's b'…', the printed form of the bytes.", "Give the bytes, not str(bytes).", python},
    {WAXSEAL_CAUSE(body_percent_encoded), "The body is percent-encoded as a whole.", raw_body, fetch},
    {WAXSEAL_CAUSE(body_chunked), "The body still holds the sizes of its HTTP chunks.", "Let an HTTP library read it."},
    {WAXSEAL_CAUSE(body_with_headers), "The body begins with the request's headers.", "Give what follows the first empty line."},
    {WAXSEAL_CAUSE(body_form_reencoded), "The form was parsed and written anew.", raw_body, "app.use(express.raw({ type: 'application/x-www-form-urlencoded' }))"},
    {WAXSEAL_CAUSE(body_form_as_json), "The form was parsed and written as JSON.", raw_body, "app.use(express.raw({ type: 'application/x-www-form-urlencoded' }))"},
    {WAXSEAL_CAUSE(body_object), "The body is the printed form of a parsed object.", raw_body, express},
    {WAXSEAL_CAUSE(body_compressed), "The body is still compressed (gzip).", "Decompress it: the signature is over what was compressed."},
    {WAXSEAL_CAUSE(body_decompressed), "A header says {}, but the body is not: it was decompressed on its way.",
     "If the provider signs the compressed bytes, switch decompression off.", "express.raw({ type: '*/*', inflate: false })"},
    {WAXSEAL_CAUSE(body_truncated), "The body is cut off.", "Raise the limit that cuts it, and read it to its end."},
    {WAXSEAL_CAUSE(body_length), "Content-Length says {} bytes, and the body has {}: it was changed on its way.", raw_body, express},
    {WAXSEAL_CAUSE(body_too_large), "The body is longer than the limit of {} bytes.", "Raise the limit, if such a body is to be expected."},
    {WAXSEAL_CAUSE(body_refused), "The webhook is authentic; its body is refused: {}.", "Verify with the schema reported, not enforced, or correct the sender."},
    {WAXSEAL_CAUSE(url_missing), "This dialect signs the address, and none was given.", "Give the address that the provider calls.", "--url https://example.com/webhook"},
    {WAXSEAL_CAUSE(url_scheme), "The address was signed with another scheme: {}.", give_url, proxy},
    {WAXSEAL_CAUSE(url_host), "The address was signed with another host: {}.", give_url, proxy},
    {WAXSEAL_CAUSE(url_port), "The address was signed {}.", give_url, proxy},
    {WAXSEAL_CAUSE(url_trailing_slash), "The address was signed {}.", "Register the address just as it is called, or rewrite it back."},
    {WAXSEAL_CAUSE(url_query_order), "The address was signed with its query in another order.", give_url, "req.originalUrl  // Express"},
    {WAXSEAL_CAUSE(url_query_missing), "The address was signed with a query that is missing here.", give_url, "req.originalUrl  // Express"},
    {WAXSEAL_CAUSE(url_query_added), "The address was signed without the query it has here.", give_url, "req.originalUrl  // Express"},
    {WAXSEAL_CAUSE(url_escapes), "The address was signed with other percent-escapes.", give_url, "req.originalUrl  // Express"},
    {WAXSEAL_CAUSE(method_differs), "The webhook was signed for method {}.", "Give the method it came with."},
    {WAXSEAL_CAUSE(dialect_other), "The secret is right, but {} signed this.", "Verify it with that dialect."},
};
#undef WAXSEAL_CAUSE

/// The rows without their positions, which must be those of `cause`.
constexpr auto table = [] {
  static_assert(sizeof rows / sizeof *rows == cause_count);
  std::array<cause_row, cause_count> made;
  for (unsigned i = 0; i < cause_count; ++i) {
    const row& each = rows[i];
    made[i] = {each.which == static_cast<cause>(i) ? each.code : "", each.sentence, each.remedy, each.line};
  }
  return made;
}();

constexpr bool in_order() {
  for (const cause_row& each : table) {
    if (each.code.empty()) return false;
  }
  return true;
}
static_assert(in_order());

}  // namespace

std::span<const cause_row> cause_rows() noexcept { return table; }

std::string_view name(certainty how) noexcept {
  constexpr std::string_view words[] = {"proved", "together", "seen", "possible"};
  return words[static_cast<unsigned>(how)];
}

}  // namespace waxseal
