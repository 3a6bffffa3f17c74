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

/// One of the elements, as it was read or is to be sent. Which fields mean something is said of
/// each; an attribute that its schema does not allow counts as absent.
struct management_element {
  enum class kind : uint8_t {
    none, ///< no element of this protocol.
    enable,
    enabled,
    failed,
    request, ///< `<r/>`
    answer,  ///< `<a/>`
    resume,
    resumed,
  };

  /// XEP-0198 §5 asks for identifiers no longer than this; a longer one counts as absent.
  static constexpr size_t max_id = 4000; // octets
  static constexpr size_t max_location = 1024;

  kind is = kind::none;
  /// `id` of `<enabled/>`, `previd` of `<resume/>` and `<resumed/>`; empty if absent.
  std::string id = {};
  bool resume = false; ///< of `<enable/>` and `<enabled/>`.
  /// Of `<enable/>` and `<enabled/>`: how long the stream stays resumable.
  std::optional<std::chrono::seconds> max = {};
  std::string location = {}; ///< of `<enabled/>`: where to resume, `host:port`; empty if absent.
  /// Stanzas handled, modulo 2^32. Of `<a/>`, `<resume/>`, `<resumed/>`, `<failed/>`.
  std::optional<uint32_t> h = {};
  /// Of `<failed/>`: the stanza error's condition; empty if there is none.
  std::string condition = {};
};

std::string_view to_string(management_element::kind x);

management_element read_management(const stream_element::node& x);
/// @pre `x.is` is not `none`.
std::string management_xml(const management_element& x);

/// The child of `<stream:features/>`.
std::string management_offer_xml();
/// Whether the features offer stream management.
bool offers_management(const stream_element::node& features);

/// The application-specific condition of the stream error for an `h` past what was sent (§4).
std::string handled_count_too_high_xml(uint32_t h, uint32_t sent);

} // namespace fedhub
