// The elements of stream management: XEP-0198.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/xml/stream_element.hpp"

namespace fedhub {

namespace ns {
inline constexpr std::string_view stream_management = "urn:xmpp:sm:3";
} // namespace ns

/// One element, received or to be sent. Each field states for which elements it is used. An
/// attribute that the schema does not allow counts as absent.
struct management_element {
  enum class kind : uint8_t {
    none, ///< not an element of this protocol.
    enable,
    enabled,
    failed,
    request, ///< `<r/>`
    answer,  ///< `<a/>`
    resume,
    resumed,
  };

  /// The longest identifier, in octets, that XEP-0198 §5 permits. A longer one counts as absent.
  static constexpr size_t max_id = 4000;
  static constexpr size_t max_location = 1024;

  kind is = kind::none;
  /// The `id` of `<enabled/>`, the `previd` of `<resume/>` and `<resumed/>`; empty if absent.
  std::string id = {};
  bool resume = false; ///< for `<enable/>` and `<enabled/>`.
  /// For `<enable/>` and `<enabled/>`: how long the stream stays resumable.
  std::optional<std::chrono::seconds> max = {};
  std::string location = {}; ///< for `<enabled/>`: where to resume, `host:port`; empty if absent.
  /// The number of handled stanzas, modulo 2^32. For `<a/>`, `<resume/>`, `<resumed/>`,
  /// `<failed/>`.
  std::optional<uint32_t> h = {};
  /// For `<failed/>`: the stanza error's condition; empty if there is none.
  std::string condition = {};
};

std::string_view to_string(management_element::kind kind);

/// Reads an element.
management_element read_management(const stream_element::node& element);
/// Writes an element. @pre `element.is` is not `none`.
std::string management_xml(const management_element& element);

/// Returns the child of `<stream:features/>` that offers stream management.
std::string management_offer_xml();
/// Returns whether the features offer stream management.
bool offers_management(const stream_element::node& features);

/// Returns the application-specific condition of the stream error for an `h` greater than the
/// number of stanzas sent (§4).
std::string handled_count_too_high_xml(uint32_t h, uint32_t sent);

} // namespace fedhub
