#include "protocol/xml/error_report.hpp"

#include "protocol/text/clip.hpp"

namespace fedhub {

namespace {

constexpr size_t max_report_text = 256; // octets

} // namespace

std::string error_report::str() const { return text.empty() ? condition : condition + ": " + text; }

error_report read_error(const stream_element::node& error, std::string_view conditions) {
  error_report report;
  for (auto child = error.first_child(); child; child = child->next_sibling()) {
    if (child->namespace_uri() != conditions)
      continue;
    if (child->local_name() == "text")
      report.text = clip(child->text(), max_report_text);
    else if (report.condition.empty())
      report.condition = clip(child->local_name(), max_report_text);
  }
  return report;
}

} // namespace fedhub
