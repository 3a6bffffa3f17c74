#include "conf/ctl/hub_url.hpp"

#include <memory>

#include <curl/curl.h>

namespace fedhub::ctl {

namespace {

using url_handle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

/// Returns a part of the URL; empty if it has none.
std::string part_of(const url_handle& url, CURLUPart which) {
  char* part = nullptr;
  if (curl_url_get(url.get(), which, &part, 0) != CURLUE_OK)
    return {};
  const std::unique_ptr<char, decltype(&curl_free)> owner{part, &curl_free};
  return part;
}

/// @param host as libcurl writes it: an IPv4 address has four decimal numbers.
bool is_loopback(std::string_view host) {
  const bool is_number = host.find_first_not_of("0123456789.") == host.npos;
  return (is_number && host.starts_with("127.")) || host == "[::1]" || host == "localhost";
}

} // namespace

tl::expected<hub_url, std::string> hub_url::parse(std::string_view text) {
  const url_handle url{curl_url(), &curl_url_cleanup};
  if (!url)
    return tl::unexpected{std::string{"out of memory"}};
  const auto code = curl_url_set(url.get(), CURLUPART_URL, std::string{text}.c_str(), 0);
  if (code != CURLUE_OK)
    return tl::unexpected{std::string{curl_url_strerror(code)}};
  const auto scheme = part_of(url, CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https")
    return tl::unexpected{std::string{"it must begin with https:// (or http:// for loopback)"}};
  for (const auto which : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT})
    if (!part_of(url, which).empty())
      return tl::unexpected{std::string{"it must have no user, query or fragment"}};
  hub_url result{part_of(url, CURLUPART_URL), scheme == "https",
                 is_loopback(part_of(url, CURLUPART_HOST))};
  while (result.base.ends_with('/'))
    result.base.pop_back();
  return result;
}

} // namespace fedhub::ctl
