// Elements of a stream without their content, for captures.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fedhub {

/// How much of its stanzas a capture shows.
enum class capture_detail : uint8_t {
  lengths, ///< names and addresses; the length of all other content.
  bodies,  ///< stanzas as they are.
};

/// Splits octets of a stream into its top-level elements, and masks each of them: the length takes
/// the place of the content, `[28 octets]`.
///
/// | the content | `lengths` | `bodies` |
/// | --- | --- | --- |
/// | attributes `from to id type xmlns node var category`, and declarations of prefixes | stay |
/// stay | | other attributes | masked | stay | | character data of a stanza, but white space alone
/// | masked | stays | | character data of `<stream:features>` and `<stream:error>` | masked | stays
/// | | character data of other elements: SASL, dialback, handshake | masked | masked | | what lets
/// a session be resumed (XEP-0198): `previd`, `id` of `<enabled>` | masked | masked |
///
/// The start tag and the end tag of a stream are an element each; white space between elements is
/// left out. The result is well-formed if the octets are, as those that a scanner has accepted. Of
/// other octets it has the elements before the fault. Takes linear time.
std::vector<std::string> mask_elements(std::string_view octets, capture_detail detail);

/// The names in a start tag, as they stand there.
struct element_names {
  std::string_view name; ///< without its prefix.
  std::string_view from; ///< raw; empty if absent.
  std::string_view to;   ///< raw; empty if absent.
};

/// Reads the first start tag, after an XML declaration. All is empty if there is none.
element_names names_of_element(std::string_view octets);

} // namespace fedhub
