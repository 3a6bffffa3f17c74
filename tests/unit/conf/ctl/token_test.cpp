#include "conf/ctl/token.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>

#include <gmock/gmock.h>

namespace fedhub::ctl {
namespace {

using testing::HasSubstr;

class Token : public testing::Test {
protected:
  Token() {
    std::string name = testing::TempDir() + "fedhub-token-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~Token() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& content) {
    const auto path = folder_ + "/token";
    std::ofstream{path} << content;
    return path;
  }

  static hub_endpoint hub(const char* url, std::string token_file = {}) {
    return {{}, *hub_url::parse(url), std::move(token_file)};
  }

  std::string folder_;
};

TEST_F(Token, comes_from_its_file_else_from_the_environment) {
  EXPECT_EQ(token_for(hub("https://hub.example"), "from-environment"), "from-environment");
  EXPECT_EQ(token_for(hub("https://hub.example", file(" from-file\n")), "from-environment"),
            "from-file");
  EXPECT_EQ(token_for(hub("https://hub.example"), ""), "");
}

TEST_F(Token, is_not_sent_to_a_socket) {
  EXPECT_EQ(token_for({"/run/fedhub/admin.sock", {}, {}}, "secret"), "");
}

TEST_F(Token, is_not_sent_where_others_could_read_it) {
  EXPECT_TRUE(token_for(hub("http://127.0.0.1:80"), "secret"));
  EXPECT_TRUE(token_for(hub("http://hub.example"), ""));
  for (const auto& token : {token_for(hub("http://hub.example"), "secret"),
                            token_for(hub("http://hub.example", file("secret")), "")}) {
    ASSERT_FALSE(token);
    EXPECT_THAT(token.error(), HasSubstr("plain HTTP"));
  }
}

TEST_F(Token, is_one_word_of_visible_ascii) {
  for (const auto& content :
       {std::string{}, std::string{"\n"}, std::string{"a b"}, std::string{"a\nb"}, std::string{"ä"},
        std::string{"a\x7F"}, std::string(4'097, 'a'), std::string(1u << 20, 'a')}) {
    EXPECT_FALSE(token_for(hub("https://hub.example", file(content)), "")) << content.substr(0, 9);
    if (!content.empty()) {
      EXPECT_FALSE(token_for(hub("https://hub.example"), content)) << content.substr(0, 9);
    }
  }
  EXPECT_TRUE(token_for(hub("https://hub.example", file(std::string(4'096, 'a'))), ""));
}

TEST_F(Token, names_the_file_that_it_cannot_read) {
  const auto missing = token_for(hub("https://hub.example", folder_ + "/nothing"), "");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error(), HasSubstr(folder_ + "/nothing: No such file"));
  EXPECT_FALSE(token_for(hub("https://hub.example", folder_), ""));
}

TEST_F(Token, does_not_wait_for_a_pipe_without_a_writer) {
  const auto pipe = folder_ + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const auto token = token_for(hub("https://hub.example", pipe), "");
  ASSERT_FALSE(token);
  EXPECT_THAT(token.error(), HasSubstr("there is no token"));
}

TEST_F(Token, may_come_by_a_pipe_as_a_shell_gives_it) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  auto late_writer = std::async(std::launch::async, [&ends] {
    const bool written = ::write(ends[1], "secret\n", 7) == 7;
    ::close(ends[1]);
    return written;
  });
  EXPECT_EQ(token_for(hub("https://hub.example", "/dev/fd/" + std::to_string(ends[0])), ""),
            "secret");
  EXPECT_TRUE(late_writer.get());
  ::close(ends[0]);
}

} // namespace
} // namespace fedhub::ctl
