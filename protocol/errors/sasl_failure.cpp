#include "protocol/errors/sasl_failure.hpp"

#include <algorithm>
#include <array>

#include "protocol/text/namespaces.hpp"
#include "protocol/text/xml_escape.hpp"

namespace fedhub {

namespace {

constexpr std::array<std::string_view, sasl_failure_count> sasl_conditions{
  "aborted",
  "account-disabled",
  "credentials-expired",
  "encryption-required",
  "incorrect-encoding",
  "invalid-authzid",
  "invalid-mechanism",
  "malformed-request",
  "mechanism-too-weak",
  "not-authorized",
  "temporary-auth-failure",
};

} // namespace

std::string_view to_string(sasl_failure x) { return sasl_conditions[static_cast<size_t>(x)]; }

sasl_failure parse_sasl_failure(std::string_view element_name) {
  const auto found = std::ranges::find(sasl_conditions, element_name);
  return found == sasl_conditions.end()
           ? sasl_failure::not_authorized
           : static_cast<sasl_failure>(found - sasl_conditions.begin());
}

std::string sasl_failure_xml(sasl_failure failure, std::string_view text) {
  std::string out = "<failure xmlns='";
  out.append(ns::sasl).append("'><").append(to_string(failure)).append("/>");
  if (!text.empty())
    out.append("<text xml:lang='en'>").append(escape(text)).append("</text>");
  return out.append("</failure>");
}

} // namespace fedhub
