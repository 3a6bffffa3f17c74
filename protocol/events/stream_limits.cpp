#include "protocol/events/stream_limits.hpp"

#include "protocol/text/decimal.hpp"
#include "protocol/text/namespaces.hpp"

namespace fedhub {

namespace {

template <class T>
T read_number(const stream_element::node& limits, std::string_view name) {
  const auto child = limits.child(ns::stream_limits, name);
  if (!child)
    return 0;
  return parse_decimal<T>(child->text()).value_or(0);
}

} // namespace

std::string stream_limits_xml(const stream_limits& limits) {
  if (limits == stream_limits{})
    return {};
  std::string out = "<limits xmlns='";
  out.append(ns::stream_limits).append("'>");
  if (limits.max_bytes > 0)
    out.append("<max-bytes>").append(std::to_string(limits.max_bytes)).append("</max-bytes>");
  if (limits.idle_seconds > 0)
    out.append("<idle-seconds>")
      .append(std::to_string(limits.idle_seconds))
      .append("</idle-seconds>");
  return out.append("</limits>");
}

stream_limits read_stream_limits(const stream_element::node& parent) {
  const auto limits = parent.child(ns::stream_limits, "limits");
  if (!limits)
    return {};
  return {read_number<size_t>(*limits, "max-bytes"),
          read_number<uint32_t>(*limits, "idle-seconds")};
}

} // namespace fedhub
