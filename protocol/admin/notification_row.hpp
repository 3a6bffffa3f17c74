// One condition that needs a person, as the API shows it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace fedhub::admin {

/// One row of `GET notifications`. It is there as long as its condition holds.
struct notification_row {
  uint64_t id = 0;
  std::string_view kind;     ///< a static text, as in the metric `fedhub_notifications`.
  std::string_view severity; ///< "warning" or "error"; a static text.
  std::chrono::system_clock::time_point since;
  std::string text;            ///< what is wrong, in a sentence.
  std::string remedy;          ///< what to do, in the imperative.
  std::string acknowledged_by; ///< empty: nobody has acknowledged it.
};

} // namespace fedhub::admin
