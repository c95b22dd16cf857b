// A dialect: how one system signs, shapes and delivers its webhooks, as data.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "waxseal/delivery.hpp"
#include "waxseal/status.hpp"

namespace waxseal {

struct plan;  // the compiled dialect, core/src/plan.hpp

/// One event of a dialect, as its file describes it. All texts view into the dialect's source.
struct event_type {
  std::string name;
  std::string title;
  std::string description;
  std::vector<std::string> aliases;
  bool documented = true;    ///< false: seen on the wire, in no document
  std::string_view schema;   ///< JSON text of the data's JSON Schema; empty if the file states none
  std::string_view example;  ///< JSON text of an example of the data; empty if the file states none
};

/// A loaded dialect. Cheap to copy; immutable; every verifier made from it keeps it alive.
class dialect {
 public:
  /// Reads a dialect from the text of its file.
  ///
  /// @param file  what the error message calls the text, such as its path.
  /// @return the dialect, or a sentence that names file, JSON Pointer, what stands there and what
  ///         is allowed. An unknown keyword is such an error, never ignored.
  static result<dialect, std::string> load(std::string_view json, std::string_view file);

  /// Reads a dialect from its image, at a tenth of what `load` takes.
  ///
  /// @return the dialect, whose events hold only their names, or a sentence: the bytes are no image,
  ///         are damaged, or were written by a version with another format.
  static result<dialect, std::string> open_image(std::string_view image);
  /// The compiled dialect as bytes, the same on every machine; what waxseal.wasm opens.
  std::string image() const;

  std::string_view name() const noexcept;
  std::string_view title() const noexcept;
  /// The whole text that was loaded, or the image.
  std::string_view source() const noexcept;
  std::span<const event_type> events() const noexcept;
  /// How this system delivers: retry delays, rate windows, time-outs.
  const delivery_policy& delivery() const noexcept;
  const plan& compiled() const noexcept { return *plan_; }

  dialect(const dialect& other) noexcept;
  dialect& operator=(const dialect& other) noexcept;
  ~dialect();

 private:
  explicit dialect(plan* made) noexcept : plan_(made) {}
  plan* plan_;  ///< counts its owners
};

/// The JSON texts of the dialects that the library carries, by name, sorted.
struct embedded_dialect {
  std::string_view name;
  std::string_view json;
};
std::span<const embedded_dialect> embedded_dialects() noexcept;

/// The embedded dialect called `name`, or a sentence that lists the names there are.
result<dialect, std::string> find_dialect(std::string_view name);

}  // namespace waxseal
