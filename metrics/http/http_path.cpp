#include "metrics/http/http_path.hpp"

#include <charconv>

#include "metrics/http/http_message.hpp"

namespace fedhub {

namespace {

constexpr size_t escape_digits = 2;

/// Decodes one segment (RFC 3986 §2.1).
std::optional<std::string> decoded_segment(std::string_view raw) {
  std::string segment;
  segment.reserve(raw.size());
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '%') {
      segment += raw[i];
      continue;
    }
    const auto digits = raw.substr(i + 1, escape_digits);
    unsigned char octet = 0;
    const auto [stop, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), octet, 16);
    if (error != std::errc{} || stop != digits.data() + escape_digits || octet == 0)
      return {};
    segment += static_cast<char>(octet);
    i += escape_digits;
  }
  return segment;
}

/// Returns the path of a target, with its first slash; empty if there is none.
std::string_view path_of(std::string_view target) {
  target = target.substr(0, target.find('?'));
  if (const auto colon = target.find("://"); colon != target.npos && target[0] != '/') {
    const auto path = target.find('/', colon + 3);
    return path == target.npos ? std::string_view{"/"} : target.substr(path);
  }
  return target.starts_with('/') ? target : std::string_view{};
}

} // namespace

std::optional<std::vector<std::string>> path_segments(std::string_view target) {
  auto path = path_of(target);
  if (path.empty())
    return {};
  std::vector<std::string> segments;
  if (path == "/")
    return segments;
  while (!path.empty()) {
    path.remove_prefix(1); // the slash
    const auto end = path.find('/');
    auto segment = decoded_segment(path.substr(0, end));
    if (!segment)
      return {};
    segments.push_back(std::move(*segment));
    path.remove_prefix(end == path.npos ? path.size() : end);
  }
  return segments;
}

} // namespace fedhub
