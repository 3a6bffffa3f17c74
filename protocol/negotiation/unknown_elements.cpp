#include "protocol/negotiation/unknown_elements.hpp"

#include <algorithm>
#include <array>

#include "protocol/negotiation/management_element.hpp"
#include "protocol/text/clip.hpp"
#include "protocol/text/namespaces.hpp"

namespace fedhub {

bool unknown_elements::ignore(std::string_view namespace_uri) {
  constexpr std::array negotiating{ns::tls, ns::sasl, ns::dialback, ns::stream_management,
                                   ns::streams};
  return std::ranges::find(negotiating, namespace_uri) == negotiating.end() && ignore();
}

std::string describe(const excess_received& element) {
  std::string text = describe(element.excess);
  return text.append(", in the element ").append(clip(element.local_name, 64));
}

} // namespace fedhub
