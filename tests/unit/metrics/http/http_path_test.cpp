#include "metrics/http/http_path.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

namespace fedhub {
namespace {

using namespace std::string_literals;
using testing::ElementsAreArray;

TEST(http_path, is_split_before_its_escapes_are_decoded) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> rows{
    {"/", {}},
    {"/?x=/1", {}},
    {"/status", {"status"}},
    {"/domains/a.example/retry", {"domains", "a.example", "retry"}},
    {"/domains/", {"domains", ""}},
    {"//", {"", ""}},
    {"/a//b", {"a", "", "b"}},
    {"/a%2fb%2F/c?d=/e", {"a/b/", "c"}},
    {"/%41%7e%c3%A9", {"A~\xc3\xa9"}},
    {"/a+b", {"a+b"}},
    {"/../.", {"..", "."}},
    {"/%2525", {"%25"}},
    {"http://hub.example/status?x", {"status"}},
    {"http://hub.example", {}},
    {"http://hub.example?x", {}},
    {"/http://hub.example/x", {"http:", "", "hub.example", "x"}},
  };
  for (const auto& [target, segments] : rows) {
    const auto split = path_segments(target);
    ASSERT_TRUE(split) << target;
    EXPECT_THAT(*split, ElementsAreArray(segments)) << target;
  }
}

TEST(http_path, is_refused_if_it_is_malformed) {
  for (const auto& target : {"", "*", "status", "?x=1", "hub.example:443", "/%", "/%4", "/%4/1",
                             "/%g1", "/%+1", "/%-1", "/% 1", "/a/%00", "/%0x41"})
    EXPECT_FALSE(path_segments(target)) << target;
}

} // namespace
} // namespace fedhub
