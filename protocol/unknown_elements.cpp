#include "protocol/unknown_elements.hpp"

#include <algorithm>
#include <array>

#include "protocol/management_element.hpp"

namespace fedhub {

bool unknown_elements::ignore(const stream_element::node& x) {
  constexpr std::array negotiating{ns::tls, ns::sasl, ns::dialback, ns::stream_management,
                                   ns::streams};
  return std::ranges::find(negotiating, x.namespace_uri()) == negotiating.end() && ignore();
}

} // namespace fedhub
