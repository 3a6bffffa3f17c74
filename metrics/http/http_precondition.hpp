// A request's condition on the version that it changes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "metrics/http/http_message.hpp"

namespace fedhub {

/// How `If-Match` judges a request (RFC 9110 §13.1.1).
enum class http_precondition : uint8_t {
  absent,    ///< there is no `If-Match`.
  met,       ///< the request may be carried out.
  failed,    ///< to be answered 412: somebody else has changed the resource.
  malformed, ///< to be answered 400.
};

/// Compares `If-Match` with the resource's current entity tag, by strong comparison (RFC 9110
/// §8.8.3.2): a weak tag matches nothing. Several headers are one list. `*` matches any resource
/// that exists.
/// @param current the `ETag` as sent, with its quotes; empty if the resource does not exist.
http_precondition judge_if_match(const http_fields& headers, std::string_view current);

/// Returns a strong entity tag with this text (RFC 9110 §8.8.3).
/// @param version of visible ASCII characters but `"`.
std::string strong_entity_tag(std::string_view version);

} // namespace fedhub
