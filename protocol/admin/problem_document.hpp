// What went wrong with a request to the API (RFC 9457).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fedhub::admin {

/// The media type of a problem.
inline constexpr const char* problem_type = "application/problem+json";

/// One fault of a configuration. Fields without a value are empty, or 0.
struct file_problem {
  std::string file;
  uint32_t line = 0;
  std::string key;
  std::string found;
  std::string allowed;
};

/// A problem details object. Its `type` is "about:blank", so `title` follows from `status`
/// (RFC 9457 §4.2.1).
struct problem_document {
  unsigned status = 500;
  std::string detail; ///< a sentence for people: what was found, and what is allowed.
  std::vector<file_problem> problems = {}; ///< an extension member (RFC 9457 §3.2).

  /// Returns the object as JSON.
  std::string json() const;
};

} // namespace fedhub::admin
