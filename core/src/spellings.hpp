// Other spellings of what a signature was made with: the secret, the body, the address. `explain`
// tries them, and names a cause by what lies between the one that verifies and the one that came.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "causes.hpp"
#include "list.hpp"
#include "respell.hpp"
#include "work.hpp"
#include "waxseal/dialect.hpp"
#include "waxseal/verifier.hpp"

namespace waxseal {

/// One other spelling, and what happened to it if it is the right one.
struct spelling {
  cause what;
  std::string text;
  std::string detail = {};  ///< what the cause's sentence names
};
using spellings = std::vector<spelling>;

/// Spellings of `secret` that a provider may have meant; likeliest first.
/// @param prefixes  that secrets of any known dialect have
spellings spell_secret(const dialect& from, std::string_view secret,
                       const list<std::string_view>& prefixes);
/// `key` as this dialect writes a secret.
std::string write_secret(const dialect& from, std::string_view key);
/// A key for looking at the form of a request alone.
inline constexpr std::string_view nobodys_key = "nobody's key, thirty-two bytes :";
/// What else a secret of this shape is (`a public key`); empty where it is like a signing secret.
std::string_view kind_of_secret(const dialect& from, std::string_view secret);

/// Spellings of the address, by the scheme, host and path that the request's headers know.
spellings spell_address(const request& what);

/// The orders in which the dialect's examples hold their keys, those of the event in `body` first.
void learn_orders(const dialect& from, std::string_view body, key_orders& orders);
std::size_t learn_work(const dialect& from, std::string_view body);  ///< what that costs

/// Spellings of a body, made one by one: each is as large as the body.
class body_spellings {
 public:
  /// @param likely  only the likeliest, for trying together with something else
  /// @param from    whose examples tell the order of keys
  /// @param left    what may still be done: writing a spelling takes some of it
  body_spellings(std::string_view received, bool likely, const dialect& from, budget& left);

  /// Writes the next one that differs from what came; false when there is no other, or nothing left.
  bool next(std::string& into);
  /// What was done to the one last written to make it the body that came.
  void name(std::string_view original, list<cause>& causes) const;

 private:
  bool start_json();
  bool write_unwrapped(std::string& into);
  bool write_anew(std::string& into);
  bool write_style(unsigned at, bool few, std::string& into);
  bool spend(std::size_t work);
  void take_next_wrapping_off();

  std::string_view received_;
  std::string unwrapped_;        ///< what JSON is respelled: the body, or one with one wrapping off
  bool likely_;
  const dialect& from_;
  budget& left_;
  key_orders orders_;            ///< of the dialect's examples
  int wrapping_ = -1;            ///< which one is off `unwrapped_`; -1: none
  bool learnt_ = false;          ///< `orders_`
  bool is_form_ = false;         ///< `unwrapped_`
  unsigned second_ = 0;          ///< behind the one that is off beside `wrapping_`; 0: none is
  bool json_ = false;            ///< whether the one last written is more than one wrapping off
  unsigned at_ = 0;              ///< of the step's spellings, the next one
  enum class step { wrappings, json, both, end } step_ = step::wrappings;
};

}  // namespace waxseal
