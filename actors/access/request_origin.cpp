#include "actors/access/request_origin.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "protocol/text/clip.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

namespace {

constexpr size_t most_shown_octets = 100;

std::string shown_header(std::string_view value) {
  return '"' + std::string{clip(value, most_shown_octets)} + '"';
}

/// Returns the host in a `Host` header (RFC 9110 §7.2) without its port, and without the brackets
/// of an IPv6 address.
std::string_view host_without_port(std::string_view value) {
  const auto colon = value.rfind(':');
  const bool has_port =
    colon != value.npos && value.find_first_not_of("0123456789", colon + 1) == value.npos;
  const auto host = value.substr(0, has_port ? colon : value.size());
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    return host.substr(1, host.size() - 2);
  return host;
}

bool is_served_address(const ip_address& address, api_door door, const served_names& names) {
  if (address == names.address)
    return true;
  if (door == api_door::loopback)
    return address.is_loopback();
  // No name leads a browser to an address literal, so any one is the hub's own if it got here.
  return names.address.is_any();
}

bool is_served(std::string_view host, api_door door, const served_names& names) {
  const auto address = ip_address::parse(host);
  const auto name = address ? std::nullopt : domain_name::parse(host);
  const auto text = address ? address->str() : name ? name->str() : std::string{};
  if (text.empty())
    return false;
  if (std::ranges::find(names.hosts, text) != names.hosts.end())
    return true;
  if (address)
    return is_served_address(*address, door, names);
  if (text == "localhost")
    return door == api_door::loopback || names.address.is_loopback() || names.address.is_any();
  return names.certificate != nullptr && match_name(*names.certificate, *name);
}

/// Returns the header's only value; nothing if it is missing or there twice.
std::optional<std::string_view> only_value(const http_fields& headers, std::string_view name) {
  const auto count = std::ranges::count_if(
    headers, [name](const auto& field) { return equal_http_names(field.first, name); });
  return count == 1 ? std::optional{http_header(headers, name)} : std::nullopt;
}

} // namespace

std::string fault_of_origin(const http_fields& headers, api_door door, const served_names& names) {
  const auto host = only_value(headers, "Host");
  if (!host)
    return "a request needs one Host";
  if (!is_served(host_without_port(*host), door, names))
    return "Host is " + shown_header(*host)
           + ", which is not a name of this hub; admin.hosts can add it";
  const auto origins = std::ranges::count_if(
    headers, [](const auto& field) { return equal_http_names(field.first, "Origin"); });
  if (origins == 0)
    return {};
  const auto origin = http_header(headers, "Origin");
  const auto own = (door == api_door::tls ? "https://" : "http://") + std::string{*host};
  if (origins > 1 || !equal_http_names(origin, own))
    return "Origin is " + shown_header(origin) + "; allowed: pages of this hub";
  return {};
}

} // namespace fedhub
