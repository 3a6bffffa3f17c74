// A change of the configuration as the API takes it: a merge patch in JSON (RFC 7396).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "conf/file/layer_sum.hpp"
#include "conf/file/problem.hpp"
#include "conf/file/toml_document.hpp"

namespace fedhub::conf {

/// The console's file after a change, or why the change can't be made.
struct patched_console {
  toml_table document;
  /// Of the patch itself, the first `most_problems`; empty: `document` can be judged.
  std::vector<problem> problems;
  size_t more_problems = 0; ///< beyond `problems`.
};

/// Applies a patch to the values that the API has set. Arrays of tables are objects by identity:
/// `{"static_route": {"partner.example 192.0.2.7:5269": {"priority": 1}}}`.
///
/// | the patch has | effect |
/// | --- | --- |
/// | a key with a value | the console's file sets it |
/// | a key with null | the console's file does not set it any more; an earlier file's value returns
/// | | a row with an object | the keys change in a copy of the row in force, or of a new row | | a
/// row with null | the row is gone, also if an earlier file has it |
///
/// Refuses file-only keys, and "***", which stands for a secret in answers.
/// @param patch JSON of at most 1 MiB.
/// @param console the document of the console's file; empty if there is no file.
/// @param below the sum of all earlier files.
/// @param file the console's, for problems.
patched_console patch_console(std::string_view patch, toml_table console, const layer_sum& below,
                              const std::filesystem::path& file);

} // namespace fedhub::conf
