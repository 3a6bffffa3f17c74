#include "actors/console/served_files.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "actors/console/asset_table.hpp"
#include "metrics/http/http_encoding.hpp"

namespace fedhub {

namespace {

constexpr std::string_view page_name = "index.html";
constexpr std::string_view files_root = "/console/";

/// Nothing but the program's own files runs or loads, and no other page may show this one. Trusted
/// types make the browser refuse any attempt to turn text into HTML.
constexpr const char* content_policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
  "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
  "require-trusted-types-for 'script'; trusted-types 'none'";

struct served_file {
  const char* type;
  std::string_view text;
  std::string compressed;
};

const char* type_of(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, const char*>, 4> types{{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
  }};
  for (const auto& [ending, type] : types)
    if (name.ends_with(ending))
      return type;
  return "application/octet-stream";
}

using file_table = std::map<std::string_view, served_file>;

/// Returns the files by name. Each is compressed once: strangers may ask for them.
const file_table& files() {
  static const file_table all = [] {
    file_table table;
    for (const auto& [name, text] : console_assets())
      table[name] = {type_of(name), text, gzip(text)};
    return table;
  }();
  return all;
}

http_fields security_headers() {
  return {
    {"Content-Security-Policy", content_policy},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
  };
}

/// The tag is weak, since the same file may be sent compressed or not.
std::string entity_tag() { return "W/\"" + std::string{console_version()} + '"'; }

/// Returns whether the client has this version (RFC 9110 §13.1.2).
bool is_known(const http_fields& headers) {
  const auto tags = http_header(headers, "If-None-Match");
  return tags == "*" || tags.find('"' + std::string{console_version()} + '"') != tags.npos;
}

http_response refusal(unsigned status, const char* why) {
  auto response = plain_text(status, why);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

http_response response_with(const served_file& file, const http_request& request,
                            const char* caching) {
  http_response response{200, {}, security_headers()};
  response.headers.emplace_back("Cache-Control", caching);
  response.headers.emplace_back("ETag", entity_tag());
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (is_known(request.headers)) {
    response.status = 304;
    return response;
  }
  response.headers.emplace_back("Content-Type", file.type);
  const bool compressed = accepts_gzip(http_header(request.headers, "Accept-Encoding"));
  if (compressed)
    response.headers.emplace_back("Content-Encoding", "gzip");
  response.body = compressed ? file.compressed : std::string{file.text};
  return response;
}

} // namespace

std::optional<http_response> console_response(const http_request& request) {
  std::string_view path = request.path;
  const bool is_page = path == "/";
  if (!is_page && !path.starts_with(files_root))
    return {};
  if (request.method != "GET" && request.method != "HEAD") {
    auto response = refusal(405, "allowed here: GET, HEAD\n");
    response.headers.emplace_back("Allow", "GET, HEAD");
    return response;
  }
  if (is_page)
    return response_with(files().at(page_name), request, "no-cache");
  path.remove_prefix(files_root.size());
  const auto version = path.substr(0, path.find('/'));
  const auto file = files().find(path.substr(std::min(path.size(), version.size() + 1)));
  if (version != console_version() || file == files().end())
    return refusal(404, "not found; the console is at /\n");
  return response_with(file->second, request, "public, max-age=31536000, immutable");
}

} // namespace fedhub
