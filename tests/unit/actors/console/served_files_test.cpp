#include "actors/console/served_files.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "actors/console/asset_table.hpp"

namespace fedhub {
namespace {

http_request request(std::string path, std::string method = "GET", http_fields headers = {}) {
  http_request result;
  result.method = std::move(method);
  result.target = path;
  result.path = std::move(path);
  result.headers = std::move(headers);
  return result;
}

std::string in_version(std::string_view name) {
  return "/console/" + std::string{console_version()} + '/' + std::string{name};
}

std::string header(const http_response& response, std::string_view name) {
  return std::string{http_header(response.headers, name)};
}

TEST(ConsoleFiles, only_the_page_and_its_files_are_the_consoles) {
  for (const auto* path : {"/api/v1/status", "/metrics", "/index.html", "/consoles/x", "/console"})
    EXPECT_FALSE(console_response(request(path))) << path;
  for (const auto* path :
       {"/console/", "/console//", "/console/0123456789abcdef/main.js", "/console/../main.js"})
    EXPECT_EQ(console_response(request(path))->status, 404) << path;
  EXPECT_EQ(console_response(request(in_version("none.js")))->status, 404);
  EXPECT_EQ(console_response(request(in_version("../main.js")))->status, 404);
}

TEST(ConsoleFiles, the_page_loads_files_of_its_own_version) {
  const auto page = console_response(request("/"));
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 200);
  EXPECT_EQ(header(*page, "Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(header(*page, "Cache-Control"), "no-cache");
  EXPECT_NE(page->body.find("src=\"" + in_version("main.js") + '"'), std::string::npos);
  EXPECT_EQ(page->body.find("@VERSION@"), std::string::npos);
}

TEST(ConsoleFiles, each_file_has_its_type_and_never_changes) {
  for (const auto& [name, text] : console_assets()) {
    const auto file = console_response(request(in_version(name)));
    ASSERT_TRUE(file);
    EXPECT_EQ(file->status, 200) << name;
    EXPECT_EQ(file->body, text) << name;
    EXPECT_NE(header(*file, "Content-Type"), "application/octet-stream") << name;
    EXPECT_NE(header(*file, "Cache-Control").find("immutable"), std::string::npos) << name;
  }
}

TEST(ConsoleFiles, a_known_version_is_not_sent_again) {
  const auto tag = header(*console_response(request("/")), "ETag");
  for (const auto& value : {tag, tag.substr(2), "\"old\", " + tag, std::string{"*"}}) {
    const auto again = console_response(request("/", "GET", {{"If-None-Match", value}}));
    EXPECT_EQ(again->status, 304) << value;
    EXPECT_EQ(again->body, "");
    EXPECT_EQ(header(*again, "ETag"), tag);
  }
  EXPECT_EQ(console_response(request("/", "GET", {{"If-None-Match", "\"old\""}}))->status, 200);
}

TEST(ConsoleFiles, files_are_compressed_for_those_who_accept_it) {
  const auto plain = console_response(request(in_version("main.js")));
  const auto small =
    console_response(request(in_version("main.js"), "GET", {{"Accept-Encoding", "gzip, br"}}));
  EXPECT_EQ(header(*plain, "Content-Encoding"), "");
  EXPECT_EQ(header(*small, "Content-Encoding"), "gzip");
  EXPECT_LT(small->body.size(), plain->body.size() / 2);
  EXPECT_EQ(header(*plain, "Vary"), "Accept-Encoding");
}

TEST(ConsoleFiles, nothing_of_another_origin_may_load_or_show_the_page) {
  const auto page = console_response(request("/"));
  const auto policy = header(*page, "Content-Security-Policy");
  for (const auto* part : {"default-src 'none'", "script-src 'self'", "connect-src 'self'",
                           "frame-ancestors 'none'", "require-trusted-types-for 'script'"})
    EXPECT_NE(policy.find(part), std::string::npos) << part;
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
  EXPECT_EQ(header(*page, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(header(*page, "Referrer-Policy"), "no-referrer");
}

TEST(ConsoleFiles, only_get_and_head_are_allowed) {
  EXPECT_EQ(console_response(request("/", "HEAD"))->status, 200);
  for (const auto* method : {"POST", "PUT", "DELETE", "OPTIONS"}) {
    const auto refused = console_response(request("/", method));
    EXPECT_EQ(refused->status, 405) << method;
    EXPECT_EQ(header(*refused, "Allow"), "GET, HEAD");
  }
}

} // namespace
} // namespace fedhub
