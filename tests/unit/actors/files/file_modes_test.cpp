#include "actors/files/file_modes.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "tests/unit/actors/files/folder.hpp"

namespace fedhub {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class FileModes : public testing::Test {
protected:
  FileModes() {
    config.hub.state_dir = place.path() / "state";
    config.federation.dialback_secret = conf::secret{"inline"};
    config.tls.certificates = {{"chain.pem", "key.pem"}};
  }

  std::filesystem::path file(std::string_view name, int mode) const {
    auto path = place.write(name, "content");
    EXPECT_EQ(::chmod(path.c_str(), static_cast<mode_t>(mode)), 0);
    return path;
  }

  file_findings judge(std::vector<std::filesystem::path> files,
                      std::vector<std::filesystem::path> secret = {}) const {
    return judge_modes(config, {place.path() / "fedhub.toml", std::move(files), {}, secret});
  }

  test::folder place;
  conf::config config;
};

TEST_F(FileModes, warn_of_secrets_that_others_can_read) {
  struct {
    int mode;
    const char* who;
  } table[] = {{0600, ""},
               {0400, ""},
               {0640, "its group"},
               {0440, "its group"},
               {0644, "other users"},
               {0604, "other users"},
               {0660, "its group"},
               {0711, ""},
               {0664, "other users"}};
  for (const auto& entry : table) {
    const auto path = file("secret", entry.mode);
    const auto found = judge({path}, {path});
    EXPECT_THAT(found.errors, IsEmpty()) << std::oct << entry.mode;
    if (*entry.who == 0)
      EXPECT_THAT(found.warnings, IsEmpty()) << std::oct << entry.mode;
    else
      EXPECT_THAT(found.warnings, ElementsAre(HasSubstr(path.string() + ": holds a secret, and "
                                                        + entry.who + " can read it")));
    EXPECT_THAT(judge({path}).warnings, IsEmpty()) << "no secret";
  }
}

TEST_F(FileModes, take_a_secret_that_the_hub_reads_by_its_group) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "only root can give files away";
  const auto path = file("secret", 0640);
  ASSERT_EQ(::chown(path.c_str(), 12345, ::getegid()), 0);
  EXPECT_THAT(judge({path}, {path}).warnings, IsEmpty());
  ASSERT_EQ(::chown(path.c_str(), 12345, 54321), 0);
  EXPECT_THAT(judge({path}, {path}).warnings, ElementsAre(HasSubstr("its group")));
}

TEST_F(FileModes, refuse_what_anybody_can_write) {
  for (int mode : {0602, 0622, 0666, 0777}) {
    const auto path = file("any", mode);
    EXPECT_THAT(judge({path, path}).errors, ElementsAre(HasSubstr(path.string())));
  }
  for (int mode : {0600, 0664, 0775})
    EXPECT_THAT(judge({file("any", mode)}).errors, IsEmpty());
  EXPECT_THAT(judge({place.path() / "missing", "/dev/null"}).errors, IsEmpty());
}

TEST_F(FileModes, look_at_the_state_folder) {
  std::filesystem::create_directory(config.hub.state_dir);
  const auto chmod_state = [&](int mode) {
    ASSERT_EQ(::chmod(config.hub.state_dir.c_str(), static_cast<mode_t>(mode)), 0);
  };
  chmod_state(0777);
  EXPECT_THAT(judge({}).errors, ElementsAre(HasSubstr(config.hub.state_dir.string())));
  chmod_state(01777);
  EXPECT_THAT(judge({}).errors, IsEmpty());
  chmod_state(0755);
  const auto secret = file("state/dialback-secret", 0644),
             key = file("state/self-signed.key", 0644);
  EXPECT_THAT(judge({}).warnings, IsEmpty()) << "neither is used";
  config.federation.dialback_secret.reset();
  config.tls.certificates.clear();
  EXPECT_THAT(judge({}).warnings,
              UnorderedElementsAre(HasSubstr(secret.string()), HasSubstr(key.string())));
}

} // namespace
} // namespace fedhub
