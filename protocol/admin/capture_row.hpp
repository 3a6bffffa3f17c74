// A capture, as the API shows it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fedhub::admin {

enum class capture_state : uint8_t {
  running,
  ended,     ///< its time was over, an operator ended it, or the hub stopped.
  full,      ///< its file has reached `capture.mebibytes`.
  disk_full, ///< the disk had no room for more.
  failed,    ///< its file could not be written.
};

/// Returns the contract's word.
std::string_view to_string(capture_state state);

/// What a capture shows. One of the first three has a value.
struct capture_selection {
  std::string domain = {};
  std::string node = {}; ///< its name.
  uint64_t stream = 0;
  bool bodies = false; ///< stanzas are shown as they are.

  /// Returns "domain partner.example", "node muc", "stream 7".
  std::string str() const;
};

/// One row of `GET captures`.
struct capture_row {
  uint64_t id = 0;
  capture_state state = capture_state::running;
  std::chrono::system_clock::time_point started = {};
  double seconds = 0; ///< for which it has run.
  uint64_t bytes = 0; ///< of its file.
  uint64_t packets = 0;
  uint64_t dropped = 0; ///< elements that are missing, since the disk was too slow.
  capture_selection selection = {};
  std::string detail = {}; ///< why it ended.
};

/// @name Each returns a JSON object.
/// @{
std::string json_of(const capture_row& row);
std::string json_of(const std::vector<capture_row>& rows); ///< `{"items": [...], "total": n}`.
/// @}

/// Returns the id, start and selection as JSON, for the comment of the file.
std::string note_of(const capture_row& row);
/// Reads such a note. @returns nothing if it is none.
std::optional<capture_row> read_capture_note(std::string_view note);

} // namespace fedhub::admin
